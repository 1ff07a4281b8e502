import type { Triple } from '../../core/geometry.ts';
import { type GpuBudget, gpuBudget } from './budget.ts';
import { firstCamera } from './camera.ts';
import { Following, type Scene } from './following.ts';
import { FrameClock, movingScale } from './frame_clock.ts';
import type { GL } from './gl/context.ts';
import { type Part, Passes } from './passes.ts';
import { Solids } from './solids.ts';
import type { VoxelSource } from './source.ts';
import { type Camera, DEFAULT_DISPLAYS, type GpuUse, type Loaded, type Pick, type ViewState } from './view.ts';
import type { Volume } from './volume.ts';

export interface RendererOptions {
  source: VoxelSource;
  voxelSizeUm: Triple;
  view?: Partial<ViewState>;
  /** Shared by all renderers unless given. */
  budget?: GpuBudget;
  /** How long a scan is looked at before its bricks are asked for, ms. */
  refineAfterMs?: number;
  /** What a picture needs is asked for at most this often, ms. */
  askMs?: number;
  /** Time a frame may spend on uploads, ms. */
  uploadMs?: number;
  /** Pictures averaged when nothing moves. */
  accumulate?: number;
  /** After its first picture an average goes on only where neighbouring pixels differ: what is smooth looks the same in each. */
  edgesOnly?: boolean;
  /** Leaves empty space out; off only to compare. */
  skip?: boolean;
  /** Samples a voxel of the finest level on the screen. */
  samplesPerVoxel?: number;
  /** Fewer bricks than there is room for. */
  mostSlots?: number;
  /** A picture depends on its view alone, not on what was looked at before: for movies. Waits for what is empty to be known. */
  exact?: boolean;
  /** Draws by itself as the screen refreshes; off: only on `draw`, and shown only by `present`. */
  loop?: boolean;
  onLoaded?: (loaded: Loaded) => void;
  onCamera?: (camera: Camera) => void;
  onGpu?: (use: GpuUse) => void;
  onError?: (error: Error) => void;
  /** After each picture: the scan that it shows, and whether it is final. */
  onPicture?: (scan: number, final: boolean) => void;
}

export interface RendererFigures {
  /** Scan on the screen; -1 before the first. */
  shown: number;
  resident: number;
  capacity: number;
  missing: number;
  uploads: { count: number; ms: number };
  frameMs: number;
  accumulated: number;
}

export interface VolumeRenderer {
  /** What is opaque around the volume; others add to its scene, and then ask for another picture. */
  readonly solids: Solids;
  /** A part left out stays as it is. */
  set(view: Partial<ViewState>): void;
  /** The picture is no longer what is asked for. */
  redraw(): void;
  readonly view: Readonly<ViewState>;
  /** Draws without a GPU. */
  readonly software: boolean;
  /** Voxels of the volume shown, z, y, x; null before the first is there. */
  readonly shape: Triple | null;
  /** Size of the picture in device pixels. */
  resize(width: number, height: number): void;
  /** Draws one picture at full size now, or adds to the last; returns whether it was the last that is needed. */
  draw(): boolean;
  /** Shows what `draw` averaged on the canvas; `dither` is the seed of noise that keeps gradients from banding. */
  present(dither?: number): void;
  /** Resolves when every brick that the picture wants is on the GPU; draws nothing. Rejects with the signal's reason. */
  prepared(signal?: AbortSignal): Promise<void>;
  /** Bricks that the picture wants and that are not there: layer, scan, level and place. */
  missing(): string[];
  /** Resolves when every brick wanted is drawn and the picture is final. */
  settled(): Promise<void>;
  /** Bytes of the picture, RGBA, bottom row first. */
  read(): Uint8Array<ArrayBuffer>;
  /** What lies under a place of the canvas, CSS pixels from its upper left. */
  pick(x: number, y: number): Promise<Pick | null>;
  /** The final picture as PNG. */
  snapshot(): Promise<Blob>;
  figures(): RendererFigures;
  dispose(): void;
}

const MOVING_MS = 180;
/** Longest a band of a picture should keep the GPU, ms: what is chosen meanwhile waits for it. */
const BAND_MS = 40;
const MOST_BANDS = 48;
/** How often it is looked whether the GPU is through with a band, ms. */
const POLL_MS = 4;
/** Size of the first moving picture in software. */
const SOFTWARE_SCALE = 0.5;

/** What changes by the hand of the one who looks. */
const DRAGGED = ['scan', 'camera', 'clip', 'crosshair', 'layers', 'regions', 'slices'] as const;

