export { COLLECTOR, CRACK, CRACKS, fixed, LITHIUM } from '../../../core/plot/look.ts';

export const FONT = 'Arimo, Arial, Helvetica, sans-serif';
/** Of letters, points: what publishers ask of figures. */
export const SIZE = 7;

export const INK = '#1c1c1e';
export const FAINT_INK = '#6b6e75';
export const AXIS = '#3a3c40';

/** Red, green, blue where a scan does not reach. */
export const UNSEEN = [205, 208, 214];
