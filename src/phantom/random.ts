/** Random numbers that belong to a seed and a name, so that a new draw in one place moves no other. */
export interface Random {
  uniform(low?: number, high?: number): number;
  /** Standard normal. */
  normal(): number;
  pick<T>(choices: readonly T[]): T;
}

/** A 32-bit number made of a seed and a name. */
export function seedOf(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ (seed >>> 0);
  hash = Math.imul(hash ^ (Math.floor(seed / 2 ** 32) >>> 0), 0x01000193);
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The stream of random numbers of a seed and a name (sfc32). */
export function random(seed: number, name: string): Random {
  let a = seedOf(seed, `${name}/a`);
  let b = seedOf(seed, `${name}/b`);
  let c = seedOf(seed, `${name}/c`);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    uniform: (low = 0, high = 1) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (choices) => choices[Math.floor(next() * choices.length)]!,
  };
}