const NOTHING_YET: ViewState = {
  scans: [],
  scan: -1,
  layers: DEFAULT_DISPLAYS,
  camera: null,
  up: { axis: 'z', end: 'high' },
  clip: { box: null, planes: [] },
  crosshair: null,
  slices: { z: false, y: false, x: false },
  regions: [],
  playing: 0,
  theme: 'dark',
};

/** Draws a series of volumes into a canvas; free of any framework. Throws where there is no WebGL2. */
export function createVolumeRenderer(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  options: RendererOptions,
): VolumeRenderer {
  return new Renderer(canvas, options);
}

/** GPU objects that are lost with the context. */
interface Stage {
  passes: Passes;
  following: Following;
  clock: FrameClock;
}

class Renderer implements VolumeRenderer {
  readonly solids: Solids;
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #gl: GL;
  readonly #options: RendererOptions;
  readonly #budget: GpuBudget;
  readonly software: boolean;
  #view: ViewState;
  #stage: Stage | null = null;
  #accumulated = 0;
  #band = 0;
  #stale = true;
  #movedAt = Number.NEGATIVE_INFINITY;
  /** The next picture is to come fast, however late it is. */
  #fast = false;
  #scale = 1;
  #drawnScale = 1;
  #fullMs = 0;
  #frameMs = 0;
  /** Bands of the picture under way; 0: it moves and is drawn whole. */
  #bands = 1;
  #frame = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;
  #waiting: (() => void)[] = [];
  #size: [number, number];
  #disposed = false;

  constructor(canvas: HTMLCanvasElement | OffscreenCanvas, options: RendererOptions) {
    this.#canvas = canvas;
    this.#options = options;
    this.#budget = options.budget ?? gpuBudget;
    const gl = canvas.getContext('webgl2', {
      antialias: false,
      alpha: false,
      depth: false,
      powerPreference: 'high-performance',
    }) as GL | null;
    if (!gl)
      throw new Error(
        'The volume cannot be drawn: this browser offers no WebGL2. Turn hardware acceleration on, or choose another graphics backend in the settings.',
      );
    this.#gl = gl;
    this.software = /swiftshader|llvmpipe|software/i.test(rendererName(gl));
    this.solids = new Solids(canvas, gl);
    this.#view = { ...NOTHING_YET, ...options.view };
    if (this.software) this.#scale = SOFTWARE_SCALE;
    this.#size = [canvas.width, canvas.height];
    canvas.addEventListener('webglcontextlost', this.#lost);
    canvas.addEventListener('webglcontextrestored', this.#restored);
    this.#stage = this.#build();
    this.#invalidate();
  }

  get view(): Readonly<ViewState> {
    return this.#view;
  }

  get shape(): Triple | null {
    return this.#stage?.following.shape(this.#view) ?? null;
  }

  #build(): Stage {
    const gl = this.#gl;
    const { source, voxelSizeUm, mostSlots, exact = false, onLoaded, onGpu, onError } = this.#options;
    const { refineAfterMs = 120, askMs = 60, uploadMs = 4, skip = true, samplesPerVoxel = 1 } = this.#options;
    const following = new Following({
      gl,
      source,
      voxelSizeUm,
      budget: this.#budget,
      mostSlots,
      exact,
      refineAfterMs,
      askMs,
      uploadMs,
      changed: () => this.redraw(),
      onLoaded,
      onGpu,
      onError,
    });
    const { edgesOnly = false } = this.#options;
    const kinds = {
      voxelSizeUm,
      skip,
      samplesPerVoxel,
      accumulate: this.#most,
      software: this.software,
      edgesOnly,
    };
    return { passes: new Passes(gl, this.solids, kinds), following, clock: new FrameClock(gl) };
  }

  readonly #lost = (event: Event): void => {
    event.preventDefault();
    this.#stage?.following.release();
    this.solids.forget();
    this.#stage = null;
  };

  readonly #restored = (): void => {
    if (this.#disposed) return;
    this.#stage = this.#build();
    this.redraw();
  };

