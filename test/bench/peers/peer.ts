/** A program that a team could use instead of Hookwatch. */
export interface Peer {
  /** Takes up bodies for addresses, by turns, but sends nothing yet. */
  prepare(urls: string[], body: string, count: number): Promise<void>;
  /** Delivers what was prepared; ends when the last one is done. */
  deliver(): Promise<void>;
}

/** How many requests every program has under way at a time. */
export const CONCURRENCY = 64;
