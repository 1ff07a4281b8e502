import { native } from './native.ts';

const instructionsNative = native['instructions'] as unknown as () => string;
const allNative = native['allInstructions'] as unknown as () => string[];
const limitNative = native['limitInstructions'] as unknown as (name: string) => void;

/** The instruction set the engine uses: "avx2", "sse2", "neon" or "scalar". All of them give the same bytes. */
export function instructions(): string {
  return instructionsNative();
}

/** Those the engine has kernels for and this machine has, the least first; the last is used unless another is chosen. */
export function allInstructions(): string[] {
  return allNative();
}

/** Keeps the whole engine to one of them; benchmarks and tests compare them. Throws a RangeError where the machine lacks it. */
export function chooseInstructions(name: string): void {
  limitNative(name);
}
