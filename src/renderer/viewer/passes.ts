import { type ColourMapName, colourTable, TABLE_STEPS } from '../../core/colour_maps.ts';
import { AXES, type Triple } from '../../core/geometry.ts';
import { pixelsOf, sightOf } from './camera.ts';
import { drawnBox, meets, type Scene } from './following.ts';
import {
  depthMarks,
  type GL,
  Program,
  releaseTarget,
  type Target,
  type Texture,
  type TextureFormat,
  target,
  texture,
  write,
} from './gl/context.ts';
import { type PhaseVariant, phasesShader } from './gl/phases.glsl.ts';
import { scalarShader } from './gl/scalar.glsl.ts';
import { COPY, DITHER, EDGES, FULL_SCREEN, RECTS, SHOW } from './gl/screen.glsl.ts';
import { BRICK } from './grid.ts';
import { MOST_PLANES, phaseUniforms, regionUniforms, volumeUniforms, windowUniform, xyz } from './march_uniforms.ts';
import { ROW, silhouette } from './silhouette.ts';
import type { Drawn, Solids } from './solids.ts';
import { preintegrated } from './transfer.ts';
import type { Pick, ViewState } from './view.ts';
import type { DrawnVolume } from './volume.ts';

export interface PassOptions {
  voxelSizeUm: Triple;
  /** Leaves empty space out; off only to compare. */
  skip: boolean;
  /** Samples a voxel of the finest level on the screen. */
  samplesPerVoxel: number;
  /** Pictures averaged; one alone needs no floats. */
  accumulate: number;
  /** Draws in software: programs have nothing that they do not need. */
  software: boolean;
  /** After its first picture an average goes on only where neighbouring pixels differ. */
  edgesOnly: boolean;
}

/** A part of a picture: the n-th of an average, at a share of the canvas' size, a band of several. */
export interface Part {
  n: number;
  scale: number;
  band: number;
  bands: number;
}

/** Opacity at which a ray ends. */
const STOP = 0.98;
/** Opacity up to which the electrolyte is faint. */
const FAINT = 0.15;
/** All of the picture in clip space. */
const WHOLE = new Float32Array([-1, -1, 1, 1]);
const PICKED = ['collector', 'lithium', 'crack', 'electrolyte'] as const;

/** Parts of a pixel by which the n-th picture of an average is moved. */
function shiftOf(n: number): [number, number] {
  const radical = (base: number) => {
    let [sum, part, i] = [0, 1 / base, n];
    for (; i > 0; i = Math.floor(i / base), part /= base) sum += (i % base) * part;
    return sum;
  };
  return n === 0 ? [0, 0] : [radical(2) - 0.5, radical(3) - 0.5];
}

interface Targets {
  width: number;
  height: number;
  marks: WebGLRenderbuffer;
  /** The picture, averaged. */
  sum: Target;
  /** Where its first picture differs from pixel to pixel; null where all of it is looked at again. */
  edges: Target | null;
}

/** All that is drawn on the GPU for one picture, and what it needs; lost with its context, and then made anew. */
export class Passes {
  readonly #gl: GL;
  readonly #solids: Solids;
  readonly #options: PassOptions;
  readonly #programs = new Map<string, Program>();
  readonly #show: Program;
  readonly #copied: Program;
  readonly #dithered: Program;
  readonly #marking: Program;
  readonly #triangle: WebGLVertexArrayObject;
  /** Rectangles of the picture that rays are sent through. */
  readonly #rects: { vertices: WebGLVertexArrayObject; buffer: WebGLBuffer; count: number };
  readonly #noCells: Texture;
  /** A depth with nothing before it. */
  readonly #nothing: Texture;
  #preintegrated: { key: string; texture: Texture } | null = null;
  #colours: { key: string; texture: Texture } | null = null;
  #targets: Targets | null = null;
  #drawn: Drawn | null = null;
  readonly #pick: Target;

