import type { FigureLayout, FigurePanel, FigurePanelKind } from '../../../core/figure/layout.ts';

/** Changes of a figure's layout as pure functions. A panel is known by its row and its place in it. */
export interface PanelPlace {
  row: number;
  at: number;
}

export function panelAt({ rows }: FigureLayout, { row, at }: PanelPlace): FigurePanel | null {
  return rows[row]?.[at] ?? null;
}

function withRow(layout: FigureLayout, row: number, change: (panels: FigurePanel[]) => FigurePanel[]): FigureLayout {
  return { ...layout, rows: layout.rows.map((panels, k) => (k === row ? change(panels) : panels)) };
}

/** Without rows that lost their last panel. */
function tidy(layout: FigureLayout): FigureLayout {
  return { ...layout, rows: layout.rows.filter((panels) => panels.length > 0) };
}

/** Fields that are undefined are left out. */
export function clean<T>(written: object): T {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) as T;
}

export function changedLayout(layout: FigureLayout, change: object): FigureLayout {
  return clean<FigureLayout>({ ...layout, ...change });
}

export function changedPanel(layout: FigureLayout, { row, at }: PanelPlace, change: object): FigureLayout {
  return withRow(layout, row, (panels) => panels.with(at, clean<FigurePanel>({ ...panels[at]!, ...change })));
}

/** A panel after all others, in a row of its own. */
export function addedPanel(layout: FigureLayout, panel: FigurePanel): { layout: FigureLayout; place: PanelPlace } {
  return { layout: { ...layout, rows: [...layout.rows, [panel]] }, place: { row: layout.rows.length, at: 0 } };
}

export function duplicatedPanel(layout: FigureLayout, place: PanelPlace): FigureLayout {
  return withRow(layout, place.row, (panels) => panels.toSpliced(place.at + 1, 0, structuredClone(panels[place.at]!)));
}

/** Without a panel; a figure has one at least. */
export function removedPanel(layout: FigureLayout, { row, at }: PanelPlace): FigureLayout {
  if (layout.rows.flat().length === 1) return layout;
  return tidy(withRow(layout, row, (panels) => panels.toSpliced(at, 1)));
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/**
 * A panel moved by one: within its row, or into the row above or below, at its end. Beyond the first or last row, or out of a row of
 * several sideways at the ends, it gets a row of its own where it has none. Tells where it went.
 */
export function movedPanel(
  layout: FigureLayout,
  { row, at }: PanelPlace,
  direction: Direction,
): { layout: FigureLayout; place: PanelPlace } {
  const stay = { layout, place: { row, at } };
  const panels = layout.rows[row]!;
  const panel = panels[at]!;
  if (direction === 'left' || direction === 'right') {
    const to = at + (direction === 'left' ? -1 : 1);
    if (to < 0 || to >= panels.length) return stay;
    const order = panels.toSpliced(at, 1).toSpliced(to, 0, panel);
    return { layout: withRow(layout, row, () => order), place: { row, at: to } };
  }
  const to = row + (direction === 'up' ? -1 : 1);
  const without = panels.toSpliced(at, 1);
  if (to < 0 || to >= layout.rows.length) {
    if (without.length === 0) return stay;
    const rows = layout.rows.with(row, without);
    const own = direction === 'up' ? [[panel], ...rows] : [...rows, [panel]];
    return { layout: { ...layout, rows: own }, place: { row: direction === 'up' ? 0 : own.length - 1, at: 0 } };
  }
  const target = [...layout.rows[to]!, panel];
  const rows = layout.rows.with(row, without).with(to, target);
  const gone = without.length === 0 && row < to;
  return { layout: tidy({ ...layout, rows }), place: { row: gone ? to - 1 : to, at: target.length - 1 } };
}

/** The letter of each panel as it will be: a, b, … over all rows, those without one left out. */
export function lettersOf({ rows }: FigureLayout): (string | null)[][] {
  let next = 0;
  return rows.map((panels) => panels.map(({ unlettered }) => (unlettered ? null : String.fromCharCode(97 + next++))));
}

/** A panel as it is added. */
export function newPanel(kind: FigurePanelKind): FigurePanel {
  switch (kind) {
    case 'slices':
      return { kind, plane: 'through', scans: 'turns' };
    case 'maps':
      return { kind, electrode: 'working' };
    case 'volumes':
      return { kind, scans: 'turns' };
    case 'curve':
      return { kind, of: 'thickness' };
    case 'profile':
      return { kind, as: 'curves' };
    case 'line':
      return { kind, of: 'grey', along: { crack: 'largest' } };
    default:
      return { kind };
  }
}
