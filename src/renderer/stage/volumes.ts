import type { Seen } from '../../core/movie/clock.ts';
import type { VolumePlan } from '../../core/movie/plan.ts';
import type { MovieProject } from '../../core/movie/project.ts';
import { shapeOf, stackOf } from '../../core/movie/project.ts';
import type { GpuBudget } from '../viewer/budget.ts';
import { createVolumeRenderer, type VolumeRenderer } from '../viewer/renderer.ts';
import type { VoxelSource } from '../viewer/source.ts';
import type { LayerDisplays, ViewScan } from '../viewer/view.ts';
import { hashOf, THEMES, type Theme } from './look.ts';
import { MixedSource } from './mixed_source.ts';

/** Pictures averaged where their number is not given: at least; at most on a GPU, and in software, where each takes long. */
const LEAST_SAMPLES = 2;
const MOST_SAMPLES = 24;
const MOST_IN_SOFTWARE = 3;
/**
 * Another picture changes nothing that is seen where it moves fewer than one pixel in 200 by more than 2 of 255 counts in any channel.
 */
const SEEN_COUNTS = 2;
const SEEN_SHARE = 1 / 200;
/** A draft is this many times smaller. */
const DRAFT = 2;

export interface VolumeWish {
  /** Pictures averaged; null: until another changes nothing that is seen. */
  samples: number | null;
  /** What is there now, small: for a hand that scrubs. */
  draft: boolean;
  waitS: number;
  theme: Theme;
  greyWindow: [number, number];
  signal: AbortSignal;
}