  set(view: Partial<ViewState>): void {
    const before = this.#view;
    this.#view = { ...before, ...view };
    // What changes may change again at once, as while it is dragged: the first picture comes fast, at the size of moving ones.
    if (before.camera !== null && DRAGGED.some((key) => this.#view[key] !== before[key])) this.#hurry();
    const another = this.#view.scan !== before.scan;
    this.#stage?.following.viewed(another);
    this.redraw();
  }

  /** Gives up the picture under way for a fast one of what is asked for now. */
  #hurry(): void {
    this.#movedAt = performance.now();
    this.#fast = true;
    this.#band = 0;
  }

  redraw(): void {
    this.#stale = true;
    this.#invalidate();
  }

  resize(width: number, height: number): void {
    const [w, h] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
    const canvas = this.#canvas;
    if (w === this.#size[0] && h === this.#size[1] && canvas.width === w && canvas.height === h) return;
    this.#size = [w, h];
    [canvas.width, canvas.height] = [w, h];
    this.#stage?.following.viewed(false);
    this.redraw();
    // A canvas is blank once its size changed; it must not be seen so.
    if (this.#stage && this.#stage.following.shown >= 0) this.draw();
  }

  #invalidate(): void {
    if (this.#frame || this.#disposed || this.#options.loop === false) return;
    this.#frame = requestAnimationFrame(this.#turn);
  }

  readonly #turn = (): void => {
    this.#frame = 0;
    if (this.#disposed) return;
    const next = this.#tick();
    if (next === 'frame') this.#invalidate();
    // A band shows nothing by itself: the next one need not wait for the screen.
    if (next === 'soon' && !this.#soon) this.#soon = setTimeout(this.#again, POLL_MS);
  };

  readonly #again = (): void => {
    this.#soon = undefined;
    if (this.#frame === 0) this.#turn();
  };

  /** One turn of the loop; returns when the next is due, if there is more to come. */
  #tick(): 'frame' | 'soon' | null {
    const stage = this.#stage;
    if (!stage || this.#gl.isContextLost()) return null;
    this.#follow(stage);
    if (stage.clock.busy()) return 'soon';
    this.#learn(stage);
    const moving = this.#fast || performance.now() - this.#movedAt < MOVING_MS || this.#view.playing !== 0;
    const scene = stage.following.scene(this.#view);
    if (!scene) return this.#waits(stage) ? 'frame' : null;
    if (moving) {
      if (this.#stale) this.#movingPicture(stage, scene);
      return 'frame';
    }
    // Bricks that come in while a picture is drawn in bands do not begin it anew: it would never be whole.
    if ((this.#stale && this.#band === 0) || this.#drawnScale < 1) this.#startAverage();
    if (this.#accumulated < this.#most) this.#oneBand(stage, scene);
    if (this.#band > 0) return 'soon';
    return this.#stale || this.#accumulated < this.#most || this.#waits(stage) ? 'frame' : null;
  }

  #waits(stage: Stage): boolean {
    this.#resolveWaiting();
    return stage.following.busy;
  }

  #follow({ following }: Stage): void {
    const shape = this.shape;
    if (shape && this.#view.camera === null) {
      const [width, height] = this.#size;
      const camera = firstCamera(shape, this.#options.voxelSizeUm, this.#view.up, width / height);
      this.#view = { ...this.#view, camera };
      this.#stale = true;
      this.#options.onCamera?.(camera);
    }
    if (following.follow(this.#view, this.#size)) this.#stale = true;
  }

  get #most(): number {
    return this.#options.accumulate ?? (this.software ? 6 : 24);
  }

  /** How large moving pictures may be, and in how many bands still ones are drawn, from how long the last one took. */
  #learn({ clock }: Stage): void {
    const { last } = clock;
    if (last <= 0) return;
    // Bands differ: the dearest ones count, and are forgotten by and by.
    const fullMs = this.#bands === 0 ? last / this.#drawnScale ** 2 : last * this.#bands;
    this.#fullMs = Math.max(fullMs, 0.9 * this.#fullMs);
    if (this.#bands === 0) this.#scale = movingScale(this.#drawnScale, last);
    this.#frameMs = last * Math.max(1, this.#bands);
    clock.last = 0;
  }

  #movingPicture(stage: Stage, scene: Scene): void {
    this.#fast = false;
    this.#stale = false;
    this.#accumulated = 0;
    this.#band = 0;
    this.#bands = 0;
    this.#drawnScale = this.#scale;
    this.#part(stage, scene, { n: 0, scale: this.#scale, band: 0, bands: 1 });
    this.#options.onPicture?.(scene.scan, false);
  }

  #startAverage(): void {
    this.#stale = false;
    this.#accumulated = 0;
    this.#band = 0;
    this.#drawnScale = 1;
  }

  /** Draws a part of a picture, and shows it when it is whole. */
  #part({ passes, clock }: Stage, scene: Scene, part: Part): void {
    clock.begin();
    passes.picture(this.#view, scene, this.#size, part);
    if (part.band === part.bands - 1 && this.#options.loop !== false) passes.present(this.#size);
    clock.end();
  }

  /** A part of the next picture of the average; a slow picture is drawn in bands, so that the window stays alive. */
  #oneBand(stage: Stage, scene: Scene): void {
    if (this.#band === 0) this.#bands = Math.max(1, Math.min(MOST_BANDS, Math.ceil(this.#fullMs / BAND_MS)));
    this.#part(stage, scene, { n: this.#accumulated, scale: 1, band: this.#band, bands: this.#bands });
    this.#band++;
    if (this.#band < this.#bands) return;
    this.#band = 0;
    this.#accumulated++;
    this.#options.onPicture?.(scene.scan, this.#accumulated >= this.#most && !this.#unfinished());
    this.#resolveWaiting();
  }

  draw(): boolean {
    const stage = this.#stage;
    if (!stage) return false;
    this.#follow(stage);
    const scene = stage.following.scene(this.#view);
    if (!scene) return false;
    if (this.#stale || this.#drawnScale < 1) this.#startAverage();
    this.#band = 0;
    this.#bands = 1;
    this.#part(stage, scene, { n: this.#accumulated, scale: 1, band: 0, bands: 1 });
    this.#accumulated++;
    this.#options.onPicture?.(scene.scan, this.#accumulated >= this.#most);
    return this.#accumulated >= this.#most;
  }

  #unfinished(): boolean {
    const following = this.#stage?.following;
    return !following || this.#stale || following.stale || following.shown !== this.#view.scan || !following.complete;
  }

  #resolveWaiting(): void {
    if (this.#accumulated < this.#most || this.#unfinished()) return;
    const all = this.#waiting;
    this.#waiting = [];
    for (const resolve of all) resolve();
  }

  present(dither?: number): void {
    this.#stage?.passes.present(this.#size, dither);
  }

  missing(): string[] {
    return (this.#stage?.following.volumes ?? []).flatMap((volume) => volume.missingNames);
  }

  async prepared(signal?: AbortSignal): Promise<void> {
    this.#stage?.following.viewed(false);
    const there = () => {
      const following = this.#stage?.following;
      return following?.there(this.#view) && !following.stale && following.complete;
    };
    while (!this.#disposed && !there()) {
      signal?.throwIfAborted();
      if (this.#stage) this.#follow(this.#stage);
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#invalidate();
    });
  }

  read(): Uint8Array<ArrayBuffer> {
    const gl = this.#gl;
    const [width, height] = this.#size;
    const out = new Uint8Array(width * height * 4);
    this.#stage?.passes.present(this.#size);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, out);
    return out;
  }

  async pick(x: number, y: number): Promise<Pick | null> {
    const stage = this.#stage;
    const scene = stage?.following.scene(this.#view);
    if (!stage || !scene || !this.#view.camera) return null;
    const css = 'clientWidth' in this.#canvas ? [this.#canvas.clientWidth, this.#canvas.clientHeight] : [0, 0];
    const [w, h] = [css[0] || this.#size[0], css[1] || this.#size[1]];
    return stage.passes.pick(this.#view, scene, this.#size, (2 * x) / w - 1, 1 - (2 * y) / h);
  }

  async snapshot(): Promise<Blob> {
    await this.settled();
    this.read();
    const canvas = this.#canvas;
    if (!('toBlob' in canvas)) return canvas.convertToBlob({ type: 'image/png' });
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made'))), 'image/png');
    });
  }

  figures(): RendererFigures {
    const volumes = this.#stage?.following.volumes ?? [];
    const sum = (of: (volume: Volume) => number) => volumes.reduce((total, volume) => total + of(volume), 0);
    return {
      shown: this.#stage?.following.shown ?? -1,
      resident: sum((v) => v.resident),
      capacity: sum((v) => v.capacity),
      missing: sum((v) => v.missing),
      uploads: { count: sum((v) => v.uploads.count), ms: sum((v) => v.uploads.ms) },
      frameMs: this.#frameMs,
      accumulated: this.#accumulated,
    };
  }

  dispose(): void {
    this.#disposed = true;
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#soon);
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored);
    this.#stage?.following.release();
    this.#stage?.passes.release();
    this.solids.release();
    this.#stage = null;
  }
}

/** The name of what draws, as the driver tells it. */
export function rendererName(gl: GL): string {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}
