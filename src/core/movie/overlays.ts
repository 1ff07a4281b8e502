import { AXES, type Triple } from '../geometry.ts';
import { fixed, LIT_COLOURS } from '../plot/look.ts';
import { floor125 } from '../steps_1_2_5.ts';
import { axesSeen, seenAt, umPerPixel } from './camera.ts';
import type { Instant } from './clock.ts';
import { eased } from './keys.ts';
import { planeAxes } from './panels.ts';
import type { Area, OverlayPlan, PanelPlan, PlanePlan, SlicePlan } from './plan.ts';
import { crackOf, type MovieProject, timesKnown, voxelOf } from './project.ts';
import { readingAt } from './readings.ts';
import type { CellPlace, Overlay } from './storyboard.ts';

/** Height of letters, as a share of the picture's. */
const LETTERS = 0.026;
const TITLE = 0.045;
/** Seconds in which an overlay comes and goes. */
const FADE = 0.3;
/** Longest scale bar, as a share of its panel's width. */
const BAR = 0.18;
/** How far from a slice, in voxels, what lies in it is still pointed to; half of it, at full strength. */
const NEAR = 8;

const OVAL_COLOUR = '#f2c230';
const MATERIALS = {
  collector: 'current collector',
  lithium: 'lithium',
  crack: 'cracks',
  electrolyte: 'electrolyte',
} as const;

/** What overlays are placed by: the panels as they are seen, and the time. */
export interface OverlayMoment {
  whole: Area;
  panels: readonly PanelPlan[];
  seconds: number;
  /** How long the overlay's shot, or the movie, lasts. */
  length: number;
  projects: readonly MovieProject[];
  instants: readonly Instant[];
}

/** An overlay as it is seen now; null where it is not. */
export function overlayPlan(overlay: Overlay, moment: OverlayMoment): OverlayPlan | null {
  const panel = overlay.panel === undefined ? null : moment.panels.find(({ id }) => id === overlay.panel);
  if (panel === undefined) return null;
  // What belongs to a picture stands in it; a colour bar beside it.
  const inPicture = panel && 'image' in panel && overlay.kind !== 'colourBar';
  const area = inPicture ? panel.image : (panel?.area ?? moment.whole);
  const opacity = presence(overlay, moment.seconds, moment.length);
  if (opacity <= 0) return null;
  const letters = Math.round((overlay.size ?? (overlay.kind === 'title' ? TITLE : LETTERS)) * moment.whole.height);
  const placed = { area, opacity, letters };
  const project = panel?.project ?? 0;
  const cell = moment.projects[project]!;
  const instant = moment.instants[project]!;
  switch (overlay.kind) {
    case 'time':
    case 'charge':
    case 'current':
    case 'voltage':
    case 'scan': {
      const text = words(overlay.kind, cell, instant);
      return text === null
        ? null
        : { ...placed, place: overlay.place ?? 'top-left', kind: 'words', weight: 'number', text };
    }
    case 'title':
      return { ...placed, place: overlay.place ?? 'top', kind: 'words', weight: 'title', text: overlay.text };
    case 'caption':
      return { ...placed, place: overlay.place ?? 'bottom', kind: 'words', weight: 'caption', text: overlay.text };
    case 'scaleBar': {
      const bar = panel && scaleBar(panel);
      return bar ? { ...placed, place: overlay.place ?? 'bottom-right', kind: 'scaleBar', ...bar } : null;
    }
    case 'axes': {
      const axes = panel && axesOf(panel);
      return axes ? { ...placed, place: overlay.place ?? 'bottom-left', kind: 'axes', axes } : null;
    }
    case 'colourBar': {
      const bar = panel && colourBar(panel);
      return bar ? { ...placed, place: overlay.place ?? 'right', kind: 'colourBar', ...bar } : null;
    }
    case 'legend': {
      const entries = panel ? legend(panel, cell) : [];
      return entries.length > 0 ? { ...placed, place: overlay.place ?? 'bottom-left', kind: 'legend', entries } : null;
    }
    case 'logo': {
      const pixels = Math.round(overlay.height * moment.whole.height);
      return { ...placed, place: overlay.place ?? 'top-right', kind: 'logo', file: overlay.file, pixels };
    }
    case 'arrow': {
      const found = panel && pinned(overlay.at, panel, cell, instant);
      if (!found) return null;
      const { x, y, strength } = found;
      const place = overlay.place ?? 'top-right';
      return { ...placed, place, opacity: opacity * strength, kind: 'arrow', x, y, text: overlay.text ?? '' };
    }
    case 'oval': {
      const found = panel && pinned(overlay.around, panel, cell, instant);
      if (!found) return null;
      const { x, y, strength, pixelsPerUm } = found;
      const { colour = OVAL_COLOUR } = overlay;
      const radius = overlay.radiusUm * pixelsPerUm;
      return { ...placed, place: 'middle', opacity: opacity * strength, kind: 'oval', x, y, radius, colour };
    }
  }
}

/** 0 to 1: it fades in after `from` and out before `to`. */
function presence({ from, to }: Overlay, seconds: number, length: number): number {
  const comes = from === undefined ? 1 : eased((seconds - from) / FADE);
  const goes = to === undefined || to >= length ? 1 : eased((to - seconds) / FADE);
  return Math.min(comes, goes);
}