  constructor(gl: GL, solids: Solids, options: PassOptions) {
    this.#gl = gl;
    this.#solids = solids;
    this.#options = options;
    for (const name of ['EXT_color_buffer_float', 'EXT_color_buffer_half_float', 'EXT_float_blend'])
      gl.getExtension(name);
    this.#show = new Program(gl, FULL_SCREEN, SHOW);
    this.#copied = new Program(gl, FULL_SCREEN, COPY);
    this.#dithered = new Program(gl, FULL_SCREEN, DITHER);
    this.#marking = new Program(gl, FULL_SCREEN, EDGES);
    this.#triangle = gl.createVertexArray();
    this.#rects = rectsOf(gl);
    this.#noCells = texture(gl, 'rg8ui', [1, 1, 1]);
    this.#nothing = texture(gl, 'rgba8', [1, 1]);
    write(gl, this.#nothing, new Uint8Array([255, 255, 255, 255]));
    this.#pick = target(gl, 'rgba32ui', 1, 1);
  }

  /** Draws a part of a picture into the average. */
  picture(view: ViewState, scene: Scene, size: readonly [number, number], { n, scale, band, bands }: Part): void {
    const gl = this.#gl;
    const [width, height] = size.map((pixels) => Math.max(1, Math.round(pixels * scale))) as [number, number];
    const targets = this.#sized(width, height);
    const shape = scene.main.drawn.floor.info.shape;
    const sight = sightOf(view.camera!, shape, this.#options.voxelSizeUm, width, height, shiftOf(n));
    // What is behind has no edges: where those alone are looked at again, it stays.
    const again = n > 0 && targets.edges !== null;
    if ((band === 0 && !again) || !this.#drawn) this.#drawn = this.#solids.draw(sight, view.theme, width, height);
    const { colour, depth } = this.#drawn;
    this.#plain();
    const bottom = Math.floor((height * band) / bands);
    const top = Math.floor((height * (band + 1)) / bands);
    // The costly programs run where rays can hit.
    const { low, high } = this.#seenBox(view, scene, shape);
    const hit = pixelsOf(sight.toClip, low, high, this.#options.voxelSizeUm, width, height);
    const within = () => scissor(gl, hit.left, Math.max(bottom, hit.bottom), hit.right, Math.min(top, hit.top));
    this.#setRects(this.#outline(view, scene, sight, width, height));
    const across = () => scissor(gl, 0, bottom, width, top);
    const pixels = { uPixel: [2 / width, 2 / height], uCorner: [-1, -1], uShift: -1 };
    const ray = this.#ray(view, scene, sight, n, depth, pixels);
    gl.viewport(0, 0, width, height);

    // Depth marks the pixels that rays were sent through: all others show what is behind.
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.SCISSOR_TEST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, targets.sum.frame);
    across();
    gl.clear(gl.DEPTH_BUFFER_BIT);
    gl.depthFunc(gl.ALWAYS);
    within();
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    if (n > 0) gl.enable(gl.BLEND);
    const uShare = 1 / (n + 1);
    this.#rayProgram(view, scene, ray, again ? targets.edges : null, false)
      .set({ uShare })
      .textures({ uBehind: colour });
    this.#drawRects();
    gl.depthFunc(gl.NOTEQUAL);
    across();
    if (!again) {
      this.#copied.use().set({ uShare }).textures({ uPicture: colour });
      this.#triangles();
    }
    if (n === 0 && targets.edges && band === bands - 1) this.#markEdges(targets.sum, targets.edges, hit);
    gl.disable(gl.SCISSOR_TEST);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.BLEND);
  }

  /** Shows the average on a canvas of this size; `dither` is the seed of noise of one count. */
  present([width, height]: readonly [number, number], dither = -1): void {
    if (!this.#targets) return;
    const gl = this.#gl;
    this.#plain();
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, width, height);
    this.#copy(this.#targets.sum.colour, width, height, dither);
  }

  /** Marks the pixels of a rectangle that another picture may change. */
  #markEdges({ colour }: Target, edges: Target, { left, bottom, right, top }: ReturnType<typeof pixelsOf>): void {
    const gl = this.#gl;
    gl.disable(gl.DEPTH_TEST);
    gl.bindFramebuffer(gl.FRAMEBUFFER, edges.frame);
    scissor(gl, left, bottom, right, top);
    this.#marking.use().textures({ uPicture: colour });
    this.#triangles();
  }

  /** What lies under a place of the picture, both as clip space has it. */
  pick(view: ViewState, scene: Scene, size: readonly [number, number], x: number, y: number): Pick | null {
    const gl = this.#gl;
    const sight = sightOf(view.camera!, scene.main.drawn.floor.info.shape, this.#options.voxelSizeUm, ...size);
    this.#plain();
    gl.viewport(0, 0, 1, 1);
    this.#setRects(WHOLE);
    const ray = this.#ray(view, scene, sight, 0, this.#nothing, { uPixel: [0, 0], uCorner: [x, y], uShift: 0.5 });
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.#pick.frame);
    this.#rayProgram(view, scene, ray, null, true);
    this.#drawRects();
    const words = new Uint32Array(4);
    gl.readPixels(0, 0, 1, 1, gl.RGBA_INTEGER, gl.UNSIGNED_INT, words);
    return pickOf(words, scene);
  }

  /** The state that passes start from, whatever drew before. */
  #plain(): void {
    const gl = this.#gl;
    for (const what of [gl.BLEND, gl.CULL_FACE, gl.DEPTH_TEST, gl.SCISSOR_TEST, gl.STENCIL_TEST]) gl.disable(what);
    gl.colorMask(true, true, true, true);
    gl.depthMask(true);
    gl.clearDepth(1);
    gl.blendEquation(gl.FUNC_ADD);
  }

  #setRects(rects: Float32Array<ArrayBuffer>): void {
    const gl = this.#gl;
    gl.bindVertexArray(this.#rects.vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#rects.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, rects, gl.STREAM_DRAW);
    this.#rects.count = rects.length / 4;
  }

  #drawRects(): void {
    this.#gl.bindVertexArray(this.#rects.vertices);
    this.#gl.drawArraysInstanced(this.#gl.TRIANGLE_STRIP, 0, 4, this.#rects.count);
  }

