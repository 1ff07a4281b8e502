export { CRACK, CRACKS, fixed, LITHIUM } from '../../../core/plot/look.ts';

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

/** Red, green, blue where a scan does not reach. */
export const UNSEEN = [205, 208, 214];
