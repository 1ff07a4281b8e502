import type {
  Corner,
  Ease,
  Moment,
  Overlay,
  Panel,
  PanelKind,
  Shot,
  Storyboard,
} from '../../../core/movie/storyboard.ts';
import { digits, fixed } from '../../components/format.ts';
import { lengthOf, type Track } from './edit.ts';

/** What the templates show, for who chooses one. */
export const TEMPLATE_WORDS: Readonly<Record<string, string>> = {
  paper:
    'The working electrode in 3D, slowly turning: collector grey, lithium red, cracks purple; below it the voltage as it is recorded',
  slices: 'A cut along the stack and one across it, scan by scan, and the mean thickness',
  'two-cells': 'Two cells side by side at the same charge passed, each with its voltage',
  'crack-birth': 'Plating until the first crack is there, a flight to it, and how it grows, beside a cut through it',
  thickness: 'The map of lithium thickness, how it is spread, and its mean over time',
};

export const PANEL_WORDS: Readonly<Record<PanelKind, string>> = {
  volume: '3D',
  slice: 'Slice',
  map: 'Thickness map',
  curve: 'Curve',
  histogram: 'Histogram',
};

export const TRACK_WORDS: Readonly<Record<Track, string>> = {
  camera: 'Camera',
  clip: 'Clip box',
  layers: 'Layers',
  slices: 'Slices in 3D',
  at: 'Position',
  view: 'View',
};

export const EASE_WORDS: readonly (readonly [Ease, string])[] = [
  ['smooth', 'smooth'],
  ['linear', 'even'],
  ['in', 'slow at first'],
  ['out', 'slow at last'],
  ['hold', 'hold, then jump'],
];

export const OVERLAY_WORDS: Readonly<Record<Overlay['kind'], string>> = {
  time: 'Time',
  charge: 'Charge',
  current: 'Current density',
  voltage: 'Voltage',
  scan: 'Scan',
  scaleBar: 'Scale bar',
  axes: 'Axes',
  colourBar: 'Colour bar',
  legend: 'Legend',
  title: 'Title',
  caption: 'Caption',
  logo: 'Logo',
  arrow: 'Arrow',
  oval: 'Oval',
};

export const CORNER_WORDS: readonly (readonly [Corner, string])[] = [
  ['top-left', 'top left'],
  ['top', 'top'],
  ['top-right', 'top right'],
  ['left', 'left'],
  ['middle', 'middle'],
  ['right', 'right'],
  ['bottom-left', 'bottom left'],
  ['bottom', 'bottom'],
  ['bottom-right', 'bottom right'],
];

export function shotName(shot: Shot, index: number): string {
  return shot.name || `Shot ${index + 1}`;
}

export function panelName({ id, kind }: Panel): string {
  return id === kind ? PANEL_WORDS[kind] : id;
}

/** "12.0 s, 3 shots". */
export function boardWords(board: Storyboard): string {
  const { length } = board.shots;
  return `${fixed(lengthOf(board), 1)} s, ${length} shot${length === 1 ? '' : 's'}`;
}

export function secondsText(second: number): string {
  return fixed(second, 2);
}

export function momentWords(moment: Moment): string {
  if (moment === 'start' || moment === 'end') return moment;
  if ('scan' in moment) return `scan ${moment.scan + 1}`;
  if ('hours' in moment) return `${digits(moment.hours)} h`;
  if ('charge' in moment) return `${digits(moment.charge)} mAh cm⁻²`;
  return typeof moment.crack === 'number' ? `crack ${moment.crack}` : `${moment.crack} crack`;
}
