/** A condition on a path column: at or below one of these account paths; '' is everything. */
export function below(
  column: string,
  paths: readonly string[],
): { sql: string; parameters: Record<string, string> } {
  if (paths.includes('')) return { sql: '1 = 1', parameters: {} };
  // Ids have no character after "~", so that a range finds what LIKE would, by the index and on every engine.
  const ranges = paths.map((_, index) => `(${column} >= :from${index} and ${column} < :to${index})`);
  const bounds = paths.flatMap((path, index) => [
    [`from${index}`, path],
    [`to${index}`, `${path}~`],
  ]);
  return {
    sql: `(${ranges.join(' or ') || '1 = 0'})`,
    parameters: Object.fromEntries(bounds) as Record<string, string>,
  };
}
