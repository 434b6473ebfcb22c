export type JsonTokenKind = 'key' | 'string' | 'number' | 'literal' | 'punctuation' | 'space';

/** A piece of text to show as it is, with what it means. */
export interface JsonToken {
  kind: JsonTokenKind;
  text: string;
}

const lexeme =
  /(?<string>"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<literal>true|false|null)|(?<punctuation>[{}[\],:])|\s+/uy;

/** Deeper or longer text is shown as it came: indented, a short hostile reply would fill the memory of the browser. */
const maxDepth = 100;
const maxTokens = 20_000;

function lex(text: string): JsonToken[] | null {
  const tokens: JsonToken[] = [];
  lexeme.lastIndex = 0;
  while (lexeme.lastIndex < text.length) {
    const match = lexeme.exec(text);
    if (!match) return null;
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    if (kind) tokens.push({ kind: kind as JsonTokenKind, text: match[0] });
    if (tokens.length > maxTokens) return null;
  }
  return tokens;
}

/**
 * Indents JSON, one value or several after another (a Splunk batch), without touching a literal: numbers and
 * escapes stay as they were sent. Null if the text is not JSON, was cut, or is nested too deep or too long.
 */
export function indentJson(text: string): JsonToken[] | null {
  const tokens = lex(text);
  if (!tokens || tokens.length === 0) return null;
  const out: JsonToken[] = [];
  const open: string[] = [];
  const newline = () => out.push({ kind: 'space', text: `\n${'  '.repeat(open.length)}` });
  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1]?.text;
    const next = tokens[index + 1]?.text;
    if (token.text === '}' || token.text === ']') {
      if (open.pop() !== token.text) return null;
      if (previous !== '{' && previous !== '[') newline();
    } else if (open.length === 0 && index > 0) {
      newline();
    }
    out.push(token.kind === 'string' && next === ':' ? { kind: 'key', text: token.text } : token);
    if (token.text === '{' || token.text === '[') {
      open.push(token.text === '{' ? '}' : ']');
      if (open.length > maxDepth) return null;
      if (next !== '}' && next !== ']') newline();
    } else if (token.text === ',') {
      newline();
    } else if (token.text === ':') {
      out.push({ kind: 'space', text: ' ' });
    }
  }
  return open.length === 0 ? out : null;
}
