const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const integer = new Intl.NumberFormat('en');

/** 12345 → "12,345". */
export const formatCount = (count: number): string => integer.format(count);

/** A measured time: "0.4 ms", "87 ms", "1.24 s". */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < minuteMs) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return formatSpan(ms);
}

/** A wait in its two largest units: "4 min 12 s", "2 h 5 min", "45 s". */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([amount]) => amount > 0);
  if (first < 0) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

/** How long ago, coarsely: "just now", "3 min ago", "2 d ago". */
export function formatAgo(at: number, now: number): string {
  const ms = Math.max(0, now - at);
  if (ms < 10_000) return 'just now';
  if (ms < minuteMs) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min ago`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)} h ago`;
  return `${Math.floor(ms / dayMs)} d ago`;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** Local time of day to the millisecond: "13:28:36.042". */
export function formatClock(iso: string): string {
  const at = new Date(iso);
  const seconds = `${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${seconds}`;
}

const dayFormat = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });
const dateTimeFormat = new Intl.DateTimeFormat('en', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** "Jan 29" if the day is not today, else "". */
export function formatDayUnlessToday(iso: string, now: number): string {
  const at = new Date(iso);
  return at.toDateString() === new Date(now).toDateString() ? '' : dayFormat.format(at);
}

const dateFormat = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', day: 'numeric' });

/** Local date: "Jan 29, 2025". */
export const formatDate = (iso: string): string => dateFormat.format(new Date(iso));

/** Local date and time: "Jan 29, 2025, 13:28:36". */
export const formatDateTime = (iso: string): string => dateTimeFormat.format(new Date(iso));

const percentFormat = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** 0.98765 → "98.7%"; rounded down, so that only all is 100 %. */
export const formatPercent = (share: number): string =>
  percentFormat.format(Math.floor(share * 1000 + 1e-9) / 1000);

/** "13:28" for slices of less than a day, else "Jan 29". */
export function formatSlice(iso: string, sliceMs: number): string {
  const at = new Date(iso);
  return sliceMs < 6 * hourMs ? `${pad(at.getHours())}:${pad(at.getMinutes())}` : dayFormat.format(at);
}

/** "2025-01-29 13:28:36.042 UTC". */
export const formatUtc = (iso: string): string =>
  `${new Date(iso).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
