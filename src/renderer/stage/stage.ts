import type { LayerInfo } from '../../contract/app.ts';
import { autoWindow } from '../../core/contrast.ts';
import { Frames } from '../../core/movie/frames.ts';
import type { FramePlan, OverlayPlan, PanelPlan, ShotPlan } from '../../core/movie/plan.ts';
import type { MovieProject } from '../../core/movie/project.ts';
import type { Storyboard } from '../../core/movie/storyboard.ts';
import { GpuBudget } from '../viewer/budget.ts';
import type { VoxelSource } from '../viewer/source.ts';
import { curveDrawing, type Drawing, histogramDrawing, paintCurve } from './charts.ts';
import { loadFonts, plotLook, sheet, THEMES } from './look.ts';
import { type Logos, paintOverlays } from './overlay_paint.ts';
import { Planes, type ReadMap } from './planes.ts';
import { VolumeStage } from './volumes.ts';

/** A project of a movie, and where its voxels and maps come from. */
export interface StageProject extends MovieProject {
  source: VoxelSource;
  map: ReadMap;
}

export interface StageOptions {
  /** Checked against the projects. */
  storyboard: Storyboard;
  projects: readonly StageProject[];
  /** Those of the storyboard unless told. */
  size?: readonly [width: number, height: number];
  fps?: number;
  /** Pictures averaged in 3D; null: until another changes nothing that is seen. */
  samples?: number | null;
  /** How long a frame may wait for its voxels, s. */
  waitS?: number;
  /** What a page may hold on the GPU, where others draw in it too; 1 GiB of its own unless told. */
  budget?: GpuBudget;
  /** A logo beside the storyboard. */
  logo?: (file: string) => Promise<ImageBitmap>;
}

export interface DrawOptions {
  /** `draft`: what is there now, for a hand that scrubs. */
  quality?: 'full' | 'draft';
  signal?: AbortSignal;
}

export interface DrawnFrame {
  frame: number;
  /** Pictures averaged in 3D, the most of any panel; 0 where there is none. */
  samples: number;
  /** It shows what the last frame drawn shows: nothing was drawn. */
  same: boolean;
}

/** Draws the frames of a storyboard; one at a time, a call waits for the one before. */
export interface Stage {
  readonly frames: Frames;
  /** Takes the storyboard after a change: the same projects, size and logos. What is drawn next shows it. */
  change(storyboard: Storyboard): void;
  /** Draws a frame on the canvas. Rejects with the signal's reason, or an Error that names what did not come. */
  draw(frame: number, options?: DrawOptions): Promise<DrawnFrame>;
  /** The frame on the canvas: three bytes a pixel, row by row from the top. */
  pixels(): Uint8Array<ArrayBuffer>;
  dispose(): void;
}

/** What was painted of a panel, and for what. */
interface Painted {
  key: string;
  on: CanvasRenderingContext2D;
  samples: number;
}

const WAIT_S = 60;
const GPU_BYTES = 2 ** 30;

/** A stage on a canvas, which gets the movie's size. Resolves when fonts and logos are there. */
export async function createStage(canvas: HTMLCanvasElement, options: StageOptions): Promise<Stage> {
  const { storyboard, logo } = options;
  const files = [storyboard, ...storyboard.shots]
    .flatMap(({ overlays = [] }) => overlays)
    .flatMap((overlay) => (overlay.kind === 'logo' ? [overlay.file] : []));
  const [logos] = await Promise.all([
    Promise.all([...new Set(files)].map(async (file) => [file, await logo?.(file)] as const)),
    loadFonts(),
  ]);
  const known = logos.filter((one): one is [string, ImageBitmap] => one[1] !== undefined);
  return new Frame(canvas, options, new Map(known));
}

function framesOf(storyboard: Storyboard, { projects, size, fps }: StageOptions): Frames {
  return new Frames(storyboard, projects, { ...(size ? { size } : {}), ...(fps ? { fps } : {}) });
}

