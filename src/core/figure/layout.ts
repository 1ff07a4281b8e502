import type { ColourMapName } from '../colour_maps.ts';
import type { CameraPlace, CellPlace, ClipChoice, LayerChoice, Moment } from '../movie/storyboard.ts';
import type { JournalName } from './journals.ts';

/**
 * A figure as it is written down: rows of panels, what each shows, and the page they stand on. Lengths on paper are mm, those in the
 * cell µm; voxels z, y, x. Panels that show the same quantity have one scale for all, unless they ask for their own.
 */
export interface FigureLayout {
  version: 1;
  title?: string;
  /** Whose rules it follows: widths, letters, type sizes. */
  journal?: JournalName;
  /** A width of the journal's columns, or mm; both columns unless told. */
  width?: ColumnWidth | number;
  letters?: LetterStyle;
  /** Nothing is drawn where no cell has any. */
  needs?: 'cracks';
  /** What the cells are called, in the order of the projects; the projects' names unless told. */
  cells?: string[];
  /** From the top; those of a row stand side by side and are equally tall. */
  rows: FigurePanel[][];
}

export type ColumnWidth = 'single' | 'one-and-half' | 'double';
/** How panels are lettered; the journal's way unless told. */
export type LetterStyle = 'a' | 'A' | '(a)' | 'a)' | 'none';

/** Which scans a panel shows: all, those where current turns or a crack is first seen (and the ends), or moments. */
export type ScanChoice = 'all' | 'turns' | Moment[];

interface PanelPlace {
  /** Its part of the row against its neighbours'; 1 unless told. */
  width?: number;
  /** mm of what is drawn, without words; what suits its content unless told. */
  height?: number;
  /** Written above it. */
  title?: string;
  /** Which of the figure's cells it shows, from 0; all unless told. */
  cells?: number[];
  /** Goes without a letter of its own. */
  unlettered?: boolean;
  /** Its scales are its own. */
  ownScale?: boolean;
}

export type FigurePanel =
  | SlicesPanel
  | MapsPanel
  | VolumesPanel
  | CurvePanel
  | HistogramPanel
  | EfficiencyPanel
  | ProfilePanel
  | LinePanel;
export type FigurePanelKind = FigurePanel['kind'];

/** Pictures of several scans beside each other. */
interface ScanPictures extends PanelPlace {
  /** All unless told. */
  scans?: ScanChoice;
  /** Pictures a row; what suits their form unless told. */
  columns?: number;
  /** Pictures have numbers after the panel's letter: a.1, a.2, … */
  numbered?: boolean;
}

/** Cuts through the cell. */
export interface SlicesPanel extends ScanPictures {
  kind: 'slices';
  /** Along the stack, or parallel to the working electrode. */
  plane: 'through' | 'in-plane';
  /**
   * µm: of a cut along the stack, from the cell's axis; of one in the plane, above the working interface. Where most of the cracks
   * are, unless told; without any through the axis, and 8 µm above the interface.
   */
  atUm?: number;
  /** Grey values, the lithium fraction in colours, or grey with lithium where there is some (unless told); one after the other. */
  show?: ('grey' | 'lvf' | 'lithium')[];
  /** What of the cut: all, around an electrode's interface, or µm from its middle across and from the working interface up. */
  view?: 'whole' | 'working' | 'counter' | { acrossUm: [number, number]; upUm: [number, number] };
  /** Cracks have outlines; so they have unless told. */
  outlines?: boolean;
  marks?: FigureMark[];
}

/** Something pointed at in cuts. */
export interface FigureMark {
  kind: 'arrow' | 'oval' | 'box';
  /** A place of the cell, or every crack that the cut meets. */
  at: CellPlace | 'cracks';
  /** Half of its width; what the crack needs unless told. */
  radiusUm?: number;
  /** `#rrggbb`. */
  colour?: string;
  /** In these scans alone. */
  scans?: Moment[];
}

/** Lithium thickness over an electrode. */
export interface MapsPanel extends ScanPictures {
  kind: 'maps';
  electrode: 'working' | 'counter';
  /** µm. */
  limits?: [number, number];
  map?: ColourMapName;
}

/** The cell in 3D. */
export interface VolumesPanel extends ScanPictures {
  kind: 'volumes';
  camera?: CameraPlace;
  layers?: LayerChoice;
  /** The cell without its counter electrode unless told. */
  clip?: ClipChoice | 'working' | 'whole';
}

/** Something over the whole series. */
export interface CurvePanel extends PanelPlace {
  kind: 'curve';
  /** `thickness` with its uncertainty, band, and what the charge makes; `difference` from that. */
  of: 'voltage' | 'current' | 'charge' | 'thickness' | 'difference' | 'crackVolume';
  /** Time unless told. */
  over?: 'time' | 'charge';
  electrode?: 'working' | 'counter';
  /** ± one standard deviation over the plane; so it is unless told. */
  band?: boolean;
  /** The published recipe's thickness beside; so it is unless told, where there is one cell. */
  published?: boolean;
  /** What the charge makes of dense lithium; so it is unless told. */
  expected?: boolean;
  /** When each scan was taken; so it is unless told. */
  scanMarks?: boolean;
  /** Shades the times in which cracks were born. */
  births?: boolean;
  /** False: goes without words along its axis, where another panel with the same one stands below. */
  axis?: boolean;
  legend?: boolean;
}

/** How thickness is spread over the working electrode, a curve a scan. */
export interface HistogramPanel extends PanelPlace {
  kind: 'histogram';
  scans?: ScanChoice;
  electrode?: 'working' | 'counter';
}

/** Coulombic efficiency of each cycle, from scans and from charge. */
export interface EfficiencyPanel extends PanelPlace {
  kind: 'efficiency';
}

/** The mean lithium fraction along the stack: a curve a scan, or colours over time. */
export interface ProfilePanel extends PanelPlace {
  kind: 'profile';
  as: 'curves' | 'colours';
  scans?: ScanChoice;
  /** µm from the working interface, up into the electrolyte. */
  upUm?: [number, number];
}

/** Values along a line through the cell, a curve a scan. */
export interface LinePanel extends PanelPlace {
  kind: 'line';
  of: 'grey' | 'lvf';
  /** Across a crack at its thickest, or between two voxels. */
  along:
    | { crack: number | 'first' | 'largest'; lengthUm?: number }
    | { from: [number, number, number]; to: [number, number, number] };
  scans?: ScanChoice;
}

/** Figures that come with the program, in `resources/figures/NAME.json`; the order in which `export --figures` draws them. */
export const FIGURES = [
  'thickness_maps',
  'counter_maps',
  'slice_montage',
  'thickness_curve',
  'crack_curve',
  'operation',
  'slice_series',
  'crack_planes',
  'lithium_fraction',
  'thickness_evolution',
  'lithium_3d',
  'first_cycle',
  'through_plane',
  'crack_lines',
] as const;
