/** A webhook with this many failed rounds in a row is probed with one delivery at a time. */
export const CIRCUIT_OPENS_AT = 5;

const SHORTEST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 300_000;

/**
 * How long an open circuit waits for its next probe: as long as the webhook has been failing, which doubles the wait
 * each time, from 5 s to 5 min, ±10 % at random.
 */
export function circuitProbeDelayMs(failingForMs: number, random: () => number): number {
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, failingForMs));
  return Math.round(waitMs * (0.9 + 0.2 * random()));
}
