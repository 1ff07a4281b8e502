import { AXES, type Triple } from '../../core/geometry.ts';
import type { GpuBudget } from './budget.ts';
import { sightOf } from './camera.ts';
import { leastPhases, leastScalar } from './cells.ts';
import type { Floor } from './floors.ts';
import type { GL } from './gl/context.ts';
import type { LayerName, VoxelSource } from './source.ts';
import { type GpuUse, type Loaded, PHASES, type ViewScan, type ViewState } from './view.ts';
import { type DrawnVolume, type Seen, Volume } from './volume.ts';

/** One frame's choice of what to draw. */
export interface Scene {
  scan: number;
  main: { layer: LayerName; drawn: DrawnVolume };
  /** Scalar that slices show, where the main one is of phases. */
  onSlices: { layer: 'grey' | 'lvf'; drawn: DrawnVolume } | null;
}

export interface FollowingOptions {
  gl: GL;
  source: VoxelSource;
  voxelSizeUm: Triple;
  budget: GpuBudget;
  /** Fewer bricks than there is room for. */
  mostSlots?: number | undefined;
  /** Draws from the bricks that the view wants and from no others. */
  exact: boolean;
  /** How long a scan is looked at before its bricks are asked for, ms. */
  refineAfterMs: number;
  /** What a picture needs is asked for at most this often, ms. */
  askMs: number;
  /** Time a frame may spend on uploads, ms. */
  uploadMs: number;
  /** What is there changed. */
  changed: () => void;
  onLoaded?: ((loaded: Loaded) => void) | undefined;
  onGpu?: ((use: GpuUse) => void) | undefined;
  onError?: ((error: Error) => void) | undefined;
}

/** The box of voxels that is drawn of a volume. */
export function drawnBox({ clip }: ViewState, shape: Triple): { low: Triple; high: Triple } {
  return {
    low: [0, 1, 2].map((k) => Math.max(0, clip.box?.min[k] ?? 0)) as Triple,
    high: [0, 1, 2].map((k) => Math.min(shape[k]!, clip.box?.max[k] ?? shape[k]!)) as Triple,
  };
}

/** Which layers a view needs, the main one first. */
function layersNeeded(view: ViewState, scan: ViewScan): { main: LayerName | null; onSlices: 'grey' | 'lvf' | null } {
  const { layers, slices, crosshair } = view;
  const has = (layer: LayerName) => scan.layers.includes(layer);
  const phases = has('phases') && PHASES.some((phase) => layers.phases[phase].visible);
  const scalar = layers.lvf.visible && has('lvf') && !layers.grey.visible ? 'lvf' : has('grey') ? 'grey' : null;
  const cut = crosshair !== null && AXES.some((axis) => slices[axis]);
  if (phases) return { main: 'phases', onSlices: cut ? scalar : null };
  if (layers.lvf.visible && has('lvf')) return { main: 'lvf', onSlices: null };
  if (layers.grey.visible && has('grey')) return { main: 'grey', onSlices: null };
  return { main: has('phases') ? 'phases' : scalar, onSlices: null };
}

/** What of a layer can show as a volume; where slices or regions are met on the way too, all of it has to be there. */
function seenOf(view: ViewState, layer: LayerName): Seen {
  if (layer === 'phases') return () => leastPhases(view.layers.phases);
  if (meets(view)) return null;
  const display = view.layers[layer];
  const window = layer === 'grey' ? view.layers.grey.window : ([0, 1] as const);
  const count = (value: number, { info }: Floor) => (value - info.offset) / info.scale;
  return (floor) => leastScalar(display, [count(window[0], floor), count(window[1], floor)]);
}

/** Whether rays meet slices or regions. */
export function meets({ regions, crosshair, slices }: ViewState): boolean {
  return regions.some(({ round }) => !round) || (crosshair !== null && AXES.some((axis) => slices[axis]));
}

/** Scans in the order in which they will be asked for: the one shown, then outwards, first in the direction of play. */
function orderOf({ scans, scan, playing }: ViewState, layer: LayerName): number[] {
  const there = scans.filter(({ layers }) => layers.includes(layer)).map(({ index }) => index);
  const at = there.indexOf(scan);
  const cost = (i: number) => {
    const ahead = (i - at) * (playing || 1);
    return ahead >= 0 ? ahead : -ahead * (playing === 0 ? 1.1 : 3);
  };
  return there
    .map((index, i) => ({ index, cost: cost(i) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ index }) => index);
}

