/** The drawing area of every chart; it is stretched to its place. */
export const plot = { width: 1000, height: 200 };

/** The smallest of 1, 2 and 5 × 10ⁿ that is not below the value; 1 for nothing. */
export function niceCeiling(value: number): number {
  if (value <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((candidate) => candidate * unit >= value) ?? 10;
  return step * unit;
}

const heightOf = (value: number, max: number): number => (value / max) * plot.height;

export interface StackedBar {
  x: number;
  width: number;
  succeeded: { y: number; height: number };
  failed: { y: number; height: number };
}

/** One bar a bucket, what failed above what succeeded. */
export function stackBars(
  buckets: readonly { succeeded: number; failed: number }[],
  max: number,
): StackedBar[] {
  const slot = plot.width / Math.max(1, buckets.length);
  return buckets.map((bucket, index) => {
    const [succeeded, failed] = [heightOf(bucket.succeeded, max), heightOf(bucket.failed, max)];
    return {
      x: index * slot + slot * 0.15,
      width: slot * 0.7,
      succeeded: { y: plot.height - succeeded, height: succeeded },
      failed: { y: plot.height - succeeded - failed, height: failed },
    };
  });
}

/** An SVG path through the middles of the buckets; where nothing is known the line is interrupted. */
export function linePath(values: readonly (number | null)[], max: number): string {
  const slot = plot.width / Math.max(1, values.length);
  const isKnown = (index: number) => values[index] != null;
  return values
    .map((value, index) => {
      if (value === null) return '';
      const x = (index + 0.5) * slot;
      const y = (plot.height - heightOf(value, max)).toFixed(1);
      if (isKnown(index - 1)) return `L${x.toFixed(1)} ${y}`;
      // A point without neighbours is a dash.
      return isKnown(index + 1)
        ? `M${x.toFixed(1)} ${y}`
        : `M${(x - slot / 4).toFixed(1)} ${y}h${(slot / 2).toFixed(1)}`;
    })
    .join('');
}
