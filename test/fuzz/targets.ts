import type { Target } from './target.ts';
import { addon } from './targets/addon.ts';
import { raw } from './targets/raw.ts';
import { slices } from './targets/slices.ts';
import { cycling, documents, times } from './targets/text.ts';
import { tiff } from './targets/tiff.ts';

/** Every door that strange bytes come in by, one line a door. */
export const targets: readonly Target[] = [tiff, slices, raw, times, cycling, documents, addon];
