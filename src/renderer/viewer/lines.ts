import type { Triple } from '../../core/geometry.ts';
import { type GL, Program } from './gl/context.ts';
import { LINE_COLOUR, LINES } from './gl/march.glsl.ts';

/** Two ends in µm (z, y, x) and a colour, 0 to 1. */
export interface Line {
  from: Triple;
  to: Triple;
  colour: readonly [number, number, number];
}

/** The twelve edges of a box of voxels, half open, in µm. */
export function boxLines(low: Triple, high: Triple, voxelSizeUm: Triple, colour: Line['colour']): Line[] {
  const um = (corner: Triple) => corner.map((n, axis) => (n - 0.5) * voxelSizeUm[axis]!) as Triple;
  const corner = (bits: number) =>
    um([0, 1, 2].map((axis) => ((bits >> axis) & 1 ? high[axis]! : low[axis]!)) as Triple);
  const lines: Line[] = [];
  for (let bits = 0; bits < 8; bits++)
    for (let axis = 0; axis < 3; axis++)
      if (!((bits >> axis) & 1)) lines.push({ from: corner(bits), to: corner(bits | (1 << axis)), colour });
  return lines;
}

/** The frame of a slice of the voxels of a box. */
export function sliceLines(
  axis: number,
  at: number,
  low: Triple,
  high: Triple,
  voxelSizeUm: Triple,
  colour: Line['colour'],
) {
  const [a, b] = [low.slice() as Triple, high.slice() as Triple];
  a[axis] = at + 0.5;
  b[axis] = at + 0.5;
  return boxLines(a, b, voxelSizeUm, colour).filter(({ from, to }) => from.some((n, k) => n !== to[k]));
}

const FLOATS = 10;

/** Draws lines of constant width in pixels. */
export class LineDrawer {
  readonly #gl: GL;
  readonly #program: Program;
  readonly #buffer: WebGLBuffer;
  readonly #vertices: WebGLVertexArrayObject;

  constructor(gl: GL) {
    this.#gl = gl;
    this.#program = new Program(gl, LINES, LINE_COLOUR);
    this.#buffer = gl.createBuffer();
    this.#vertices = gl.createVertexArray();
    gl.bindVertexArray(this.#vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    for (const [place, size, at] of [
      [0, 3, 0],
      [1, 3, 3],
      [2, 4, 6],
    ] as const) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, FLOATS * 4, at * 4);
      gl.vertexAttribDivisor(place, 1);
    }
    gl.bindVertexArray(null);
  }

  draw(lines: readonly Line[], toClip: Float32Array, size: readonly [number, number], width: number): void {
    if (lines.length === 0) return;
    const gl = this.#gl;
    const floats = new Float32Array(lines.length * FLOATS);
    lines.forEach(({ from, to, colour }, i) => {
      floats.set([from[2], from[1], from[0], to[2], to[1], to[0], ...colour, 1], i * FLOATS);
    });
    gl.bindVertexArray(this.#vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffer);
    gl.bufferData(gl.ARRAY_BUFFER, floats, gl.STREAM_DRAW);
    this.#program.use().set({ uToClip: toClip, uSize: size, uWidth: width });
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, lines.length);
    gl.bindVertexArray(null);
  }
}
