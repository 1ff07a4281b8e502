import type { Matrix4, Triple } from '../core/geometry.ts';
import { IDENTITY, multiply } from '../core/geometry.ts';
import { random } from './random.ts';
import type { PhantomSpec } from './spec.ts';

/** Rotation about a unit axis by the right-hand rule, as a 4×4 matrix. */
function rotation(axis: Triple, degrees: number): Matrix4 {
  const angle = (degrees * Math.PI) / 180;
  const [a, b, c] = axis;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const rest = 1 - cos;
  // biome-ignore format: a matrix reads best as one
  return [
    cos + a * a * rest, a * b * rest - c * sin, a * c * rest + b * sin, 0,
    b * a * rest + c * sin, cos + b * b * rest, b * c * rest - a * sin, 0,
    c * a * rest - b * sin, c * b * rest + a * sin, cos + c * c * rest, 0,
    0, 0, 0, 1,
  ];
}

function translation(by: Triple): Matrix4 {
  const matrix = [...IDENTITY];
  for (let k = 0; k < 3; k++) matrix[4 * k + 3] = by[k]!;
  return matrix;
}

/** Turned about `centre`, then shifted. */
export function rigid(centre: Triple, axis: Triple, degrees: number, shift: Triple): Matrix4 {
  const back = translation(centre.map((c) => -c) as Triple);
  const forth = translation(centre.map((c, k) => c + shift[k]!) as Triple);
  return multiply(forth, multiply(rotation(axis, degrees), back));
}

/** The inverse of a rotation and a shift. */
export function inverseRigid(matrix: Matrix4): Matrix4 {
  const inverse = [...IDENTITY];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) inverse[4 * row + column] = matrix[4 * column + row]!;
    inverse[4 * row + 3] = -[0, 1, 2].reduce((sum, k) => sum + matrix[4 * k + row]! * matrix[4 * k + 3]!, 0);
  }
  return inverse;
}

/** A position moved by a matrix. */
export function apply(matrix: Matrix4, p: Triple): Triple {
  return [0, 1, 2].map(
    (row) => matrix[4 * row]! * p[0] + matrix[4 * row + 1]! * p[1] + matrix[4 * row + 2]! * p[2] + matrix[4 * row + 3]!,
  ) as Triple;
}

/** A rigid motion in the view's voxels (s, v, u), with what a user would say of it. */
export interface Motion {
  matrix: Matrix4;
  rotationDeg: number;
  /** Displacement of the centre of the field, voxels. */
  shift: Triple;
}

/** Where each scan's material lies, from the reference's voxels; the first scan is the reference. */
export function motionsOf(spec: PhantomSpec): Motion[] {
  const draw = random(spec.seed, 'motion');
  const centre = spec.field.map((n) => (n - 1) / 2) as Triple;
  const along = Math.min(spec.shift, 0.03 * spec.field[0]);
  const direction = jumpDirection(spec);
  return Array.from({ length: spec.scans }, (_, scan) => {
    const axis = unit([draw.normal(), draw.normal(), draw.normal()]);
    const rotationDeg = spec.rotationDeg * draw.uniform();
    const shift: Triple = [
      along * draw.uniform(-1, 1),
      spec.shift * draw.uniform(-1, 1),
      spec.shift * draw.uniform(-1, 1),
    ];
    if (scan === 0) return { matrix: [...IDENTITY], rotationDeg: 0, shift: [0, 0, 0] };
    if (spec.jump && scan >= Math.ceil(spec.scans / 2)) {
      const jump: Triple = [shift[0], spec.jump.voxels * direction[0], spec.jump.voxels * direction[1]];
      return { matrix: rigid(centre, axis, spec.jump.degrees, jump), rotationDeg: spec.jump.degrees, shift: jump };
    }
    return { matrix: rigid(centre, axis, rotationDeg, shift), rotationDeg, shift };
  });
}

/** In-plane direction (v, u) of the jump; the cell lies against it in the reference, so that both ends are in the field. */
export function jumpDirection(spec: PhantomSpec): [number, number] {
  const angle = random(spec.seed, 'jump').uniform(0, 2 * Math.PI);
  return [Math.cos(angle), Math.sin(angle)];
}

function unit(v: Triple): Triple {
  const length = Math.hypot(...v) || 1;
  return v.map((c) => c / length) as Triple;
}