/** Draws a project's cell in 3D, one picture after the other. */
export class VolumeStage {
  readonly #project: MovieProject;
  readonly #source: MixedSource;
  readonly #budget: GpuBudget;
  readonly #canvas = new OffscreenCanvas(16, 16);
  #renderer: VolumeRenderer | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor(project: MovieProject, source: VoxelSource, budget: GpuBudget) {
    this.#project = project;
    this.#budget = budget;
    this.#source = new MixedSource(source);
  }

  #made(): VolumeRenderer {
    this.#renderer ??= createVolumeRenderer(this.#canvas, {
      source: this.#source,
      voxelSizeUm: this.#project.state.voxelSizeUm,
      budget: this.#budget,
      loop: false,
      exact: true,
      accumulate: MOST_SAMPLES,
      edgesOnly: true,
      refineAfterMs: 0,
      askMs: 0,
      uploadMs: 1000,
      onError: (error) => this.#failed?.(error),
    });
    return this.#renderer;
  }

  /** Paints a panel into `on`, whose size is the panel's; returns how many pictures were averaged. */
  async paint(plan: VolumePlan, on: CanvasRenderingContext2D, wish: VolumeWish): Promise<number> {
    const { how, scan, next, weight } = plan.seen;
    if (how === 'interpolate' && next !== null) return this.#picture(plan, this.#mixed(plan.seen), on, wish, 1);
    const samples = await this.#picture(plan, scan, on, wish, 1);
    if (next === null) return samples;
    return Math.max(samples, await this.#picture(plan, next, on, wish, weight));
  }

  #mixed({ scan, next, weight }: Seen): number {
    return this.#source.between(scan, next!, weight);
  }

  async #picture(
    plan: VolumePlan,
    scan: number,
    on: CanvasRenderingContext2D,
    wish: VolumeWish,
    weight: number,
  ): Promise<number> {
    const renderer = this.#made();
    const [width, height] = [plan.area.width, plan.area.height].map((n) => (wish.draft ? Math.ceil(n / DRAFT) : n));
    renderer.solids.ground = THEMES[wish.theme].ground;
    renderer.set(this.#view(plan, scan, wish));
    renderer.resize(width!, height!);
    if (wish.draft) await this.#coarse(renderer, wish);
    else await this.#prepared(renderer, plan, wish);
    const samples = this.#average(renderer, wish.draft ? 1 : wish.samples);
    renderer.present(hashOf(JSON.stringify(plan)));
    on.globalAlpha = weight;
    on.drawImage(this.#canvas, 0, 0, plan.area.width, plan.area.height);
    on.globalAlpha = 1;
    return samples;
  }

  #average(renderer: VolumeRenderer, samples: number | null): number {
    // Begun anew: a canvas that changed its size has a picture already.
    renderer.redraw();
    if (samples !== null) {
      const count = Math.max(1, samples);
      for (let n = 0; n < count; n++) renderer.draw();
      return count;
    }
    const most = renderer.software ? MOST_IN_SOFTWARE : MOST_SAMPLES;
    let before: Uint8Array | null = null;
    for (let n = 1; ; n++) {
      renderer.draw();
      if (n >= most) return n;
      if (n < LEAST_SAMPLES) continue;
      const now = renderer.read();
      if (before && sameSeen(before, now)) return n;
      before = now;
    }
  }

  /** Whatever of the scan can be shown. */
  async #coarse(renderer: VolumeRenderer, { signal }: VolumeWish): Promise<void> {
    while (!renderer.draw() && renderer.figures().shown < 0) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 8));
    }
  }

  /** Every brick that the picture wants is there. */
  async #prepared(renderer: VolumeRenderer, plan: VolumePlan, { waitS, signal }: VolumeWish): Promise<void> {
    const giveUp = new AbortController();
    const stop = () => giveUp.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    this.#failed = (error) => giveUp.abort(error);
    const timer = setTimeout(() => {
      const missing = renderer.missing();
      const named = missing.slice(0, 4).join(', ');
      const more = missing.length > 4 ? ` and ${missing.length - 4} more` : '';
      giveUp.abort(
        new Error(
          `${missing.length > 0 ? `the bricks ${named}${more}` : `the coarse form of scan ${plan.seen.scan}`} of ` +
            `${this.#project.state.name} did not come within ${waitS} s`,
        ),
      );
    }, waitS * 1000);
    try {
      signal.throwIfAborted();
      await renderer.prepared(giveUp.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      this.#failed = null;
    }
  }

  #view({ sight, layers, clip, slices }: VolumePlan, scan: number, { theme, greyWindow }: VolumeWish) {
    const { state } = this.#project;
    const real = state.scans.filter(({ excluded }) => excluded === null);
    const scans: ViewScan[] = real.map(({ index, layers }) => ({ index, layers }));
    if (!scans.some(({ index }) => index === scan)) scans.push({ index: scan, layers: scans[0]!.layers });
    const middle = shapeOf(this.#project).map((n) => (n - 1) / 2);
    const cut = Object.keys(slices).length > 0;
    const { axis, collectorEnd } = stackOf(this.#project);
    return {
      scans,
      scan,
      camera: sight,
      layers: displaysOf(layers, greyWindow),
      clip: { box: clip && { kind: 'box' as const, ...clip }, planes: [] },
      crosshair: cut
        ? ([slices.z ?? middle[0]!, slices.y ?? middle[1]!, slices.x ?? middle[2]!] as [number, number, number])
        : null,
      slices: { z: slices.z !== undefined, y: slices.y !== undefined, x: slices.x !== undefined },
      up: { axis, end: collectorEnd === 'low' ? ('high' as const) : ('low' as const) },
      theme,
    };
  }

  dispose(): void {
    this.#renderer?.dispose();
    // Contexts are few in a page, and this one would be held until memory is collected.
    if (this.#renderer) this.#canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
    this.#renderer = null;
  }
}

/** Layers as the viewer shows them. */
export function displaysOf(
  { show, opacity, map, window }: VolumePlan['layers'],
  greyWindow: [number, number],
): LayerDisplays {
  const phase = (name: 'collector' | 'lithium' | 'crack' | 'electrolyte') => ({
    visible: show === 'phases' && opacity[name] > 0,
    opacity: opacity[name],
  });
  return {
    grey: {
      visible: show === 'grey',
      opacity: opacity.grey,
      window: window ?? greyWindow,
      map: show === 'grey' ? map : 'grey',
    },
    lvf: { visible: show === 'lvf', opacity: opacity.lvf, map: show === 'lvf' ? map : 'lvf' },
    phases: {
      collector: phase('collector'),
      lithium: phase('lithium'),
      crack: phase('crack'),
      electrolyte: phase('electrolyte'),
    },
  };
}

/** Whether two pictures differ by nothing that is seen. */
export function sameSeen(a: Uint8Array, b: Uint8Array): boolean {
  const most = (a.length / 4) * SEEN_SHARE;
  let count = 0;
  for (let i = 0; i < a.length; i += 4) {
    const far =
      Math.abs(a[i]! - b[i]!) > SEEN_COUNTS ||
      Math.abs(a[i + 1]! - b[i + 1]!) > SEEN_COUNTS ||
      Math.abs(a[i + 2]! - b[i + 2]!) > SEEN_COUNTS;
    if (far && ++count > most) return false;
  }
  return true;
}
