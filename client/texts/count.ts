import { formatCount } from '../lib/format';

/** So many of something, in words. */
export const count = (amount: number, one: string, many: string): string =>
  `${formatCount(amount)} ${amount === 1 ? one : many}`;
