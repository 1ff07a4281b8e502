/** WebGL2 without ceremony: programs, textures and targets that say what went wrong. */
export type GL = WebGL2RenderingContext;
export type TextureFormat = 'rgba8' | 'rg8' | 'rg8ui' | 'rgba16f' | 'rgba32f' | 'rgba32ui';

interface Format {
  internal: number;
  format: number;
  type: number;
  bytes: number;
  filtered: boolean;
}

function formatOf(gl: GL, name: TextureFormat): Format {
  const of = (internal: number, format: number, type: number, bytes: number, filtered: boolean): Format => ({
    internal,
    format,
    type,
    bytes,
    filtered,
  });
  switch (name) {
    case 'rgba8':
      return of(gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, 4, true);
    case 'rg8':
      return of(gl.RG8, gl.RG, gl.UNSIGNED_BYTE, 2, true);
    case 'rg8ui':
      return of(gl.RG8UI, gl.RG_INTEGER, gl.UNSIGNED_BYTE, 2, false);
    case 'rgba16f':
      return of(gl.RGBA16F, gl.RGBA, gl.FLOAT, 8, true);
    case 'rgba32f':
      return of(gl.RGBA32F, gl.RGBA, gl.FLOAT, 16, false);
    case 'rgba32ui':
      return of(gl.RGBA32UI, gl.RGBA_INTEGER, gl.UNSIGNED_INT, 16, false);
  }
}

/** The unit where textures are made and written, so that those bound for drawing stay. */
const WRITING = 15;

/** A texture of two or three axes (x, y, z) that knows its size. */
export interface Texture {
  handle: WebGLTexture;
  target: number;
  size: readonly [number, number, number];
  format: TextureFormat;
  bytes: number;
}

export function texture(
  gl: GL,
  format: TextureFormat,
  size: readonly [number, number, number] | readonly [number, number],
): Texture {
  const { internal, bytes, filtered } = formatOf(gl, format);
  const handle = gl.createTexture();
  const [width, height, depth] = size;
  const target = depth === undefined ? gl.TEXTURE_2D : gl.TEXTURE_3D;
  gl.activeTexture(gl.TEXTURE0 + WRITING);
  gl.bindTexture(target, handle);
  if (depth === undefined) gl.texStorage2D(target, 1, internal, width, height);
  else gl.texStorage3D(target, 1, internal, width, height, depth);
  const filter = filtered ? gl.LINEAR : gl.NEAREST;
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter);
  for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R])
    gl.texParameteri(target, wrap, gl.CLAMP_TO_EDGE);
  const extent = [width, height, depth ?? 1] as const;
  return { handle, target, size: extent, format, bytes: extent[0] * extent[1] * extent[2] * bytes };
}

/** Writes bytes or floats into a box of a texture; x fastest. */
export function write(
  gl: GL,
  { handle, target, format, size }: Texture,
  bytes: ArrayBufferView<ArrayBuffer>,
  at: readonly [number, number, number] = [0, 0, 0],
  extent: readonly [number, number, number] = size,
): void {
  const { format: layout, type } = formatOf(gl, format);
  gl.activeTexture(gl.TEXTURE0 + WRITING);
  gl.bindTexture(target, handle);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  if (target === gl.TEXTURE_2D) gl.texSubImage2D(target, 0, at[0], at[1], extent[0], extent[1], layout, type, bytes);
  else gl.texSubImage3D(target, 0, ...at, ...extent, layout, type, bytes);
}

/** A framebuffer with the texture drawn into. */
export interface Target {
  frame: WebGLFramebuffer;
  colour: Texture;
}

/** `marks` is a depth to draw with. */
export function target(
  gl: GL,
  format: TextureFormat,
  width: number,
  height: number,
  marks: WebGLRenderbuffer | null = null,
): Target {
  const colour = texture(gl, format, [width, height]);
  const frame = gl.createFramebuffer();
  gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, colour.handle, 0);
  if (marks) gl.framebufferRenderbuffer(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.RENDERBUFFER, marks);
  return { frame, colour };
}

