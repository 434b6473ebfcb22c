/**
 * Where to go after signing in: a path of this application or null. Anything that a browser could read as
 * another origin ("//host", "/\host", "https:…") is refused, so that a link cannot send a person elsewhere.
 */
export function safeNextPath(next: unknown): string | null {
  if (typeof next !== 'string' || !/^\/(?![/\\])/u.test(next)) return null;
  const url = new URL(next, 'http://here.invalid');
  if (url.origin !== 'http://here.invalid' || url.pathname.startsWith('//')) return null;
  return url.pathname.startsWith('/sign-in') ? null : next;
}
