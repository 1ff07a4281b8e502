import type { PhantomCrack, PlaneSpline } from '../engine/phantom.ts';
import { random } from './random.ts';
import type { PhantomSpec } from './spec.ts';
import { cutSpline, knotsOver, mapSpline, splineOf, valueAt } from './spline.ts';

/** A crack as planned: where, how large in the end, and from when on. Lengths in µm. */
export interface CrackPlan {
  shape: 'basin' | 'sheet';
  electrode: 'working' | 'counter';
  /** Place (v, u) of its middle. */
  centre: [number, number];
  /** Lateral radius at birth and at the end of the second plating. */
  radius: [number, number];
  thickness: [number, number];
  /** How far its deepest point lies from the interface. */
  depth: number;
  /** Part of the second plating that has passed when it is born. */
  born: number;
  /** Closes along a line through its middle from then on. */
  splits: number | null;
  lobes: [amplitude: number, phase: number][];
  angle: number;
}

export interface CrackSite {
  centre: [number, number];
  /** Radii of pellet and counter electrode, µm. */
  radius: number;
  counterRadius: number;
  /** Thickness of the electrolyte, µm. */
  electrolyteUm: number;
}

/**
 * The cracks of a cell (paper, section 2.5: basins born a little above the interface, then growing outwards down to it).
 * Two at the working electrode grow into one, one more stands apart, one is at the counter electrode.
 */
export function planCracks(spec: PhantomSpec, site: CrackSite, replatingProgress: number[]): CrackPlan[] {
  if (spec.cracks === 'none' || replatingProgress.length === 0) return [];
  const draw = random(spec.seed, 'cracks');
  const voxel = spec.voxelUm;
  const before = (scan: number): number => {
    const k = Math.min(scan, replatingProgress.length - 1);
    return replatingProgress[k]! - 0.35 * (replatingProgress[k]! - (replatingProgress[k - 1] ?? 0));
  };
  const scale = Math.min(1, site.radius / (54 * voxel));
  const deepest = 0.36 * site.electrolyteUm;
  const basin = (
    electrode: 'working' | 'counter',
    centre: [number, number],
    endRadius: number,
    born: number,
    [leastRadius, birth]: [number, number] = [8, 0.8],
  ): CrackPlan => {
    const final = Math.max(leastRadius, endRadius * scale) * voxel;
    return {
      shape: 'basin',
      electrode,
      centre,
      radius: [Math.min(draw.uniform(6.5, 8) * voxel, birth * final), final],
      thickness: [draw.uniform(2.2, 2.8) * voxel, draw.uniform(3.2, 4.6) * voxel],
      depth: Math.min(deepest, draw.uniform(7, 11) * voxel),
      born,
      splits: null,
      lobes: [
        [draw.uniform(0.04, 0.1), draw.uniform(0, 2 * Math.PI)],
        [draw.uniform(0.03, 0.07), draw.uniform(0, 2 * Math.PI)],
      ],
      angle: draw.uniform(0, Math.PI),
    };
  };
  const at = (radius: number, angle: number): [number, number] => [
    site.centre[0] + radius * Math.cos(angle),
    site.centre[1] + radius * Math.sin(angle),
  ];

  if (spec.cracks === 'through') {
    const sheet = basin('working', at(0.25 * site.radius, draw.uniform(0, 2 * Math.PI)), 15, before(0));
    return [{ ...sheet, shape: 'sheet', thickness: [2.4 * voxel, 2.8 * voxel] }];
  }
  const plans: CrackPlan[] = [];
  const angle = draw.uniform(0, 2 * Math.PI);
  if (spec.cracks === 'splitting') {
    const whole = basin('working', at(0.3 * site.radius, angle), 20, before(0));
    plans.push({ ...whole, radius: [0.6 * whole.radius[1], whole.radius[1]], splits: before(2) });
  } else {
    const pair = at(0.3 * site.radius, angle);
    const across = draw.uniform(0, Math.PI);
    // Born well apart, one in the end.
    const first = basin('working', pair, 15, before(0), [12, 0.55]);
    const second = basin('working', pair, draw.uniform(13, 15), before(draw.pick([0, 1])), [12, 0.55]);
    const apart = 0.8 * (first.radius[1] + second.radius[1]);
    const place = (side: number): [number, number] => [
      pair[0] + (side * apart * Math.cos(across)) / 2,
      pair[1] + (side * apart * Math.sin(across)) / 2,
    ];
    plans.push({ ...first, centre: place(1) }, { ...second, centre: place(-1), depth: first.depth });
  }
  plans.push(
    basin('working', at(0.62 * site.radius, angle + Math.PI + draw.uniform(-0.4, 0.4)), draw.uniform(8, 12), before(1)),
    basin('counter', at(0.45 * site.counterRadius, draw.uniform(0, 2 * Math.PI)), draw.uniform(9, 14), before(1)),
  );
  return plans;
}

