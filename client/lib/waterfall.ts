/** Durations in milliseconds; null: the phase was not reached, or the connection was reused. */
export interface Timings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  totalMs: number;
}

export type PhaseName = 'dns' | 'connect' | 'tls' | 'firstByte' | 'download';

export interface Phase {
  name: PhaseName;
  /** Null: skipped or never reached. */
  durationMs: number | null;
  /** Where the bar begins and how long it is, in percent of the whole. */
  offset: number;
  width: number;
}

/** Lays the phases of one request end to end; what the named phases leave of the total is the download. */
export function layOutPhases(timings: Timings): Phase[] {
  const measured: [PhaseName, number | null][] = [
    ['dns', timings.dnsMs],
    ['connect', timings.connectMs],
    ['tls', timings.tlsMs],
    ['firstByte', timings.firstByteMs],
  ];
  const sumMs = measured.reduce((sum, [, ms]) => sum + (ms ?? 0), 0);
  const restMs = Math.max(0, timings.totalMs - sumMs);
  measured.push(['download', timings.firstByteMs === null ? null : restMs]);
  const wholeMs = Math.max(timings.totalMs, sumMs, 0.001);
  let elapsedMs = 0;
  return measured.map(([name, durationMs]) => {
    const offset = (elapsedMs / wholeMs) * 100;
    elapsedMs += durationMs ?? 0;
    return { name, durationMs, offset, width: ((durationMs ?? 0) / wholeMs) * 100 };
  });
}
