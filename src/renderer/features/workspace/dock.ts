import type { DockviewApi, SerializedDockview } from 'dockview-react';
import type { ViewName } from '../../state/view.ts';
import { type Panel, registeredPanels } from '../feature.ts';

/**
 * Where panels stand: the rail's on the left, 3D and three slices in the middle, what is selected on the right, time
 * along the bottom.
 */
const LEFT_WIDTH = 288;
const RIGHT_WIDTH = 288;
const BOTTOM_HEIGHT = 216;
/** Share of the middle that the slices take. */
const SLICES = 0.4;
const VIEW_PANELS: Record<ViewName, string> = { volume: 'volume', z: 'slice-z', y: 'slice-y', x: 'slice-x' };

let api: DockviewApi | null = null;
/** A panel that was asked for before the panels were there. */
let awaited: string | null = null;

const listeners = new Set<() => void>();

export function takeDock(dock: DockviewApi | null): void {
  api = dock;
  dock?.onDidLayoutChange(changed);
  dock?.onDidActivePanelChange(changed);
  changed();
}

function changed(): void {
  for (const listener of listeners) listener();
}

export function subscribeDock(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function layoutNow(): SerializedDockview | null {
  return api?.toJSON() ?? null;
}

/** Puts the panels back as they were left; as at first where that cannot be read. */
export function restoreLayout(dock: DockviewApi, kept: unknown): void {
  const known = new Set(registeredPanels().map(({ id }) => id));
  const layout = kept as SerializedDockview | null;
  try {
    if (!layout?.panels || !Object.keys(layout.panels).every((id) => known.has(id))) throw new Error('no layout');
    dock.fromJSON(layout);
    if (dock.panels.length === 0) arrange(dock);
  } catch {
    arrange(dock);
  }
  if (awaited) showPanel(awaited);
  awaited = null;
}

export function resetLayout(): void {
  if (api) arrange(api);
}

function arrange(dock: DockviewApi): void {
  before = null;
  dock.exitMaximizedGroup();
  dock.clear();
  const add = (id: string, rest: object) => {
    const panel = registeredPanels().find((one) => one.id === id);
    if (!panel) throw new Error(`There is no panel ${id}`);
    return dock.addPanel({ id, component: id, title: panel.title, ...rest });
  };
  add('volume', {});
  add('slice-z', { position: { referencePanel: 'volume', direction: 'right' } });
  add('slice-y', { position: { referencePanel: 'slice-z', direction: 'below' } });
  add('slice-x', { position: { referencePanel: 'slice-y', direction: 'below' } });
  add('inspector', { position: { direction: 'right' }, initialWidth: RIGHT_WIDTH });
  add('profile', { position: { referencePanel: 'inspector' }, inactive: true });
  add('layers', { position: { direction: 'left' }, initialWidth: LEFT_WIDTH });
  add('timeline', { position: { direction: 'below' }, initialHeight: BOTTOM_HEIGHT });
  share(dock);
  // Panels that were just added have their own idea of their size until they are drawn.
  window.requestAnimationFrame(() => api === dock && share(dock));
  dock.getPanel('volume')?.api.setActive();
}

/** How the panels stood before they made room for a movie. */
let before: SerializedDockview | null = null;
const STORYBOARD_HEIGHT = 300;
/** Share of the middle that a movie takes beside 3D. */
const MOVIE = 0.6;

export function isArranged(): boolean {
  return before !== null;
}

export function hasPanel(id: string): boolean {
  return api?.getPanel(id) !== undefined;
}

/** Room for a movie: beside 3D in place of the slices, which stand behind 3D; the storyboard below. Called again, all is as before. */
export function arrangeMovie(): void {
  if (!api) return;
  if (before) {
    const layout = before;
    before = null;
    api.fromJSON(layout);
    changed();
    return;
  }
  before = api.toJSON();
  const dock = api;
  showPanel('volume');
  const volume = dock.getPanel('volume')!;
  for (const id of ['slice-z', 'slice-y', 'slice-x'])
    dock.getPanel(id)?.api.moveTo({ group: volume.group, position: 'center' });
  dock.getPanel('movie')?.api.close();
  dock.addPanel({
    id: 'movie',
    component: 'movie',
    title: 'Movie',
    position: { referencePanel: 'volume', direction: 'right' },
  });
  volume.api.setActive();
  showPanel('movie-facts');
  showPanel('storyboard');
  shareForMovie(dock);
  window.requestAnimationFrame(() => api === dock && shareForMovie(dock));
  dock.getPanel('movie')?.api.setActive();
  changed();
}

function shareForMovie(dock: DockviewApi): void {
  const rail = dock.panels.find(({ id }) => isOfRail(id) && isShown(id));
  const middle = dock.width - RIGHT_WIDTH - (rail ? LEFT_WIDTH : 0);
  const movie = Math.round(middle * MOVIE);
  for (let time = 0; time < 2; time++) {
    rail?.api.setSize({ width: LEFT_WIDTH });
    dock.getPanel('volume')?.api.setSize({ width: middle - movie });
    dock.getPanel('movie')?.api.setSize({ width: movie });
    dock.getPanel('movie-facts')?.api.setSize({ width: RIGHT_WIDTH });
  }
  dock.getPanel('storyboard')?.api.setSize({ height: STORYBOARD_HEIGHT });
}

/** Gives the panels of the first arrangement their widths and heights. */
function share(dock: DockviewApi): void {
  const middle = dock.width - LEFT_WIDTH - RIGHT_WIDTH;
  const slices = Math.round(middle * SLICES);
  const widths = { layers: LEFT_WIDTH, volume: middle - slices, 'slice-z': slices, inspector: RIGHT_WIDTH };
  // What one panel gives up goes to its neighbour: the second time all hold.
  for (let time = 0; time < 2; time++)
    for (const [id, width] of Object.entries(widths)) dock.getPanel(id)?.api.setSize({ width });
  dock.getPanel('timeline')?.api.setSize({ height: BOTTOM_HEIGHT });
  const third = Math.round((dock.height - BOTTOM_HEIGHT) / 3);
  for (const id of ['slice-z', 'slice-y', 'slice-x']) dock.getPanel(id)?.api.setSize({ height: third });
}

/** Brings a panel to the front, adding it where it was closed. */
export function showPanel(id: string): void {
  if (!api) {
    awaited = id;
    return;
  }
  const there = api.getPanel(id);
  if (there) {
    if (!there.group.api.isVisible) there.group.api.setVisible(true);
    there.api.setActive();
    changed();
    return;
  }
  const panel = registeredPanels().find((one) => one.id === id);
  if (!panel) return;
  add(api, panel);
  putAwayOthers(id);
  const { group } = api.getPanel(id) ?? {};
  if (group && !group.api.isVisible) group.api.setVisible(true);
  changed();
}

function add(dock: DockviewApi, panel: Panel): void {
  const sibling = registeredPanels().find(
    ({ id, place }) => place === panel.place && id !== panel.id && dock.getPanel(id) !== undefined,
  );
  const alone = {
    rail: { position: { direction: 'left' as const }, initialWidth: LEFT_WIDTH },
    right: { position: { direction: 'right' as const }, initialWidth: RIGHT_WIDTH },
    bottom: { position: { direction: 'below' as const }, initialHeight: BOTTOM_HEIGHT },
    centre: {},
  }[panel.place];
  dock.addPanel({
    id: panel.id,
    component: panel.id,
    title: panel.title,
    ...(sibling ? { position: { referencePanel: sibling.id } } : alone),
  });
}

/** A panel of the rail: shown, or put away where it is already in front; its place waits for it. */
export function toggleRail(id: string): void {
  const there = api?.getPanel(id);
  keepingRight(() => {
    if (!there || !isShown(id)) showPanel(id);
    else if (there.group.panels.length === 1 && there.api.location.type === 'grid') there.group.api.setVisible(false);
    else there.api.close();
  });
  changed();
}

/** What comes and goes on the left is for the views to give and to take, not for the panels of the right. */
function keepingRight(change: () => void): void {
  const right = registeredPanels().flatMap(({ id, place }) => (place === 'right' ? (api?.getPanel(id) ?? []) : []));
  const groups = new Map(right.map(({ group }) => [group, group.api.width]));
  change();
  for (const [group, width] of groups)
    if (group.api.location.type === 'grid' && group.api.isVisible) group.api.setSize({ width });
}

/** One panel of the rail stands at a place: the one before is put away. */
function putAwayOthers(id: string): void {
  if (!isOfRail(id)) return;
  const { group } = api?.getPanel(id) ?? {};
  for (const other of [...(group?.panels ?? [])]) if (other.id !== id && isOfRail(other.id)) other.api.close();
}

function isOfRail(id: string): boolean {
  return registeredPanels().some((panel) => panel.id === id && panel.place === 'rail');
}

/** Closes the panel that was used last. */
export function closePanel(): void {
  api?.activePanel?.api.close();
}

export function isShown(id: string): boolean {
  const there = api?.getPanel(id);
  return there !== undefined && there.group.activePanel?.id === id && there.group.api.isVisible;
}

/** Lets a view fill the window, or puts it back. */
export function fillView(view: ViewName): void {
  if (!api) return;
  if (unfill()) return;
  showPanel(VIEW_PANELS[view]);
  const panel = api.getPanel(VIEW_PANELS[view]);
  if (panel) api.maximizeGroup(panel);
}

/** Puts a filling view back; tells whether there was one. */
export function unfill(): boolean {
  if (!api?.hasMaximizedGroup()) return false;
  api.exitMaximizedGroup();
  return true;
}
