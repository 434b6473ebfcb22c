const firstDelayMs = 500;
const longestDelayMs = 20_000;

/** How long to wait before reconnecting, after `failures` failed tries in a row: doubling, with noise of ±25 %. */
export function reconnectDelayMs(failures: number, random: () => number = Math.random): number {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
  return Math.round(delayMs * (0.75 + random() / 2));
}
