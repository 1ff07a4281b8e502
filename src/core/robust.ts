/** Statistics that a few wild values do not move. */

/** The middle value; NaN of nothing. Does not change the array. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest ranks (the default of numpy.quantile); NaN of nothing. */
export function quantile(values: ArrayLike<number>, q: number): number {
  return quantileOf(new Float64Array(values), q);
}

/** The same, and leaves the values in another order. */
function quantileOf(ranked: Float64Array, q: number): number {
  if (ranked.length === 0) return Number.NaN;
  const at = q * (ranked.length - 1);
  const low = Math.floor(at);
  select(ranked, low);
  if (at === low) return ranked[low]!;
  let next = Number.POSITIVE_INFINITY;
  for (let i = low + 1; i < ranked.length; i++) if (!(ranked[i]! >= next)) next = ranked[i]!;
  return ranked[low]! + (next - ranked[low]!) * (at - low);
}

/** Puts the value of rank `k` in its place, no greater ones before it and no smaller ones behind (Hoare 1961). */
function select(values: Float64Array, k: number): void {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i <= j) {
        const kept = values[i]!;
        values[i++] = values[j]!;
        values[j--] = kept;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}

/** Standard deviation of a normal distribution with the same median absolute deviation. */
export function robustStd(values: ArrayLike<number>): number {
  const deviations = new Float64Array(values);
  const centre = quantileOf(deviations, 0.5);
  for (let i = 0; i < deviations.length; i++) deviations[i] = Math.abs(deviations[i]! - centre);
  return 1.4826 * quantileOf(deviations, 0.5);
}

/** Mean and standard deviation (n − 1). */
export function moments(values: ArrayLike<number>): { mean: number; std: number; n: number } {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let square = 0;
  for (let i = 0; i < values.length; i++) square += (values[i]! - mean) ** 2;
  return { mean, std: Math.sqrt(square / Math.max(1, values.length - 1)), n: values.length };
}

/**
 * Least squares of `rows · x = right` with weights that leave out what lies further than 4.685 robust standard deviations
 * (Tukey's biweight), by iteration. Returns x, or null when the rows do not determine it.
 */
export function robustFit(rows: number[][], right: number[], iterations = 12): { x: number[]; sigma: number } | null {
  let weights = right.map(() => 1);
  let x: number[] | null = null;
  let sigma = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    x = leastSquares(rows, right, weights);
    if (!x) return null;
    const residuals = rows.map((row, i) => right[i]! - dot(row, x!));
    sigma = Math.max(1.4826 * median(residuals.map(Math.abs)), 1e-9);
    weights = residuals.map((residual) => {
      const t = residual / (4.685 * sigma);
      return Math.abs(t) < 1 ? (1 - t * t) ** 2 : 0;
    });
  }
  return x ? { x, sigma } : null;
}

/** Weighted least squares through the normal equations, scaled to unit diagonal; null when they are singular. */
export function leastSquares(rows: number[][], right: number[], weights?: number[]): number[] | null {
  const n = rows[0]?.length ?? 0;
  const a = Array.from({ length: n }, () => new Array<number>(n + 1).fill(0));
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r]!;
    const w = weights ? weights[r]! : 1;
    if (w === 0) continue;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) a[i]![j]! += w * row[i]! * row[j]!;
      a[i]![n]! += w * row[i]! * right[r]!;
    }
  }
  const unit = a.map((line, i) => (line[i]! > 0 ? 1 / Math.sqrt(line[i]!) : 0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) a[i]![j]! *= unit[i]! * unit[j]!;
    a[i]![n]! *= unit[i]!;
  }
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let r = column + 1; r < n; r++) if (Math.abs(a[r]![column]!) > Math.abs(a[pivot]![column]!)) pivot = r;
    if (Math.abs(a[pivot]![column]!) < 1e-12) return null;
    [a[column], a[pivot]] = [a[pivot]!, a[column]!];
    for (let r = 0; r < n; r++) {
      if (r === column) continue;
      const factor = a[r]![column]! / a[column]![column]!;
      for (let c = column; c <= n; c++) a[r]![c]! -= factor * a[column]![c]!;
    }
  }
  return a.map((line, i) => (line[n]! / line[i]!) * unit[i]!);
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
