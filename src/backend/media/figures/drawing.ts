import type { CameraPlace, ClipChoice, LayerChoice } from '../../../core/movie/storyboard.ts';
import type { SeriesLook } from '../../../core/plot/look.ts';
import type { Panel } from '../../../core/plot/plot.ts';
import type { Analysed } from '../analysed.ts';
import type { Picture } from '../png.ts';
import type { NumberRow } from './numbers.ts';

/** A cell of the figure: a project, and what tells it from the others. */
export interface FigureCell {
  /** From 0, in the order of the projects. */
  number: number;
  name: string;
  analysed: Analysed;
  look: SeriesLook;
}

/** A picture of the cell in 3D, as a window without a screen draws it. */
export interface StillAsk {
  project: number;
  scan: number;
  camera: CameraPlace;
  layers?: LayerChoice;
  clip?: ClipChoice | 'working';
  size: [width: number, height: number];
}
/** Draws stills in the order asked for. Throws a Failure where there is no browser. */
export type DrawStills = (asked: readonly StillAsk[], signal: AbortSignal) => Promise<Picture[]>;

/** What panels draw with. */
export interface Drawing {
  /** Those that the panel shows. */
  cells: readonly FigureCell[];
  /** Whether the figure has more than one cell. */
  several: boolean;
  dotsPerInch: number;
  /** How wide the panel will be, points. */
  width: number;
  threads: number;
  signal: AbortSignal;
  stills: DrawStills | null;
  /** Says what was left out, one sentence. */
  notice(line: string): void;
}

/** Points from the upper left corner of the page. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The values that a scale of some name must hold, of all panels that share it. */
export type Scales = (name: string) => readonly number[];

/** A panel whose content is known, before its place is. Lengths in points. */
export interface Prepared {
  /** The ends of the values on its scales, by what they show. */
  scales: Readonly<Record<string, readonly number[]>>;
  /** Whether it takes the height of its row, having none of its own. */
  stretches: boolean;
  /** Room for words above what is drawn. They begin right of its letter, and may take the width of the row where no other panel of it has any. */
  head(width: number): number;
  /** Below the head, words included; of pictures at most `most` where they can be made smaller. */
  height(width: number, most: number): number;
  /** `place` is below the head. */
  draw(place: Rect, scales: Scales, label: Label): Promise<Drawn> | Drawn;
}

export interface Label {
  /** How wide the words above may be, and how far above what is drawn they end. */
  headWidth: number;
  lift: number;
  /** As it is printed: "a", "(b)"; empty where there is none. */
  letter: string;
  /** As numbers name the panel: "a", or its place in the figure. */
  panel: string;
  /** Prefix of what is drawn: clip paths are named by it. */
  id: string;
}

export interface Drawn {
  /** Below the plots. */
  under?: string;
  plots?: Panel[];
  body?: string;
  rows: NumberRow[];
}
