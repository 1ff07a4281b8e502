import { native } from './native.ts';

const instructionsNative = native['instructions'] as unknown as () => string;
const limitNative = native['limitInstructions'] as unknown as (baseline: boolean) => void;

/** The instruction set the engine uses: "avx2", "sse2", "neon" or "scalar". All of them give the same bytes. */
export function instructions(): string {
  return instructionsNative();
}

/** Keeps the engine to the instructions every processor has, or lifts that; benchmarks and tests compare the two. */
export function useBaselineOnly(baseline: boolean): void {
  limitNative(baseline);
}
