/**
 * The URL that a text is, or null. `URL.canParse` is not to be had: Node 20 answers it wrongly for names that are not
 * ASCII once it is called often enough to be compiled (https://github.com/AikidoSec/firewall-node/pull/1086).
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
