import { type ColourMapName, colourTable, TABLE_STEPS } from '../../core/colour_maps.ts';
import { AXES, type AxisName, type Triple } from '../../core/geometry.ts';
import { type GpuBudget, gpuBudget } from './budget.ts';
import { firstCamera, pixelsOf, sightOf } from './camera.ts';
import { leastSeen } from './cells.ts';
import { FrameClock, movingScale } from './frame_clock.ts';
import { type GL, Program, releaseTarget, type Target, type Texture, target, texture, write } from './gl/context.ts';
import { FULL_SCREEN, GROUND, type MarchVariant, marchShader, SHOW } from './gl/march.glsl.ts';
import { CELL } from './grid.ts';
import { boxLines, type Line, LineDrawer, sliceLines } from './lines.ts';
import {
  colourOf,
  MOST_PLANES,
  phaseUniforms,
  regionUniforms,
  volumeUniforms,
  windowUniform,
  xyz,
} from './march_uniforms.ts';
import type { LayerName, VoxelSource } from './source.ts';
import { preintegrated } from './transfer.ts';
import {
  type Camera,
  type Clip,
  DEFAULT_DISPLAYS,
  type GpuUse,
  type LayerDisplays,
  type Loaded,
  PHASES,
  type Pick,
  type RegionBox,
  type ViewScan,
} from './view.ts';
import { type DrawnVolume, Volume } from './volume.ts';

/** What is shown; a part left out of `set` stays as it is. */
export interface ViewState {
  scans: readonly ViewScan[];
  scan: number;
  layers: LayerDisplays;
  /** Null: chosen when the first volume is there, so that all is seen. */
  camera: Camera | null;
  up: { axis: AxisName; end: 'low' | 'high' };
  clip: Clip;
  crosshair: Triple | null;
  slices: Readonly<Record<AxisName, boolean>>;
  regions: readonly RegionBox[];
  playing: -1 | 0 | 1;
  theme: 'dark' | 'light';
}

