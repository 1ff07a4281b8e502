/** The largest 1, 2 or 5 times a power of ten that is not above `value`; for scale bars. */
export function floor125(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const times = [5, 2, 1].find((step) => step * power <= value * (1 + 1e-9)) ?? 1;
  return exact(times * power);
}

/** The smallest 1, 2 or 5 times a power of ten that is not below `value`. */
export function ceil125(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const times = [1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10;
  return exact(times * power);
}

/** An axis of round numbers around [low, high] in at most `most` steps of 1, 2 or 5. */
export function roundAxis(low: number, high: number, most = 5): { min: number; max: number; step: number } {
  const span = high > low ? high - low : Math.abs(high) || 1;
  let step = ceil125(span / most);
  const bounds = (): [number, number] => [
    exact(Math.floor(low / step + 1e-9) * step),
    exact(Math.ceil((low + span) / step - 1e-9) * step),
  ];
  while (Math.round((bounds()[1] - bounds()[0]) / step) > most) step = ceil125(step * 1.5);
  const [min, max] = bounds();
  return { min, max, step };
}

/** Decimals that show every multiple of a step. */
export function decimalsOf(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

function exact(value: number): number {
  return Number(value.toPrecision(12));
}
