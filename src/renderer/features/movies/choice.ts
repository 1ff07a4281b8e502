import { create } from 'zustand';
import type { Input } from '../../../contract/app.ts';

export type MovieExport = Extract<Input<'export'>, { kind: 'movie' }>;
export type Codec = MovieExport['codec'];

/** How the next movie is to be written; empty: as the storyboard says. */
export interface ExportChoice {
  codec: Codec;
  size: string;
  fps: number | null;
  samples: 'auto' | '1' | '4' | '16' | '64';
  /** Without its ending; null: the storyboard's name. */
  file: string | null;
  /** The second project of a movie of two cells. */
  other: string;
  /** Where it is written; null: the project's folder of exports. */
  folder: string | null;
  /** The folder in which logos lie. */
  logos: string | null;
}

export const useExport = create<ExportChoice>(() => ({
  codec: 'h264',
  size: '',
  fps: null,
  samples: 'auto',
  file: null,
  other: '',
  folder: null,
  logos: null,
}));