export interface RendererOptions {
  source: VoxelSource;
  voxelSizeUm: Triple;
  view?: Partial<ViewState>;
  /** Shared by all renderers unless given. */
  budget?: GpuBudget;
  /** How long a scan is looked at before its bricks are asked for, ms. */
  refineAfterMs?: number;
  /** Time a frame may spend on uploads, ms. */
  uploadMs?: number;
  /** Pictures averaged when nothing moves. */
  accumulate?: number;
  /** Leaves empty space out; off only to compare. */
  skip?: boolean;
  /** Samples a voxel of the finest level on the screen. */
  samplesPerVoxel?: number;
  /** Fewer bricks than there is room for. */
  mostSlots?: number;
  /** Draws by itself as the screen refreshes; off: only on `draw`. */
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
  set(view: Partial<ViewState>): void;
  readonly view: Readonly<ViewState>;
  /** Voxels of the volume shown, z, y, x; null before the first is there. */
  readonly shape: Triple | null;
  /** Size of the picture in device pixels. */
  resize(width: number, height: number): void;
  /** Draws one picture at full size now, or adds to the last; returns whether it was the last that is needed. */
  draw(): boolean;
  /** Resolves when every brick that the picture wants is on the GPU; draws nothing. */
  prepared(): Promise<void>;
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

const EMPTY: Clip = { box: null, planes: [] };
const NO_SLICES = { z: false, y: false, x: false };
const MOVING_MS = 180;
/** Longest a band of a picture should keep the GPU, ms. */
const BAND_MS = 150;
const MOST_BANDS = 16;
const STOP = 0.98;
const PICKED = ['collector', 'lithium', 'crack', 'electrolyte'] as const;

const GROUNDS = {
  dark: { top: '#24272b', bottom: '#121416', line: '#5a6068', cross: '#6fa8ff' },
  light: { top: '#fbfbfa', bottom: '#dcdedf', line: '#8c9196', cross: '#1f63d6' },
} as const;

/** Parts of a pixel by which the n-th picture of an average is moved. */
function shiftOf(n: number): [number, number] {
  const radical = (base: number) => {
    let [sum, part, i] = [0, 1 / base, n];
    for (; i > 0; i = Math.floor(i / base), part /= base) sum += (i % base) * part;
    return sum;
  };
  return n === 0 ? [0, 0] : [radical(2) - 0.5, radical(3) - 0.5];
}

/** GPU objects that are lost with the context. */
interface Stage {
  programs: Map<string, Program>;
  show: Program;
  ground: Program;
  lines: LineDrawer;
  triangle: WebGLVertexArrayObject;
  volumes: Map<LayerName, Volume>;
  noCells: Texture;
  preintegrated: { key: string; texture: Texture } | null;
  colours: { key: string; texture: Texture } | null;
  targets: { width: number; height: number; solid: Target; sum: Target } | null;
  pick: Target;
  clock: FrameClock;
}

/** One frame's choice of what to draw. */
interface Scene {
  scan: number;
  main: { layer: LayerName; drawn: DrawnVolume };
  /** Scalar that slices show, where the main one is of phases. */
  onSlices: { layer: 'grey' | 'lvf'; drawn: DrawnVolume } | null;
}

/** Draws a series of volumes into a canvas; free of any framework. Throws where there is no WebGL2. */
export function createVolumeRenderer(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  options: RendererOptions,
): VolumeRenderer {
  return new Renderer(canvas, options);
}

class Renderer implements VolumeRenderer {
  readonly #canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly #gl: GL;
  readonly #options: RendererOptions;
  readonly #budget: GpuBudget;
  readonly #software: boolean;
  #view: ViewState;
  #stage: Stage | null = null;
  #shown = -1;
  #accumulated = 0;
  #band = 0;
  #stale = true;
  #wantedAt = Number.NEGATIVE_INFINITY;
  #wantStale = true;
  #scanChosenAt = Number.NEGATIVE_INFINITY;
  #movedAt = Number.NEGATIVE_INFINITY;
  #scale = 1;
  #drawnScale = 1;
  #fullMs = 0;
  #frameMs = 0;
  /** Bands of the picture under way; 0: it moves and is drawn whole. */
  #bands = 1;
  #frame = 0;
  #loaded = '';
  #waiting: (() => void)[] = [];
  #width = 0;
  #height = 0;
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
    this.#software = /swiftshader|llvmpipe|software/i.test(rendererName(gl));
    this.#view = {
      scans: [],
      scan: -1,
      layers: DEFAULT_DISPLAYS,
      camera: null,
      up: { axis: 'z', end: 'high' },
      clip: EMPTY,
      crosshair: null,
      slices: NO_SLICES,
      regions: [],
      playing: 0,
      theme: 'dark',
      ...options.view,
    };
    if (this.#software) this.#scale = 0.5;
    this.#width = canvas.width;
    this.#height = canvas.height;
    canvas.addEventListener('webglcontextlost', this.#lost);
    canvas.addEventListener('webglcontextrestored', this.#restored);
    this.#stage = this.#build();
    this.#invalidate();
  }

  get view(): Readonly<ViewState> {
    return this.#view;
  }

  get shape(): Triple | null {
    const volume = this.#mainVolume();
    return (volume?.floors.of(this.#view.scan) ?? volume?.floors.of(this.#shown))?.info.shape ?? null;
  }

  #build(): Stage {
    const gl = this.#gl;
    gl.getExtension('EXT_color_buffer_float');
    gl.getExtension('EXT_color_buffer_half_float');
    gl.getExtension('EXT_float_blend');
    gl.getExtension('OES_texture_float_linear');
    const noCells = texture(gl, 'r8ui', [1, 1, 1]);
    return {
      programs: new Map(),
      show: new Program(gl, FULL_SCREEN, SHOW),
      ground: new Program(gl, FULL_SCREEN, GROUND),
      lines: new LineDrawer(gl),
      triangle: gl.createVertexArray(),
      volumes: new Map(),
      noCells,
      preintegrated: null,
      colours: null,
      targets: null,
      pick: target(gl, 'rgba32ui', 1, 1),
      clock: new FrameClock(gl),
    };
  }

  readonly #lost = (event: Event): void => {
    event.preventDefault();
    const stage = this.#stage;
    this.#stage = null;
    this.#shown = -1;
    for (const volume of stage?.volumes.values() ?? []) volume.release();
  };

  readonly #restored = (): void => {
    if (this.#disposed) return;
    this.#stage = this.#build();
    this.#wantStale = true;
    this.#touch();
  };

  set(view: Partial<ViewState>): void {
    const before = this.#view;
    this.#view = { ...before, ...view };
    const now = performance.now();
    if (this.#view.scan !== before.scan) {
      this.#scanChosenAt = now;
      // The first picture of another scan comes at once, at the size of moving ones.
      this.#movedAt = now;
      for (const volume of this.#stage?.volumes.values() ?? []) volume.rest();
    }
    if (this.#view.camera !== before.camera && before.camera !== null) this.#movedAt = now;
    this.#wantStale = true;
    this.#touch();
  }

  /** The picture is no longer what is asked for. */
  #touch(): void {
    this.#stale = true;
    this.#invalidate();
  }

  resize(width: number, height: number): void {
    const [w, h] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
    if (w === this.#width && h === this.#height && this.#canvas.width === w && this.#canvas.height === h) return;
    this.#width = w;
    this.#height = h;
    this.#canvas.width = w;
    this.#canvas.height = h;
    this.#wantStale = true;
    this.#touch();
    // A canvas is blank once its size changed; it must not be seen so.
    if (this.#stage && this.#shown >= 0) this.draw();
  }

  #invalidate(): void {
    if (this.#frame || this.#disposed || this.#options.loop === false) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#tick()) this.#invalidate();
    });
  }

  /** One turn of the loop; returns whether there is more to come. */
  #tick(): boolean {
    const stage = this.#stage;
    if (!stage || this.#gl.isContextLost()) return false;
    this.#follow();
    if (stage.clock.busy()) return true;
    this.#learn(stage);
    const moving = performance.now() - this.#movedAt < MOVING_MS || this.#view.playing !== 0;
    const scene = this.#scene();
    if (!scene) return this.#waitsForReads();
    if (moving) {
      if (this.#stale) this.#movingPicture(stage, scene);
      return true;
    }
    // Bricks that come in while a picture is drawn in bands do not begin it anew: it would never be whole.
    if ((this.#stale && this.#band === 0) || this.#drawnScale < 1) this.#startAverage();
    if (this.#accumulated < this.#most) this.#oneBand(stage, scene);
    return this.#accumulated < this.#most || this.#waitsForReads();
  }

  #waitsForReads(): boolean {
    this.#resolveWaiting();
    for (const volume of this.#stage?.volumes.values() ?? [])
      if (volume.waitingUploads > 0 || volume.missing > 0 || volume.floors.pending > 0) return true;
    return this.#wantStale;
  }

  get #most(): number {
    return this.#options.accumulate ?? (this.#software ? 6 : 24);
  }

  /** How large moving pictures may be, and in how many bands still ones are drawn, from how long the last one took. */
  #learn(stage: Stage): void {
    const { last } = stage.clock;
    if (last <= 0) return;
    if (this.#bands === 0) this.#scale = movingScale(this.#drawnScale, last);
    else this.#fullMs = last * this.#bands;
    this.#frameMs = last * Math.max(1, this.#bands);
    stage.clock.last = 0;
  }

  #movingPicture(stage: Stage, scene: Scene): void {
    this.#stale = false;
    this.#accumulated = 0;
    this.#band = 0;
    this.#bands = 0;
    this.#drawnScale = this.#scale;
    this.#picture(stage, scene, this.#scale, 0, 1);
    this.#options.onPicture?.(scene.scan, false);
  }

  #startAverage(): void {
    this.#stale = false;
    this.#accumulated = 0;
    this.#band = 0;
    this.#drawnScale = 1;
  }

  /** A part of the next picture of the average; a slow picture is drawn in bands, so that the window stays alive. */
  #oneBand(stage: Stage, scene: Scene): void {
    if (this.#band === 0) this.#bands = Math.max(1, Math.min(MOST_BANDS, Math.ceil(this.#fullMs / BAND_MS)));
    this.#picture(stage, scene, 1, this.#band, this.#bands);
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
    this.#follow();
    const scene = this.#scene();
    if (!scene) return false;
    if (this.#stale || this.#drawnScale < 1) this.#startAverage();
    this.#band = 0;
    this.#bands = 1;
    this.#picture(stage, scene, 1, 0, 1);
    this.#accumulated++;
    this.#options.onPicture?.(scene.scan, this.#accumulated >= this.#most);
    return this.#accumulated >= this.#most;
  }

  /** Volumes that the view needs, the main one first. */
  #layersNeeded(scan: ViewScan): { main: LayerName | null; onSlices: 'grey' | 'lvf' | null } {
    const { layers, slices, crosshair } = this.#view;
    const has = (layer: LayerName) => scan.layers.includes(layer);
    const phases = has('phases') && PHASES.some((phase) => layers.phases[phase].visible);
    const scalar = layers.lvf.visible && has('lvf') && !layers.grey.visible ? 'lvf' : has('grey') ? 'grey' : null;
    const cut = crosshair !== null && AXES.some((axis) => slices[axis]);
    if (phases) return { main: 'phases', onSlices: cut ? scalar : null };
    if (layers.lvf.visible && has('lvf')) return { main: 'lvf', onSlices: null };
    if (layers.grey.visible && has('grey')) return { main: 'grey', onSlices: null };
    return { main: has('phases') ? 'phases' : scalar, onSlices: null };
  }

  #volume(layer: LayerName): Volume {
    const stage = this.#stage!;
    const known = stage.volumes.get(layer);
    if (known) return known;
    const { source, voxelSizeUm, mostSlots, onError } = this.#options;
    const volume = new Volume({
      gl: this.#gl,
      layer,
      source,
      budget: this.#budget,
      atlasBytes: this.#budget.total * (layer === 'phases' ? 0.4 : 0.2),
      ...(mostSlots === undefined ? {} : { mostSlots }),
      changed: () => {
        this.#wantStale = true;
        this.#touch();
      },
      failed: (error) => onError?.(error),
    });
    volume.voxelSizeUm = voxelSizeUm;
    stage.volumes.set(layer, volume);
    return volume;
  }

  /** Scans in the order in which they will be asked for: the one shown, then outwards, first in the direction of play. */
  #order(layer: LayerName): number[] {
    const { scans, scan, playing } = this.#view;
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

  /** Asks for what is missing, and takes in what came. */
  #follow(): void {
    const scan = this.#view.scans.find(({ index }) => index === this.#view.scan);
    if (!scan) return;
    const { main, onSlices } = this.#layersNeeded(scan);
    const now = performance.now();
    const refine = now - this.#scanChosenAt >= (this.#options.refineAfterMs ?? 120);
    const due = this.#wantStale && now - this.#wantedAt > 60;
    let took = false;
    for (const layer of [main, onSlices]) {
      if (layer === null) continue;
      const volume = this.#volume(layer);
      volume.floors.want(this.#order(layer));
      const floor = volume.floors.of(scan.index);
      if (floor && this.#view.camera === null) this.#start(floor.info.shape);
      if (floor && refine && due) this.#want(volume, scan.index, floor.info.shape);
      took = volume.upload(performance.now() + (this.#options.uploadMs ?? 4)) || took;
    }
    if (refine && due) {
      this.#wantStale = false;
      this.#wantedAt = now;
    }
    if (took) {
      this.#stale = true;
      this.#wantStale = true;
    }
    this.#tell();
  }

  #start(shape: Triple): void {
    this.#view = {
      ...this.#view,
      camera: firstCamera(shape, this.#options.voxelSizeUm, this.#view.up, this.#width / this.#height),
    };
    this.#stale = true;
    this.#options.onCamera?.(this.#view.camera!);
  }

  #want(volume: Volume, scan: number, shape: Triple): void {
    const sight = sightOf(this.#view.camera!, shape, this.#options.voxelSizeUm, this.#width, this.#height);
    const { low, high } = this.#drawnBox(shape);
    const order = this.#order(volume.layer);
    const next = this.#view.playing !== 0 ? (order[1] ?? null) : null;
    volume.want(scan, next, sight, low, high, leastSeen(this.#view.layers.phases));
  }

  #drawnBox(shape: Triple): { low: Triple; high: Triple } {
    const box = this.#view.clip.box;
    return {
      low: [0, 1, 2].map((k) => Math.max(0, box?.min[k] ?? 0)) as Triple,
      high: [0, 1, 2].map((k) => Math.min(shape[k]!, box?.max[k] ?? shape[k]!)) as Triple,
    };
  }

  /** The volume drawn of the scan chosen, where it is known. */
  #mainVolume(): Volume | undefined {
    const scan = this.#view.scans.find(({ index }) => index === this.#view.scan);
    const main = scan && this.#layersNeeded(scan).main;
    return main ? this.#stage?.volumes.get(main) : undefined;
  }

  /** What of the box drawn can show something; all of it where that is not known, or slices and regions are drawn too. */
  #seenBox({ main }: Scene, shape: Triple): { low: Triple; high: Triple } {
    const box = this.#drawnBox(shape);
    const { skip, reach } = main.drawn;
    if (!skip || this.#options.skip === false || this.#meetings) return box;
    const margin = reach + 1;
    return {
      low: box.low.map((n, k) => Math.max(n, (skip.bounds.low[k]! - margin) * CELL)) as Triple,
      high: box.high.map((n, k) => Math.min(n, (skip.bounds.high[k]! + margin) * CELL)) as Triple,
    };
  }

  get #meetings(): boolean {
    const { regions, crosshair, slices } = this.#view;
    return regions.length > 0 || (crosshair !== null && AXES.some((axis) => slices[axis]));
  }

  #tell(): void {
    const { onLoaded, onGpu } = this.#options;
    const volume = this.#mainVolume();
    if (!volume) return;
    const coarse = volume.floors.scans.sort((a, b) => a - b);
    const fine = volume.complete(coarse);
    const key = `${coarse.join()}|${fine.join()}|${this.#budget.used}`;
    if (key === this.#loaded) return;
    this.#loaded = key;
    onLoaded?.({ coarse, fine });
    onGpu?.({ used: this.#budget.used, budget: this.#budget.total });
  }

  /** What can be drawn now: the scan chosen, or the last one shown while that is on its way. */
  #scene(): Scene | null {
    const { scans, scan, layers } = this.#view;
    const least = leastSeen(layers.phases);
    for (const index of [scan, this.#shown]) {
      const found = scans.find((one) => one.index === index);
      if (!found) continue;
      const { main, onSlices } = this.#layersNeeded(found);
      const drawn = main && this.#volume(main).drawn(index, least);
      if (!main || !drawn) continue;
      const cut = onSlices && this.#volume(onSlices).drawn(index, least);
      this.#shown = index;
      return { scan: index, main: { layer: main, drawn }, onSlices: cut ? { layer: onSlices, drawn: cut } : null };
    }
    return null;
  }

  #program(variant: MarchVariant): Program {
    const key = Object.values(variant).join('/');
    const programs = this.#stage!.programs;
    const program = programs.get(key) ?? new Program(this.#gl, FULL_SCREEN, marchShader(variant));
    programs.set(key, program);
    return program;
  }

  #targets(stage: Stage, width: number, height: number) {
    const held = stage.targets;
    if (held && held.width === width && held.height === height) return held;
    const gl = this.#gl;
    if (held) {
      releaseTarget(gl, held.solid);
      releaseTarget(gl, held.sum);
    }
    const floats = gl.getExtension('EXT_color_buffer_float') && gl.getExtension('EXT_float_blend');
    const format =
      this.#most === 1
        ? 'rgba8'
        : floats
          ? 'rgba32f'
          : gl.getExtension('EXT_color_buffer_half_float')
            ? 'rgba16f'
            : 'rgba8';
    stage.targets = {
      width,
      height,
      solid: target(gl, 'rgba8', width, height, true),
      sum: target(gl, format, width, height),
    };
    return stage.targets;
  }

  /** Draws a band of one picture at `scale`, and shows it when it is whole. */
  #picture(stage: Stage, scene: Scene, scale: number, band: number, bands: number): void {
    const gl = this.#gl;
    const [width, height] = [this.#width, this.#height].map((n) => Math.max(1, Math.round(n * scale))) as [
      number,
      number,
    ];
    const targets = this.#targets(stage, width, height);
    const n = this.#accumulated;
    const shape = scene.main.drawn.floor.info.shape;
    const sight = sightOf(this.#view.camera!, shape, this.#options.voxelSizeUm, width, height, shiftOf(n));
    stage.clock.begin();
    gl.viewport(0, 0, width, height);
    if (band === 0)
      this.#drawSolid(stage, targets.solid, shape, new Float32Array(sight.toClip.elements), width, height);
    gl.bindFramebuffer(gl.FRAMEBUFFER, targets.sum.frame);
    const from = Math.floor((height * band) / bands);
    const rows = Math.floor((height * (band + 1)) / bands) - from;
    gl.enable(gl.BLEND);
    gl.blendColor(0, 0, 0, 1 / (n + 1));
    gl.blendFunc(gl.CONSTANT_ALPHA, gl.ONE_MINUS_CONSTANT_ALPHA);
    if (n === 0) gl.disable(gl.BLEND);
    // Around the cell there is only the ground: it is copied, and the costly program runs where rays can hit.
    const { low, high } = this.#seenBox(scene, shape);
    const hit = pixelsOf(sight.toClip, low, high, this.#options.voxelSizeUm, width, height);
    const [bottom, top] = [Math.max(from, hit.bottom), Math.max(from, Math.min(from + rows, hit.top))];
    gl.enable(gl.SCISSOR_TEST);
    gl.bindVertexArray(stage.triangle);
    stage.show
      .use()
      .set({ uPixel: [1 / width, 1 / height] })
      .textures({ uPicture: targets.solid.colour });
    for (const [x0, y0, x1, y1] of [
      [0, from, width, Math.min(bottom, from + rows)],
      [0, top, width, from + rows],
      [0, bottom, hit.left, top],
      [hit.right, bottom, width, top],
    ] as const) {
      if (x1 <= x0 || y1 <= y0) continue;
      gl.scissor(x0, y0, x1 - x0, y1 - y0);
      gl.drawArrays(gl.TRIANGLES, 0, 3);
    }
    gl.scissor(hit.left, bottom, Math.max(0, hit.right - hit.left), Math.max(0, top - bottom));
    this.#march(stage, scene, sight, n, false)
      .set({ uPixel: [2 / width, 2 / height] })
      .textures({ uDepth: targets.solid.depth!, uBehind: targets.solid.colour });
    gl.bindVertexArray(stage.triangle);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.disable(gl.BLEND);
    gl.disable(gl.SCISSOR_TEST);
    if (band === bands - 1) this.#present(stage, targets.sum.colour);
    stage.clock.end();
  }

  #present(stage: Stage, picture: Texture): void {
    const gl = this.#gl;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.#width, this.#height);
    stage.show
      .use()
      .set({ uPixel: [1 / this.#width, 1 / this.#height] })
      .textures({ uPicture: picture });
    gl.bindVertexArray(stage.triangle);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  #drawSolid(stage: Stage, into: Target, shape: Triple, toClip: Float32Array, width: number, height: number): void {
    const gl = this.#gl;
    const colours = GROUNDS[this.#view.theme];
    gl.bindFramebuffer(gl.FRAMEBUFFER, into.frame);
    gl.disable(gl.DEPTH_TEST);
    gl.depthMask(true);
    gl.clearDepth(1);
    gl.clear(gl.DEPTH_BUFFER_BIT);
    stage.ground
      .use()
      .set({ uTop: colourOf(colours.top), uBottom: colourOf(colours.bottom), uPixel: [2 / width, 2 / height] });
    gl.bindVertexArray(stage.triangle);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LEQUAL);
    stage.lines.draw(this.#lines(shape), toClip, [width, height], Math.max(1, height / 720));
    gl.disable(gl.DEPTH_TEST);
  }

  #lines(shape: Triple): Line[] {
    const { theme, regions, slices, crosshair } = this.#view;
    const { voxelSizeUm } = this.#options;
    const colours = GROUNDS[theme];
    const { low, high } = this.#drawnBox(shape);
    const lines = boxLines([0, 0, 0], shape, voxelSizeUm, colourOf(colours.line));
    for (const { box, colour } of regions) lines.push(...boxLines(box.min, box.max, voxelSizeUm, colourOf(colour)));
    if (!crosshair) return lines;
    const cross = colourOf(colours.cross);
    for (const [axis, name] of AXES.entries()) {
      if (slices[name]) lines.push(...sliceLines(axis, crosshair[axis]!, low, high, voxelSizeUm, cross));
      const [from, to] = [crosshair, crosshair].map((at) => at.map((v, k) => v * voxelSizeUm[k]!)) as [Triple, Triple];
      from[axis] = (low[axis]! - 0.5) * voxelSizeUm[axis]!;
      to[axis] = (high[axis]! - 0.5) * voxelSizeUm[axis]!;
      lines.push({ from, to, colour: cross });
    }
    return lines;
  }

  /** The ray-march with all that does not depend on the size of the picture. */
  #march(stage: Stage, scene: Scene, sight: ReturnType<typeof sightOf>, n: number, pick: boolean): Program {
    const { main, onSlices } = scene;
    const { layers, clip, crosshair, slices, regions } = this.#view;
    const { voxelSizeUm, skip, samplesPerVoxel } = this.#options;
    const phases = main.layer === 'phases';
    const scalar = phases ? (onSlices ? 'slices' : 'none') : 'volume';
    const program = this.#program({ phases, scalar, meetings: this.#meetings, pick }).use();
    const shape = main.drawn.floor.info.shape;
    const voxelUm = Math.min(...voxelSizeUm);
    const diagonal = Math.hypot(...shape.map((size, k) => size * voxelSizeUm[k]!));
    const { low, high } = this.#seenBox(scene, shape);
    const step = (voxelUm * 2 ** main.drawn.finest) / (samplesPerVoxel ?? 1);
    const cut = (axis: number) => (crosshair && slices[AXES[axis]!] ? crosshair[axis]! + 0.5 : -1);
    const planes = new Float32Array(MOST_PLANES * 4);
    clip.planes.slice(0, MOST_PLANES).forEach(({ normal, offset }, i) => {
      planes.set([...xyz(normal), offset], i * 4);
    });
    program.set({
      uFromClip: new Float32Array(sight.fromClip.elements),
      uPerUm: xyz(voxelSizeUm.map((um) => 1 / um) as Triple),
      uLow: xyz(low),
      uHigh: xyz(high),
      uPlanes: planes,
      uPlaneCount: Math.min(MOST_PLANES, clip.planes.length),
      uStep: step,
      uFrame: n,
      uStop: STOP,
      uReach: phases && main.drawn.skip && skip !== false ? main.drawn.reach : -1,
      uSlice: [cut(2), cut(1), cut(0)],
      uKey: sight.key.toArray(),
      ...regionUniforms(regions),
    });
    program.textures({ uCells: main.drawn.skip?.texture ?? stage.noCells });
    if (phases) this.#setVolume(program, 'P', main.drawn, phaseUniforms(layers.phases, voxelUm, diagonal));
    const shown = phases ? onSlices : (main as { layer: 'grey' | 'lvf'; drawn: DrawnVolume });
    if (shown) this.#setScalar(stage, program, shown, step / voxelUm);
    return program;
  }

  #setVolume(program: Program, letter: 'P' | 'S', drawn: DrawnVolume, more: Parameters<Program['set']>[0]): void {
    const { uniforms, textures } = volumeUniforms(letter, drawn);
    program.set({ ...uniforms, ...more }).textures(textures);
  }

  #setScalar(
    stage: Stage,
    program: Program,
    { layer, drawn }: { layer: 'grey' | 'lvf'; drawn: DrawnVolume },
    ratio: number,
  ): void {
    const { grey, lvf } = this.#view.layers;
    const display = layer === 'grey' ? grey : lvf;
    const window = layer === 'grey' ? grey.window : ([0, 1] as const);
    this.#setVolume(program, 'S', drawn, { uWindow: windowUniform(drawn, window), uRatio: ratio });
    program.textures({
      uPreintegrated: this.#preintegrated(stage, display.map, display.opacity),
      uColours: this.#colours(stage, display.map),
    });
  }

  #preintegrated(stage: Stage, map: ColourMapName, opacity: number): Texture {
    const key = `${map}/${opacity}`;
    if (stage.preintegrated?.key === key) return stage.preintegrated.texture;
    const held = stage.preintegrated?.texture ?? texture(this.#gl, 'rgba16f', [TABLE_STEPS, TABLE_STEPS]);
    write(this.#gl, held, preintegrated(map, opacity));
    stage.preintegrated = { key, texture: held };
    return held;
  }

  #colours(stage: Stage, map: ColourMapName): Texture {
    if (stage.colours?.key === map) return stage.colours.texture;
    const held = stage.colours?.texture ?? texture(this.#gl, 'rgba8', [TABLE_STEPS, 1]);
    const table = colourTable(map);
    const rgba = new Uint8Array(TABLE_STEPS * 4).fill(255);
    for (let i = 0; i < TABLE_STEPS; i++) rgba.set(table.subarray(i * 3, i * 3 + 3), i * 4);
    write(this.#gl, held, rgba);
    stage.colours = { key: map, texture: held };
    return held;
  }

  #unfinished(): boolean {
    return this.#stale || this.#wantStale || this.#shown !== this.#view.scan || !this.#nothingMissing();
  }

  #nothingMissing(): boolean {
    return [...(this.#stage?.volumes.values() ?? [])].every((v) => v.missing === 0 && v.waitingUploads === 0);
  }

  #resolveWaiting(): void {
    if (this.#accumulated < this.#most || this.#unfinished()) return;
    const all = this.#waiting;
    this.#waiting = [];
    for (const resolve of all) resolve();
  }

  async prepared(): Promise<void> {
    const there = () => {
      const volume = this.#mainVolume();
      return volume?.floors.of(this.#view.scan) !== undefined && !this.#wantStale && this.#nothingMissing();
    };
    this.#wantStale = true;
    while (!this.#disposed && !there()) {
      if (this.#stage) this.#follow();
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
    const stage = this.#stage;
    const out = new Uint8Array(this.#width * this.#height * 4);
    if (stage?.targets) this.#present(stage, stage.targets.sum.colour);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.readPixels(0, 0, this.#width, this.#height, gl.RGBA, gl.UNSIGNED_BYTE, out);
    return out;
  }

  async pick(x: number, y: number): Promise<Pick | null> {
    const stage = this.#stage;
    const scene = stage && this.#scene();
    if (!stage || !scene) return null;
    const gl = this.#gl;
    const shape = scene.main.drawn.floor.info.shape;
    const sight = sightOf(this.#view.camera!, shape, this.#options.voxelSizeUm, this.#width, this.#height);
    const css = 'clientWidth' in this.#canvas ? [this.#canvas.clientWidth, this.#canvas.clientHeight] : [0, 0];
    const [w, h] = [css[0] || this.#width, css[1] || this.#height];
    gl.bindFramebuffer(gl.FRAMEBUFFER, stage.pick.frame);
    gl.viewport(0, 0, 1, 1);
    this.#march(stage, scene, sight, 0, true).set({ uCentre: [(2 * x) / w - 1, 1 - (2 * y) / h] });
    gl.bindVertexArray(stage.triangle);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const words = new Uint32Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA_INTEGER, gl.UNSIGNED_INT, words);
    return pickOf(words, scene);
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
    const volumes = [...(this.#stage?.volumes.values() ?? [])];
    const sum = (of: (volume: Volume) => number) => volumes.reduce((total, volume) => total + of(volume), 0);
    return {
      shown: this.#shown,
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
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored);
    for (const volume of this.#stage?.volumes.values() ?? []) volume.release();
    const targets = this.#stage?.targets;
    if (targets) {
      releaseTarget(this.#gl, targets.solid);
      releaseTarget(this.#gl, targets.sum);
    }
    this.#stage = null;
  }
}

function pickOf(words: Uint32Array, { scan, main }: Scene): Pick | null {
  const [x, y, z] = new Float32Array(words.buffer);
  const kind = words[3]!;
  if (kind === 0) return null;
  const what = kind <= 4 ? PICKED[kind - 1]! : kind === 5 ? (main.layer as 'grey' | 'lvf') : 'slice';
  return { scan, voxel: [z! - 0.5, y! - 0.5, x! - 0.5], what };
}

/** The name of what draws, as the driver tells it. */
export function rendererName(gl: GL): string {
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}
