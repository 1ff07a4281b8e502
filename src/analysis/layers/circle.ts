import { median, robustFit } from '../../core/robust.ts';

/** A grey image with rows v and columns u. */
export interface Image {
  pixels: Float32Array;
  height: number;
  width: number;
}

export interface Circle {
  center: [number, number];
  radius: number;
  /** Share of the directions in which the edge was seen on the circle. */
  seen: number;
  /** Median grey values just inside and just outside. */
  inside: number;
  outside: number;
}

const DIRECTIONS = 360;
/** Pixels over which a change must last to be an edge: pores and cracks do not. */
const LASTING = 4;

/**
 * The circle around a homogeneous disc: in every direction from `start` the first lasting change of grey value by more
 * than `change`, then the circle that most of them lie on. Null when less than a quarter of a turn is seen.
 */
export function findCircle(image: Image, start: [number, number], change: number, from = 0): Circle | null {
  let center = start;
  let found: Circle | null = null;
  for (let round = 0; round < 3; round++) {
    const edges: [number, number][] = [];
    const inside: number[] = [];
    const outside: number[] = [];
    for (let k = 0; k < DIRECTIONS; k++) {
      const angle = (2 * Math.PI * k) / DIRECTIONS;
      const ray = rayOf(image, center, angle);
      const edge = edgeOf(ray, change, from);
      if (!edge) continue;
      edges.push([center[0] + edge.radius * Math.sin(angle), center[1] + edge.radius * Math.cos(angle)]);
      inside.push(edge.inside);
      outside.push(edge.outside);
    }
    if (edges.length < DIRECTIONS / 4) return null;
    const fit = circleThrough(edges);
    if (!fit) return null;
    const near = edges.map(
      ([v, u]) =>
        Math.abs(Math.hypot(v - fit.center[0], u - fit.center[1]) - fit.radius) < Math.max(1.5, fit.radius / 50),
    );
    const seen = near.filter(Boolean).length / DIRECTIONS;
    if (seen < 0.25) return null;
    found = {
      ...fit,
      seen,
      inside: median(inside.filter((_, i) => near[i])),
      outside: median(outside.filter((_, i) => near[i])),
    };
    center = fit.center;
  }
  return found;
}

/** Grey values at radii 0, 1, 2 … (bilinear), up to the border of the image. */
function rayOf({ pixels, height, width }: Image, [v0, u0]: [number, number], angle: number): number[] {
  const ray: number[] = [];
  for (let r = 0; ; r++) {
    const v = v0 + r * Math.sin(angle);
    const u = u0 + r * Math.cos(angle);
    const i = Math.floor(v);
    const j = Math.floor(u);
    if (i < 0 || j < 0 || i + 1 >= height || j + 1 >= width) return ray;
    const a = v - i;
    const b = u - j;
    const at = i * width + j;
    ray.push(
      (1 - a) * ((1 - b) * pixels[at]! + b * pixels[at + 1]!) +
        a * ((1 - b) * pixels[at + width]! + b * pixels[at + width + 1]!),
    );
  }
}

function edgeOf(
  ray: number[],
  change: number,
  from: number,
): { radius: number; inside: number; outside: number } | null {
  for (let r = Math.max(Math.ceil(from) + 3, 6); r + LASTING < ray.length; r++) {
    const inside = median(ray.slice(Math.max(Math.ceil(from), r - 12), r - 1));
    const sign = Math.sign(ray[r]! - inside);
    let lasts = true;
    for (let k = 0; k <= LASTING && lasts; k++) lasts = sign * (ray[r + k]! - inside) > change;
    if (!lasts) continue;
    const outside = median(ray.slice(r + 2, r + 2 + LASTING));
    const middle = (inside + outside) / 2;
    let edge = r;
    for (let k = Math.max(1, r - 4); k <= r + 3 && k < ray.length; k++)
      if ((ray[k - 1]! - middle) * sign < 0 && (ray[k]! - middle) * sign >= 0) {
        edge = k - 1 + (middle - ray[k - 1]!) / (ray[k]! - ray[k - 1]!);
        break;
      }
    return { radius: edge, inside, outside };
  }
  return null;
}

/** Algebraic circle (Kåsa 1976), outliers left out. */
function circleThrough(points: [number, number][]): { center: [number, number]; radius: number } | null {
  const fit = robustFit(
    points.map(([v, u]) => [v, u, 1]),
    points.map(([v, u]) => v * v + u * u),
  );
  if (!fit) return null;
  const [a, b, c] = fit.x as [number, number, number];
  const square = c + (a * a + b * b) / 4;
  return square > 0 ? { center: [a / 2, b / 2], radius: Math.sqrt(square) } : null;
}
