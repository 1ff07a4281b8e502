import type { Overlay, Panel, PanelKind, Storyboard } from '../../../core/movie/storyboard.ts';
import { OVERLAY_WORDS } from './words.ts';

/** Panels that an overlay can belong to; null: it needs none. */
const NEEDS: Partial<Record<Overlay['kind'], readonly PanelKind[]>> = {
  scaleBar: ['volume', 'slice', 'map'],
  axes: ['volume', 'slice', 'map'],
  colourBar: ['map', 'slice', 'volume'],
  legend: ['volume', 'slice', 'curve', 'map', 'histogram'],
  arrow: ['volume', 'slice'],
  oval: ['volume', 'slice'],
};

function panelsOf(board: Storyboard, shot: number | null): Panel[] {
  return shot === null ? board.shots.flatMap(({ panels }) => panels) : board.shots[shot]!.panels;
}

/** Names of the panels that an overlay of a kind can belong to. */
export function panelsFor(kind: Overlay['kind'], board: Storyboard, shot: number | null): string[] {
  const needs = NEEDS[kind];
  const found = panelsOf(board, shot).filter((panel) => !needs || needs.includes(panel.kind));
  return [...new Set(found.map(({ id }) => id))];
}

export function needsPanel(kind: Overlay['kind']): boolean {
  return NEEDS[kind] !== undefined;
}

/** Kinds that can be added: those whose panels are there, and what points to cracks where there are some. */
export function overlayKinds(board: Storyboard, shot: number | null, cracks: boolean): Overlay['kind'][] {
  const kinds = Object.keys(OVERLAY_WORDS) as Overlay['kind'][];
  return kinds.filter(
    (kind) =>
      ((kind !== 'arrow' && kind !== 'oval') || cracks) &&
      (!needsPanel(kind) || panelsFor(kind, board, shot).length > 0),
  );
}

/** An overlay as it is added; null where its panel is missing. */
export function newOverlay(kind: Overlay['kind'], board: Storyboard, shot: number | null): Overlay | null {
  const [panel] = panelsFor(kind, board, shot);
  if (needsPanel(kind) && panel === undefined) return null;
  switch (kind) {
    case 'title':
      return { kind, place: 'top', text: board.title ?? 'Title' };
    case 'caption':
      return { kind, place: 'bottom', text: 'Caption' };
    case 'scaleBar':
    case 'axes':
      return { kind, panel: panel!, place: kind === 'axes' ? 'bottom-left' : 'bottom-right' };
    case 'colourBar':
    case 'legend':
      return { kind, panel: panel!, place: kind === 'legend' ? 'top-right' : 'right' };
    case 'arrow':
      return { kind, panel: panel!, at: { crack: 'first' } };
    case 'oval':
      return { kind, panel: panel!, around: { crack: 'first' }, radiusUm: 20 };
    case 'logo':
      return { kind, place: 'top-right', file: 'logo.png', height: 0.08 };
    default:
      return { kind, place: 'top-left' };
  }
}
