import { realFiles } from '../specimens.ts';
import type { Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

export const tiff: Target = {
  name: 'tiff',
  specimens: async () => realFiles(/\.(tiff?|btf)$/i, 64 * 1024),
  attempt: (attempt) => readVolumes(attempt),
  cases: 120,
};