export function depthMarks(gl: GL, width: number, height: number): WebGLRenderbuffer {
  const made = gl.createRenderbuffer();
  gl.bindRenderbuffer(gl.RENDERBUFFER, made);
  gl.renderbufferStorage(gl.RENDERBUFFER, gl.DEPTH_COMPONENT24, width, height);
  return made;
}

export function releaseTarget(gl: GL, { frame, colour }: Target): void {
  gl.deleteFramebuffer(frame);
  gl.deleteTexture(colour.handle);
}

type Value = number | readonly number[] | Float32Array;

/** A linked program; uniforms are set by name, textures take units in the order they come. */
export class Program {
  readonly #gl: GL;
  readonly #program: WebGLProgram;
  readonly #places = new Map<string, { place: WebGLUniformLocation; type: number; size: number }>();
  #units = 0;

  constructor(gl: GL, vertex: string, fragment: string) {
    this.#gl = gl;
    this.#program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, vertex],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.#program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(this.#program);
    if (!gl.getProgramParameter(this.#program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(this.#complaint());
    const count = (gl.getProgramParameter(this.#program, gl.ACTIVE_UNIFORMS) as number | null) ?? 0;
    for (let i = 0; i < count; i++) {
      const { name, type, size } = gl.getActiveUniform(this.#program, i)!;
      const place = gl.getUniformLocation(this.#program, name);
      if (place) this.#places.set(name.replace('[0]', ''), { place, type, size });
    }
  }

  #complaint(): string {
    const gl = this.#gl;
    const logs = (gl.getAttachedShaders(this.#program) ?? []).map((shader) => gl.getShaderInfoLog(shader));
    return `The graphics driver refused a shader: ${[...logs, gl.getProgramInfoLog(this.#program)].filter(Boolean).join(' ')}`;
  }

  use(): this {
    // biome-ignore lint/correctness/useHookAtTopLevel: a method of WebGL, no hook
    this.#gl.useProgram(this.#program);
    this.#units = 0;
    return this;
  }

  /** Sets what the program has of these; names that were optimised away are passed over. */
  set(values: Readonly<Record<string, Value>>): this {
    for (const [name, value] of Object.entries(values)) this.#setOne(name, value);
    return this;
  }

  #setOne(name: string, value: Value): void {
    const found = this.#places.get(name);
    if (!found) return;
    const gl = this.#gl;
    const { place, type } = found;
    const list = typeof value === 'number' ? [value] : value;
    if (type === gl.FLOAT) gl.uniform1fv(place, list);
    else if (type === gl.FLOAT_VEC2) gl.uniform2fv(place, list);
    else if (type === gl.FLOAT_VEC3) gl.uniform3fv(place, list);
    else if (type === gl.FLOAT_VEC4) gl.uniform4fv(place, list);
    else if (type === gl.FLOAT_MAT4) gl.uniformMatrix4fv(place, false, list);
    else if (type === gl.INT) gl.uniform1iv(place, list);
    else if (type === gl.INT_VEC3) gl.uniform3iv(place, list);
    else if (type === gl.UNSIGNED_INT) gl.uniform1uiv(place, list);
    else throw new Error(`The uniform ${name} has a type that is not set here`);
  }

  textures(list: Readonly<Record<string, Texture>>): this {
    const gl = this.#gl;
    for (const [name, { handle, target }] of Object.entries(list)) {
      const found = this.#places.get(name);
      if (!found) continue;
      gl.activeTexture(gl.TEXTURE0 + this.#units);
      gl.bindTexture(target, handle);
      gl.uniform1i(found.place, this.#units++);
    }
    return this;
  }

  delete(): void {
    this.#gl.deleteProgram(this.#program);
  }
}