  /** Where to send rays: where they can hit something, if it is known what can be seen and nothing else is met. */
  #outline(view: ViewState, { main }: Scene, sight: Sighted, width: number, height: number): Float32Array<ArrayBuffer> {
    const { skip, reach } = main.drawn;
    if (!skip || !this.#options.skip || meets(view)) return WHOLE;
    const { voxelSizeUm } = this.#options;
    const rows = silhouette(skip.blocks, reach * skip.cell, sight.toClip, voxelSizeUm, width, height);
    if (!rows) return WHOLE;
    const rects: number[] = [];
    const clip = (pixels: number, size: number) => (2 * pixels) / size - 1;
    rows.left.forEach((left, row) => {
      const right = rows.right[row]!;
      if (left >= right) return;
      rects.push(clip(left, width), clip(row * ROW, height), clip(right, width), clip((row + 1) * ROW, height));
    });
    return new Float32Array(rects);
  }

  #triangles(): void {
    this.#gl.bindVertexArray(this.#triangle);
    this.#gl.drawArrays(this.#gl.TRIANGLES, 0, 3);
  }

  #copy(picture: Texture, width: number, height: number, dither = -1): void {
    const sameSize = picture.size[0] === width && picture.size[1] === height;
    const program = !sameSize ? this.#show : dither < 0 ? this.#copied : this.#dithered;
    program
      .use()
      .set({ uPixel: [1 / width, 1 / height], uShare: 1, uSeed: dither })
      .textures({ uPicture: picture });
    this.#triangles();
  }

  #sized(width: number, height: number): Targets {
    const held = this.#targets;
    if (held && held.width === width && held.height === height) return held;
    this.#dropTargets();
    const gl = this.#gl;
    const marks = depthMarks(gl, width, height);
    this.#targets = {
      width,
      height,
      marks,
      sum: target(gl, this.#averageFormat(), width, height, marks),
      edges: this.#options.edgesOnly ? target(gl, 'rgba8', width, height) : null,
    };
    return this.#targets;
  }

  #averageFormat(): TextureFormat {
    const gl = this.#gl;
    if (this.#options.accumulate === 1) return 'rgba8';
    if (gl.getExtension('EXT_color_buffer_float') && gl.getExtension('EXT_float_blend')) return 'rgba32f';
    return gl.getExtension('EXT_color_buffer_half_float') ? 'rgba16f' : 'rgba8';
  }

  #dropTargets(): void {
    if (!this.#targets) return;
    releaseTarget(this.#gl, this.#targets.sum);
    if (this.#targets.edges) releaseTarget(this.#gl, this.#targets.edges);
    this.#gl.deleteRenderbuffer(this.#targets.marks);
    this.#targets = null;
  }

  #variant(view: ViewState, { main, onSlices }: Scene, edges: boolean): PhaseVariant {
    const floor = !this.#options.software || main.drawn.readsFloor || (onSlices?.drawn.readsFloor ?? false);
    return { floor, meetings: meets(view) ? (onSlices ? 'scalar' : 'phases') : 'none', edges };
  }

  #program(key: string, shader: () => string): Program {
    const program = this.#programs.get(key) ?? new Program(this.#gl, RECTS, shader());
    this.#programs.set(key, program);
    return program.use();
  }

  /** The program that a ray goes through, with all it needs but what is behind; only where `marks` are, if there are any. */
  #rayProgram(view: ViewState, scene: Scene, ray: Ray, marks: Target | null, pick: boolean): Program {
    const { main, onSlices } = scene;
    const edges = marks !== null;
    const textures = { ...ray.textures, ...(marks ? { uEdges: marks.colour } : {}) };
    if (main.layer !== 'phases') {
      const variant = { floor: !this.#options.software || main.drawn.readsFloor, meetings: meets(view), edges };
      const key = `scalar/${variant.floor}/${variant.meetings}/${edges}/${pick}`;
      const program = this.#program(key, () => scalarShader(variant, pick))
        .set(ray.uniforms)
        .textures(textures);
      this.#setScalar(program, view, main as { layer: 'grey' | 'lvf'; drawn: DrawnVolume });
      return program;
    }
    const variant = this.#variant(view, scene, edges);
    const key = `phases/${variant.floor}/${variant.meetings}/${edges}/${pick}`;
    const program = this.#program(key, () => phasesShader(variant, pick))
      .set(ray.uniforms)
      .textures(textures);
    this.#setPhases(program, view, main.drawn);
    if (onSlices) this.#setScalar(program, view, onSlices);
    return program;
  }

  #setPhases(program: Program, view: ViewState, drawn: DrawnVolume): void {
    const { voxelSizeUm } = this.#options;
    const { shape } = drawn.floor.info;
    const diagonal = Math.hypot(...shape.map((size, k) => size * voxelSizeUm[k]!));
    const { uniforms, textures } = volumeUniforms('P', drawn);
    program.set({ ...uniforms, ...phaseUniforms(view.layers.phases, Math.min(...voxelSizeUm), diagonal) });
    program.textures(textures);
  }

  #setScalar(program: Program, view: ViewState, { layer, drawn }: { layer: 'grey' | 'lvf'; drawn: DrawnVolume }): void {
    const display = view.layers[layer];
    const window = layer === 'grey' ? view.layers.grey.window : ([0, 1] as const);
    const { uniforms, textures } = volumeUniforms('S', drawn);
    const ratio = 2 ** drawn.finest / this.#options.samplesPerVoxel;
    program.set({ ...uniforms, uWindow: windowUniform(drawn, window), uRatio: ratio });
    program.textures({
      ...textures,
      uPreintegrated: this.#preintegratedOf(display.map, display.opacity),
      uColours: this.#coloursOf(display.map),
    });
  }

  /** What of the box drawn can show something; all of it where that is not known, or slices and regions are drawn too. */
  #seenBox(view: ViewState, { main }: Scene, shape: Triple): { low: Triple; high: Triple } {
    const box = drawnBox(view, shape);
    const { skip, reach } = main.drawn;
    if (!skip || !this.#options.skip || meets(view)) return box;
    const margin = reach + 1;
    return {
      low: box.low.map((n, k) => Math.max(n, (skip.bounds.low[k]! - margin) * skip.cell)) as Triple,
      high: box.high.map((n, k) => Math.min(n, (skip.bounds.high[k]! + margin) * skip.cell)) as Triple,
    };
  }

  /** What every program along a ray gets. `pixels` says which rays belong to the pixels. */
  #ray(view: ViewState, scene: Scene, sight: Sighted, n: number, depth: Texture, pixels: Uniforms): Ray {
    const { drawn } = scene.main;
    const { voxelSizeUm, samplesPerVoxel, skip } = this.#options;
    const { clip, crosshair, slices, regions } = view;
    const { low, high } = this.#seenBox(view, scene, drawn.floor.info.shape);
    const cut = (axis: number) => (crosshair && slices[AXES[axis]!] ? crosshair[axis]! + 0.5 : -1);
    const planes = new Float32Array(MOST_PLANES * 4);
    clip.planes.slice(0, MOST_PLANES).forEach(({ normal, offset }, i) => {
      planes.set([...xyz(normal), offset], i * 4);
    });
    const cells = drawn.skip?.texture ?? this.#noCells;
    const uniforms = {
      ...pixels,
      uFromClip: new Float32Array(sight.fromClip.elements),
      uPerUm: xyz(voxelSizeUm.map((um) => 1 / um) as Triple),
      uLow: xyz(low),
      uHigh: xyz(high),
      uPlanes: planes,
      uPlaneCount: Math.min(MOST_PLANES, clip.planes.length),
      uStep: (Math.min(...voxelSizeUm) * 2 ** drawn.finest) / samplesPerVoxel,
      uFrame: n,
      uStop: STOP,
      uReach: drawn.skip && skip ? drawn.reach : -1,
      uCell: drawn.skip?.cell ?? BRICK,
      uFogCells: fogCells(view),
      uLastCell: cells.size.map((cells) => cells - 1),
      uSlice: [cut(2), cut(1), cut(0)],
      uKey: sight.key.toArray(),
      ...regionUniforms(regions),
    };
    return { uniforms, textures: { uDepth: depth, uCells: cells } };
  }

  #preintegratedOf(map: ColourMapName, opacity: number): Texture {
    const key = `${map}/${opacity}`;
    if (this.#preintegrated?.key === key) return this.#preintegrated.texture;
    const held = this.#preintegrated?.texture ?? texture(this.#gl, 'rgba16f', [TABLE_STEPS, TABLE_STEPS]);
    write(this.#gl, held, preintegrated(map, opacity));
    this.#preintegrated = { key, texture: held };
    return held;
  }

  #coloursOf(map: ColourMapName): Texture {
    if (this.#colours?.key === map) return this.#colours.texture;
    const held = this.#colours?.texture ?? texture(this.#gl, 'rgba8', [TABLE_STEPS, 1]);
    const table = colourTable(map);
    const rgba = new Uint8Array(TABLE_STEPS * 4).fill(255);
    for (let i = 0; i < TABLE_STEPS; i++) rgba.set(table.subarray(i * 3, i * 3 + 3), i * 4);
    write(this.#gl, held, rgba);
    this.#colours = { key: map, texture: held };
    return held;
  }

  release(): void {
    this.#dropTargets();
    releaseTarget(this.#gl, this.#pick);
    for (const made of [this.#noCells, this.#nothing, this.#preintegrated?.texture, this.#colours?.texture])
      if (made) this.#gl.deleteTexture(made.handle);
    for (const program of [...this.#programs.values(), this.#show, this.#copied, this.#marking]) program.delete();
    this.#gl.deleteVertexArray(this.#triangle);
    this.#gl.deleteVertexArray(this.#rects.vertices);
    this.#gl.deleteBuffer(this.#rects.buffer);
  }
}

type Sighted = ReturnType<typeof sightOf>;
type Uniforms = Record<string, number | readonly number[] | Float32Array>;
interface Ray {
  uniforms: Uniforms;
  textures: Record<string, Texture>;
}

function rectsOf(gl: GL): { vertices: WebGLVertexArrayObject; buffer: WebGLBuffer; count: number } {
  const made = { vertices: gl.createVertexArray(), buffer: gl.createBuffer(), count: 0 };
  gl.bindVertexArray(made.vertices);
  gl.bindBuffer(gl.ARRAY_BUFFER, made.buffer);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 0);
  gl.vertexAttribDivisor(0, 1);
  return made;
}

/** Cells that fog may be sampled once for: the fainter it is, the less a sample matters. */
function fogCells({ layers }: ViewState): number {
  return layers.phases.electrolyte.opacity <= FAINT ? 4 : 1;
}

/** Draws only there; half open. */
function scissor(gl: GL, left: number, bottom: number, right: number, top: number): void {
  gl.scissor(left, bottom, Math.max(0, right - left), Math.max(0, top - bottom));
}

function pickOf(words: Uint32Array, { scan, main }: Scene): Pick | null {
  const [x, y, z] = new Float32Array(words.buffer);
  const kind = words[3]!;
  if (kind === 0) return null;
  const what = kind <= 4 ? PICKED[kind - 1]! : kind === 5 ? (main.layer as 'grey' | 'lvf') : 'slice';
  return { scan, voxel: [z! - 0.5, y! - 0.5, x! - 0.5], what };
}