/** A planned crack at a moment of the second plating, or null before its birth. Surfaces are those of the electrolyte, in µm. */
export function crackAt(
  plan: CrackPlan,
  progress: number,
  surfaces: { working: PlaneSpline; counter: PlaneSpline },
  site: CrackSite,
  spec: PhantomSpec,
): PhantomCrack | null {
  if (progress < plan.born) return null;
  const age = plan.born >= 1 ? 1 : (progress - plan.born) / (1 - plan.born);
  // Late growth is fast: neighbours stay apart until the end.
  const radius = plan.radius[0] + (plan.radius[1] - plan.radius[0]) * age ** 1.7;
  const thickest = plan.thickness[0] + (plan.thickness[1] - plan.thickness[0]) * age;
  if (plan.shape === 'sheet') return sheetAt(plan, age, thickest, surfaces, site, spec);
  const interfaceOf = plan.electrode === 'working' ? surfaces.working : surfaces.counter;
  const away = plan.electrode === 'working' ? 1 : -1;
  const reach = 1.5 * plan.radius[1] + 4 * interfaceOf.spacing;
  const low: [number, number] = [plan.centre[0] - reach, plan.centre[1] - reach];
  const high: [number, number] = [plan.centre[0] + reach, plan.centre[1] + reach];
  const local = cutSpline(interfaceOf, low, high);
  const polar = (v: number, u: number) => {
    const dv = v - plan.centre[0];
    const du = u - plan.centre[1];
    const phi = Math.atan2(du, dv);
    const lobes = plan.lobes.reduce(
      (sum, [amplitude, phase], k) => sum + amplitude * Math.cos((k + 2) * phi + phase),
      1,
    );
    return { distance: Math.hypot(dv, du), lobes, across: dv * Math.cos(plan.angle) + du * Math.sin(plan.angle) };
  };
  const closing = plan.splits !== null && progress >= plan.splits ? 2.2 : 0;
  const rim = plan.depth + 1.5 * spec.voxelUm;
  return {
    sheet: false,
    material: spec.crackFill,
    middle: mapSpline(local, (height, v, u) => {
      const { distance } = polar(v, u);
      return height + away * (plan.depth - rim * Math.min(2, (distance / plan.radius[1]) ** 2));
    }),
    thickness: mapSpline(local, (_, v, u) => {
      const { distance, lobes, across } = polar(v, u);
      const flat = 1 - (distance / (radius * lobes)) ** 4;
      const closed = closing * Math.exp(-0.5 * (across / (3.2 * spec.voxelUm)) ** 2);
      return thickest * Math.max(-1, flat - closed);
    }),
  };
}

/** A crack across the electrolyte: a bent sheet whose front moves from the working to the counter electrode. */
function sheetAt(
  plan: CrackPlan,
  age: number,
  thickest: number,
  surfaces: { working: PlaneSpline; counter: PlaneSpline },
  site: CrackSite,
  spec: PhantomSpec,
): PhantomCrack {
  const voxel = spec.voxelUm;
  const working = valueAt(surfaces.working, ...plan.centre);
  const front = working + (0.35 + 1.1 * age) * site.electrolyteUm;
  const wide = plan.radius[1];
  const margin = 30 * voxel;
  const knots = knotsOver(
    [working - margin, plan.centre[0] - wide - margin],
    [working + site.electrolyteUm + margin, plan.centre[0] + wide + margin],
    2 * voxel,
  );
  const bend = (2 * Math.PI) / (1.4 * site.electrolyteUm);
  return {
    sheet: true,
    material: spec.crackFill,
    middle: splineOf(
      knots,
      (s, v) =>
        plan.centre[1] +
        4 * voxel * Math.sin((s - working) * bend + plan.angle) +
        3 * voxel * Math.cos(((v - plan.centre[0]) / wide) * 2),
    ),
    thickness: splineOf(knots, (s, v) => {
      const across = 1 - ((v - plan.centre[0]) / wide) ** 4;
      const ahead = (front - s) / (3 * voxel);
      return thickest * Math.max(-1, Math.min(across, ahead));
    }),
  };
}