class Frame implements Stage {
  frames: Frames;
  readonly #on: CanvasRenderingContext2D;
  readonly #options: StageOptions;
  readonly #logos: Logos;
  readonly #volumes: VolumeStage[];
  readonly #planes: Planes[];
  readonly #windows = new Map<StageProject, Promise<[number, number]>>();
  readonly #drawings = new Map<string, Drawing>();
  /** Panels of the last frame. */
  #painted = new Map<string, Painted>();
  #last: { key: string; samples: number } | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(canvas: HTMLCanvasElement, options: StageOptions, logos: Logos) {
    const { storyboard, projects, budget = new GpuBudget(GPU_BYTES) } = options;
    this.frames = framesOf(storyboard, options);
    [canvas.width, canvas.height] = this.frames.size;
    this.#on = canvas.getContext('2d', { alpha: false, willReadFrequently: true })!;
    this.#options = options;
    this.#logos = logos;
    this.#volumes = projects.map((project) => new VolumeStage(project, project.source, budget));
    this.#planes = projects.map(({ source, map }) => new Planes(source, map));
  }

  change(storyboard: Storyboard): void {
    this.frames = framesOf(storyboard, { ...this.#options, size: this.frames.size });
  }

  draw(frame: number, options: DrawOptions = {}): Promise<DrawnFrame> {
    const next = this.#turn.then(() => this.#draw(frame, options));
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #draw(
    frame: number,
    { quality = 'full', signal = new AbortController().signal }: DrawOptions,
  ): Promise<DrawnFrame> {
    signal.throwIfAborted();
    if (this.#disposed) throw new Error('The stage is closed');
    const { frame: _, ...plan } = this.frames.plan(frame);
    const key = `${quality} ${JSON.stringify(plan)}`;
    if (this.#last?.key === key) return { frame, samples: this.#last.samples, same: true };
    const windows = await Promise.all(this.#options.projects.map((project) => this.#greyWindow(project, signal)));
    const kept = new Map<string, Painted>();
    for (const { plan: shot } of plan.shots)
      for (const panel of shot.panels) {
        const painted = await this.#panel(shot, panel, plan.theme, windows[panel.project]!, quality, signal);
        kept.set(`${shot.shot}/${panel.id}`, painted);
      }
    this.#painted = kept;
    this.#compose(plan, windows[0]!);
    const samples = Math.max(0, ...[...kept.values()].map((one) => one.samples));
    this.#last = { key, samples };
    return { frame, samples, same: false };
  }

  /** Paints a panel, unless the last frame had the same. */
  async #panel(
    { shot }: ShotPlan,
    plan: PanelPlan,
    theme: FramePlan['theme'],
    greyWindow: [number, number],
    quality: 'full' | 'draft',
    signal: AbortSignal,
  ): Promise<Painted> {
    const name = `${shot}/${plan.id}`;
    const key = `${quality} ${theme} ${JSON.stringify(plan)}`;
    const held = this.#painted.get(name);
    if (held?.key === key) return held;
    const { width, height } = plan.area;
    const fits = held && held.on.canvas.width === width && held.on.canvas.height === height;
    const on = fits ? held.on : sheet(width, height);
    on.fillStyle = THEMES[theme].ground;
    on.fillRect(0, 0, width, height);
    // What is half drawn belongs to no plan.
    if (held) held.key = '';
    const samples = await this.#paint(plan, on, theme, greyWindow, quality, signal);
    return { key, on, samples };
  }

  async #paint(
    plan: PanelPlan,
    on: CanvasRenderingContext2D,
    theme: FramePlan['theme'],
    greyWindow: [number, number],
    quality: 'full' | 'draft',
    signal: AbortSignal,
  ): Promise<number> {
    const { samples = null, waitS = WAIT_S, projects } = this.#options;
    const project = projects[plan.project]!;
    const planes = this.#planes[plan.project]!;
    const look = plotLook(theme, this.frames.size[1]);
    switch (plan.kind) {
      case 'volume': {
        const wish = { samples, draft: quality === 'draft', waitS, theme, greyWindow, signal };
        return this.#volumes[plan.project]!.paint(plan, on, wish);
      }
      case 'slice':
        await planes.slice(plan, (scan) => project.state.scans[scan]?.layers ?? [], greyWindow, on, signal);
        return 0;
      case 'map':
        await planes.map(plan, theme, on, signal);
        return 0;
      case 'curve': {
        const { hours, cursor, ...still } = plan;
        const drawing = this.#drawing(JSON.stringify([theme, still]), () => curveDrawing(plan, project, look));
        paintCurve(plan, drawing, on, look);
        return 0;
      }
      case 'histogram': {
        const drawing = this.#drawing(JSON.stringify([theme, plan]), () => histogramDrawing(plan, project, look));
        on.drawImage(drawing.whole, 0, 0);
        return 0;
      }
    }
  }

  #drawing(key: string, make: () => Drawing): Drawing {
    const made = this.#drawings.get(key) ?? make();
    this.#drawings.delete(key);
    this.#drawings.set(key, made);
    const [oldest] = this.#drawings.keys();
    if (this.#drawings.size > 12 && oldest !== undefined) this.#drawings.delete(oldest);
    return made;
  }

  /** Grey values shown black and white unless a storyboard tells: the same for every scan, from the reference. */
  #greyWindow(project: StageProject, signal: AbortSignal): Promise<[number, number]> {
    const { scans, reference } = project.state;
    const scan = [scans[reference], ...scans].find((one) => one?.excluded === null && one.layers.includes('grey'));
    if (!scan) return Promise.resolve([0, 65535]);
    const held = this.#windows.get(project);
    if (held) return held;
    const read = project.source.info(scan.index, 'grey', signal).then((info: LayerInfo) => autoWindow(info));
    this.#windows.set(project, read);
    read.catch(() => this.#windows.delete(project));
    return read;
  }

  #compose({ theme, shots, overlays }: Omit<FramePlan, 'frame'>, greyWindow: [number, number]): void {
    const on = this.#on;
    const [width, height] = this.frames.size;
    const all = (plan: ShotPlan, to: CanvasRenderingContext2D) => {
      to.globalAlpha = 1;
      to.fillStyle = THEMES[theme].ground;
      to.fillRect(0, 0, width, height);
      for (const panel of plan.panels) {
        const { on: painted } = this.#painted.get(`${plan.shot}/${panel.id}`)!;
        to.drawImage(painted.canvas, panel.area.left, panel.area.top);
      }
      this.#overlays(plan.overlays, to, theme, greyWindow);
    };
    all(shots[0]!.plan, on);
    if (shots[1]) {
      const over = sheet(width, height);
      all(shots[1].plan, over);
      on.globalAlpha = shots[1].weight;
      on.drawImage(over.canvas, 0, 0);
      on.globalAlpha = 1;
    }
    this.#overlays(overlays, on, theme, greyWindow);
  }

  #overlays(
    overlays: readonly OverlayPlan[],
    on: CanvasRenderingContext2D,
    theme: FramePlan['theme'],
    greyWindow: [number, number],
  ): void {
    paintOverlays(overlays, on, theme, this.#logos, greyWindow);
  }

  pixels(): Uint8Array<ArrayBuffer> {
    const [width, height] = this.frames.size;
    const { data } = this.#on.getImageData(0, 0, width, height);
    const out = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
      out[to] = data[from]!;
      out[to + 1] = data[from + 1]!;
      out[to + 2] = data[from + 2]!;
    }
    return out;
  }

  dispose(): void {
    this.#disposed = true;
    for (const volume of this.#volumes) volume.dispose();
  }
}
