/** How a plot is drawn: on paper, in the app, in a movie. Lengths in points, of which `unit` drawing units make one. */
export interface PlotLook {
  unit: number;
  font: string;
  /** Of letters. */
  size: number;
  ink: string;
  faintInk: string;
  axis: string;
  /** Behind everything; open marks are filled with it. */
  paper: string;
}

/** Colours that mean a material, the same in every picture of the program. */
export const LITHIUM = '#e03c31';
export const CRACK = '#8e44ad';
/** As the lit picture in 3D has them. */
export const LIT_COLOURS = {
  collector: '#a9abae',
  lithium: '#dd3431',
  crack: '#9042ce',
  electrolyte: '#cbb58e',
} as const;
export const COLLECTOR = '#a9abae';

/** What tells series apart: a colour that colour-blind readers know from the others, and a mark and a dash besides. */
export interface SeriesLook {
  colour: string;
  symbol: PlotSymbol;
  /** Lengths in points; none is a whole line. */
  dash: readonly number[];
}
export type PlotSymbol = 'circle' | 'rect' | 'triangle' | 'diamond';

/** Of cells side by side. Colours: B. Wong, Nature Methods 8 (2011) 441. */
export const CELLS: readonly SeriesLook[] = [
  { colour: '#d55e00', symbol: 'circle', dash: [] },
  { colour: '#0072b2', symbol: 'rect', dash: [3.2, 1.6] },
  { colour: '#009e73', symbol: 'triangle', dash: [1, 1.4] },
  { colour: '#cc79a7', symbol: 'diamond', dash: [4, 1.4, 1, 1.4] },
];

/** Of single cracks: purple and its neighbours, told apart by lightness too. */
export const CRACKS = ['#5b2a86', '#b65fcf', '#8e44ad', '#d8a1e6', '#3d1f5c', '#a07bd6'];

/** A number with a true minus sign; `decimals` fixed. */
export function fixed(value: number, decimals: number): string {
  const rounded = value.toFixed(decimals);
  return (Number(rounded) === 0 ? rounded.replace('-', '') : rounded).replace('-', '−');
}
