/**
 * A wall clock that never goes back while the process runs: a clock that is set back by an hour must not make what is
 * due wait for an hour. It follows one that is set forward, as after the sleep of a laptop.
 */
export function createSteadyClock(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): () => number {
  let time = wall();
  let at = monotonic();
  return () => {
    const elapsedMs = monotonic() - at;
    at += elapsedMs;
    time = Math.max(wall(), time + elapsedMs);
    return Math.floor(time);
  };
}
