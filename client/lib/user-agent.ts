/** The first match wins: browsers name their relatives too. */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /Edg(?:A|iOS)?\//u],
  ['Opera', /OPR\//u],
  ['Firefox', /(?:Firefox|FxiOS)\//u],
  ['Chrome', /(?:Chrome|Chromium|CriOS)\//u],
  ['Safari', /Safari\//u],
];
const systems: readonly (readonly [string, RegExp])[] = [
  ['Android', /Android/u],
  ['iPhone', /iPhone/u],
  ['iPad', /iPad/u],
  ['Windows', /Windows/u],
  ['macOS', /Mac OS X|Macintosh/u],
  ['ChromeOS', /CrOS/u],
  ['Linux', /Linux/u],
];

const nameIn = (names: typeof browsers, text: string) => names.find(([, sign]) => sign.test(text))?.[0];

/** What a browser says of itself, in short: "Firefox on Linux"; its own words when they tell nothing known. */
export function describeUserAgent(userAgent: string): string {
  const browser = nameIn(browsers, userAgent);
  const system = nameIn(systems, userAgent);
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? userAgent.slice(0, 60);
}
