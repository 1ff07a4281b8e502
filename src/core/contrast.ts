/** How a layer's values are spread, in its unit. */
export interface Spread {
  range: [number, number];
  histogram: { range: [number, number]; counts: number[] };
}

/** Share of voxels left black, and white, by auto contrast: ImageJ's. */
const SATURATED = 0.0035;

/** The window that leaves a small share of voxels at either end. */
export function autoWindow({ histogram, range }: Spread): [number, number] {
  const { counts } = histogram;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return range;
  const width = (histogram.range[1] - histogram.range[0]) / counts.length;
  const edge = (order: readonly number[]): number => {
    let passed = 0;
    for (const [index, count] of order.entries()) {
      passed += count;
      if (passed > total * SATURATED) return index;
    }
    return 0;
  };
  const low = histogram.range[0] + edge(counts) * width;
  const high = histogram.range[1] - edge([...counts].reverse()) * width;
  return high > low ? [low, high] : range;
}