function words(
  kind: 'time' | 'charge' | 'current' | 'voltage' | 'scan',
  project: MovieProject,
  { hours, seen }: Instant,
): string | null {
  const known = timesKnown(project);
  if (kind === 'scan') {
    const told = [seen.scan, ...(seen.how === 'interpolate' && seen.next !== null ? [seen.next] : [])].map((scan) => {
      const atH = project.state.scans[scan]?.timeH ?? null;
      return known && atH !== null ? `${scan} (${fixed(atH, 2)} h)` : String(scan);
    });
    return told.length === 1 ? `scan ${told[0]}` : `between scans ${told.join(' and ')}`;
  }
  if (!known) return null;
  if (kind === 'time') return `${fixed(hours, 2)} h`;
  const { chargeMahCm2, currentMaCm2, voltageV } = readingAt(project, hours);
  if (kind === 'charge') return chargeMahCm2 === null ? null : `${fixed(chargeMahCm2, 2)} mAh cm⁻²`;
  if (kind === 'current') return currentMaCm2 === null ? null : `${fixed(currentMaCm2, 2)} mA cm⁻²`;
  return voltageV === null ? null : `${fixed(voltageV, 3)} V`;
}

function scaleBar(panel: PanelPlan): { pixels: number; text: string } | null {
  if (panel.kind === 'curve' || panel.kind === 'histogram') return null;
  const perPixel = panel.kind === 'volume' ? umPerPixel(panel.sight, panel.area.height) : 1 / panel.pixelsPerUm;
  const um = floor125(perPixel * panel.area.width * BAR);
  const text = um >= 1000 ? `${um / 1000} mm` : um < 1 ? `${Number((um * 1000).toPrecision(3))} nm` : `${um} µm`;
  return { pixels: um / perPixel, text };
}

function axesOf(panel: PanelPlan): { axis: 'x' | 'y' | 'z'; right: number; down: number }[] | null {
  if (panel.kind === 'volume') return axesSeen(panel.sight);
  if (panel.kind !== 'slice') return null;
  const [down, along] = planeAxes(panel.axis);
  return [
    { axis: AXES[panel.turned ? down : along]!, right: 1, down: 0 },
    { axis: AXES[panel.turned ? along : down]!, right: 0, down: panel.upward ? -1 : 1 },
  ];
}

function colourBar(
  panel: PanelPlan,
): { map: SlicePlan['layers']['map']; limits: [number, number] | null; name: string } | null {
  if (panel.kind === 'map') {
    const name = panel.electrode === 'working' ? 'lithium thickness (µm)' : 'lithium gained (µm)';
    return { map: panel.map, limits: panel.limits, name };
  }
  if (panel.kind !== 'volume' && panel.kind !== 'slice') return null;
  const { show, map, window } = panel.layers;
  if (show === 'lvf') return { map, limits: [0, 100], name: 'lithium volume fraction (%)' };
  if (show === 'grey') return { map, limits: window, name: 'grey value' };
  return null;
}

/** What the materials' colours mean, of those that the panel shows; cracks where any was found. */
function legend(panel: PanelPlan, { results }: MovieProject): { colour: string; text: string }[] {
  if (panel.kind !== 'volume' && panel.kind !== 'slice') return [];
  const { show, opacity } = panel.layers;
  if (show !== 'phases') return [];
  // A symmetric cell has lithium where others have a collector.
  const collector = results.recipe.cell !== 'symmetric';
  const there = { collector, lithium: true, crack: results.cracks.length > 0, electrolyte: true };
  return (Object.keys(MATERIALS) as (keyof typeof MATERIALS)[])
    .filter((name) => opacity[name] > 0.01 && there[name])
    .map((name) => ({ colour: LIT_COLOURS[name], text: MATERIALS[name] }));
}

/** Where a place of the cell is seen in a panel, how strongly, and how many pixels a µm has there. */
function pinned(
  place: CellPlace,
  panel: PanelPlan,
  project: MovieProject,
  { seen }: Instant,
): { x: number; y: number; strength: number; pixelsPerUm: number } | null {
  const crack = 'crack' in place ? crackOf(place.crack, project) : null;
  if (crack && crack.onsetScan > (seen.next ?? seen.scan)) return null;
  const voxel = voxelOf(place, project, seen.scan);
  if (!voxel) return null;
  if (panel.kind === 'slice') return inSlice(voxel, panel);
  if (panel.kind !== 'volume') return null;
  const { area, sight } = panel;
  const um = voxel.map((n, k) => n * project.state.voxelSizeUm[k]!) as Triple;
  const found = seenAt(sight, um, area.width, area.height);
  if (!found || !within(found.x, found.y, area.width, area.height)) return null;
  return { x: area.left + found.x, y: area.top + found.y, strength: 1, pixelsPerUm: found.pixelsPerUm };
}

function inSlice(voxel: Triple, panel: SlicePlan) {
  const { axis, at, image, pixelsPerUm } = panel;
  const off = Math.abs(voxel[AXES.indexOf(axis)]! - at);
  const [x, y] = pixelOf(voxel, axis, panel);
  if (off > NEAR || !within(x - image.left, y - image.top, image.width, image.height)) return null;
  return { x, y, strength: Math.min(1, 2 - (2 * off) / NEAR), pixelsPerUm };
}

/** The pixel of a place in a plane. */
export function pixelOf(
  voxel: Triple,
  axis: SlicePlan['axis'],
  { view, image, turned, upward }: PlanePlan,
): [x: number, y: number] {
  const [down, along] = planeAxes(axis);
  const second = (voxel[along]! - view.min[1]) / (view.max[1] - view.min[1]);
  const first = (voxel[down]! - view.min[0]) / (view.max[0] - view.min[0]);
  const [right, below] = turned ? [first, second] : [second, first];
  return [image.left + right * image.width, image.top + (upward ? 1 - below : below) * image.height];
}

function within(x: number, y: number, width: number, height: number): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}
