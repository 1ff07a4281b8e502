/** Sizes in points, for a figure over both columns of a journal. */
export const PAGE_WIDTH = 510.24;
/** The tallest figure: a page with room for its caption. */
export const PAGE_HEIGHT = 650;
export const MARGIN = 4;

export const FONT = 'Arimo, Arial, Helvetica, sans-serif';
export const SIZE = 7;
export const LETTER_SIZE = 9;

export const INK = '#1c1c1e';
export const FAINT_INK = '#6b6e75';
export const AXIS = '#3a3c40';

/** Colours that mean a material, the same in every picture of the program. */
export const LITHIUM = '#e03c31';
export const CRACK = '#8e44ad';
/** Red, green, blue where a scan does not reach. */
export const UNSEEN = [205, 208, 214];
/** Colours of the single cracks, dark to light purple and neighbours, told apart by lightness too. */
export const CRACKS = ['#5b2a86', '#b65fcf', '#8e44ad', '#d8a1e6', '#3d1f5c', '#a07bd6'];

/** A true minus sign; `decimals` fixed. */
export function fixed(value: number, decimals: number): string {
  const rounded = value.toFixed(decimals);
  return (Number(rounded) === 0 ? rounded.replace('-', '') : rounded).replace('-', '−');
}
