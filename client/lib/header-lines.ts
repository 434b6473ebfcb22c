export interface HeaderLine {
  name: string;
  value: string;
}

const headerLine = /^\s*(?:-H\s+)?(['"]?)([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:[ \t]*(.*?)\1\s*\\?\s*$/u;

/**
 * Reads pasted headers, one "Name: value" a line, also as curl's `-H 'Name: value'`.
 * Null if any line that is not empty is not a header: then the text is meant for the field itself.
 */
export function parseHeaderLines(text: string): HeaderLine[] | null {
  const lines = text.split(/\r\n|\r|\n/u).filter((line) => line.trim() !== '');
  const headers: HeaderLine[] = [];
  for (const line of lines) {
    const match = headerLine.exec(line);
    if (!match) return null;
    headers.push({ name: match[2] ?? '', value: match[3] ?? '' });
  }
  return headers.length > 0 ? headers : null;
}

/** The indices of rows whose name (of any case) stands in an earlier row too. */
export function duplicateRows(rows: readonly { name: string }[]): Set<number> {
  const seen = new Set<string>();
  const duplicates = new Set<number>();
  for (const [index, row] of rows.entries()) {
    const name = row.name.trim().toLowerCase();
    if (name === '') continue;
    if (seen.has(name)) duplicates.add(index);
    seen.add(name);
  }
  return duplicates;
}

/** A copy of the rows with one moved up (-1) or down (+1); the same order at either end. */
export function moveRow<T>(rows: readonly T[], index: number, step: -1 | 1): T[] {
  const moved = [...rows];
  const target = index + step;
  if (target < 0 || target >= rows.length) return moved;
  const [row] = moved.splice(index, 1);
  if (row !== undefined) moved.splice(target, 0, row);
  return moved;
}