/** The volumes of a series on the GPU, following what is looked at: asks for what is missing and takes in what came. */
export class Following {
  readonly #options: FollowingOptions;
  readonly #volumes = new Map<LayerName, Volume>();
  #shown = -1;
  #stale = true;
  #askedAt = Number.NEGATIVE_INFINITY;
  #chosenAt = Number.NEGATIVE_INFINITY;
  #told = '';

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  get volumes(): readonly Volume[] {
    return [...this.#volumes.values()];
  }
  /** Scan that the last scene was of; -1 before the first. */
  get shown(): number {
    return this.#shown;
  }
  /** Whether the view changed since it was asked what it needs. */
  get stale(): boolean {
    return this.#stale;
  }
  get complete(): boolean {
    const { exact } = this.#options;
    return this.volumes.every(
      ({ missing, waitingUploads, floors }) => missing === 0 && waitingUploads === 0 && !(exact && floors.refining),
    );
  }
  /** Whether anything is on its way. */
  get busy(): boolean {
    return this.#stale || !this.complete || this.volumes.some(({ floors }) => floors.pending > 0);
  }

  /** The view is another one; `scan`: so is the scan. */
  viewed(scan: boolean): void {
    this.#stale = true;
    if (!scan) return;
    this.#chosenAt = performance.now();
    for (const volume of this.volumes) volume.rest();
  }

  #volume(layer: LayerName): Volume {
    const known = this.#volumes.get(layer);
    if (known) return known;
    const { budget, onError, changed, ...rest } = this.#options;
    const volume = new Volume({
      ...rest,
      layer,
      budget,
      atlasBytes: budget.total * (layer === 'phases' ? 0.4 : 0.2),
      changed: () => {
        this.#stale = true;
        changed();
      },
      failed: (error) => onError?.(error),
    });
    this.#volumes.set(layer, volume);
    return volume;
  }

  /** One turn: returns whether something was taken in. `sized`: the size of the picture. */
  follow(view: ViewState, sized: readonly [number, number]): boolean {
    const scan = view.scans.find(({ index }) => index === view.scan);
    if (!scan) return false;
    const { main, onSlices } = layersNeeded(view, scan);
    const now = performance.now();
    const due =
      this.#stale && now - this.#askedAt > this.#options.askMs && now - this.#chosenAt >= this.#options.refineAfterMs;
    let took = false;
    for (const layer of [main, onSlices]) {
      if (layer === null) continue;
      const volume = this.#volume(layer);
      volume.floors.want(orderOf(view, layer));
      const floor = volume.floors.of(scan.index);
      const seen = layer === main ? seenOf(view, layer) : null;
      if (floor && due && view.camera) this.#ask(volume, view, floor.info.shape, sized, seen);
      took = volume.upload(performance.now() + this.#options.uploadMs) || took;
    }
    if (due) {
      this.#stale = false;
      this.#askedAt = now;
    }
    this.#stale ||= took;
    this.#tell(view);
    return took;
  }

  #ask(volume: Volume, view: ViewState, shape: Triple, [width, height]: readonly [number, number], seen: Seen): void {
    const sight = sightOf(view.camera!, shape, this.#options.voxelSizeUm, width, height);
    const { low, high } = drawnBox(view, shape);
    const next = view.playing !== 0 ? (orderOf(view, volume.layer)[1] ?? null) : null;
    volume.want(view.scan, next, sight, low, high, seen);
  }

  /** The volume drawn of the scan chosen, where it is known. */
  #main(view: ViewState): Volume | undefined {
    const scan = view.scans.find(({ index }) => index === view.scan);
    const main = scan && layersNeeded(view, scan).main;
    return main ? this.#volumes.get(main) : undefined;
  }

  /** Voxels of the volume shown; null before the first is there. */
  shape(view: ViewState): Triple | null {
    const floors = this.#main(view)?.floors;
    return (floors?.of(view.scan) ?? floors?.of(this.#shown))?.info.shape ?? null;
  }

  /** Whether the scan chosen is there at all. */
  there(view: ViewState): boolean {
    return this.#main(view)?.floors.of(view.scan) !== undefined;
  }

  #tell(view: ViewState): void {
    const { onLoaded, onGpu, budget } = this.#options;
    const volume = this.#main(view);
    if (!volume) return;
    const coarse = volume.floors.scans.sort((a, b) => a - b);
    const fine = volume.complete(coarse);
    const key = `${coarse.join()}|${fine.join()}|${budget.used}`;
    if (key === this.#told) return;
    this.#told = key;
    onLoaded?.({ coarse, fine });
    onGpu?.({ used: budget.used, budget: budget.total });
  }

  /** What can be drawn now: the scan chosen, or the last one shown while that is on its way. */
  scene(view: ViewState): Scene | null {
    for (const index of [view.scan, this.#shown]) {
      const found = view.scans.find((one) => one.index === index);
      if (!found) continue;
      const { main, onSlices } = layersNeeded(view, found);
      const drawn = main && this.#volume(main).drawn(index, seenOf(view, main));
      if (!main || !drawn) continue;
      const cut = onSlices && this.#volume(onSlices).drawn(index, null);
      this.#shown = index;
      return { scan: index, main: { layer: main, drawn }, onSlices: cut ? { layer: onSlices, drawn: cut } : null };
    }
    return null;
  }

  release(): void {
    for (const volume of this.volumes) volume.release();
  }
}
