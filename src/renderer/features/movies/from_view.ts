import type { Triple } from '../../../core/geometry.ts';
import { type Sight, sightOf, standOf } from '../../../core/movie/camera.ts';
import { type MovieProject, shapeOf } from '../../../core/movie/project.ts';
import {
  type CameraPlace,
  type ClipChoice,
  type LayerChoice,
  MOVIE_SIZE,
  type Panel,
  type Storyboard,
} from '../../../core/movie/storyboard.ts';
import { type LayerDisplays, PHASES } from '../../viewer/index.ts';

/** Of the cell's size: a target nearer to its middle is the cell itself. */
const MIDDLE = 0.005;

const minus = (a: Triple, b: Triple): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const degrees = (radians: number): number => (radians * 180) / Math.PI;
const round = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** The width of a panel's picture over its height. */
export function aspectOf(board: Storyboard, { rect: [, , width, height] }: Panel): number {
  const [w, h] = board.size ?? MOVIE_SIZE;
  return (w * width) / (h * height);
}

/**
 * Where a camera of the 3D view stands, as a storyboard writes it down; upright, as a movie's camera does not roll. Of the turns that
 * look the same the one nearest to `near`, degrees, so that the way between keys is short.
 */
export function cameraPlace(camera: Sight, project: MovieProject, aspect: number, near = 0): CameraPlace {
  const looking = (azimuth: number) => {
    const sight = sightOf(standOf({ target: 'cell', azimuth, elevation: 0, distance: 1 }, project, aspect), project);
    const out = minus(sight.position, sight.target);
    const length = Math.hypot(...out);
    return { out: out.map((one) => one / length) as Triple, up: sight.up, target: sight.target };
  };
  const [along, across] = [looking(0), looking(90)];
  const way = minus(camera.position, camera.target);
  const far = Math.hypot(...way);
  const elevation = degrees(Math.asin(Math.max(-1, Math.min(1, dot(way, along.up) / far))));
  const turned = degrees(Math.atan2(dot(way, across.out), dot(way, along.out)));
  const azimuth = turned + 360 * Math.round((near - turned) / 360);
  const size = Math.hypot(...shapeOf(project).map((n, k) => n * project.state.voxelSizeUm[k]!));
  const off = Math.hypot(...minus(camera.target, along.target));
  const target = off < MIDDLE * size ? ('cell' as const) : { um: camera.target.map((um) => round(um, 2)) as Triple };
  const whole = Math.exp(standOf({ target, azimuth, elevation, distance: 1 }, project, aspect).far);
  return {
    target,
    azimuth: round(azimuth, 1),
    elevation: round(elevation, 1),
    distance: round(far / whole, 3),
    ...(camera.projection === 'orthographic' ? { projection: 'orthographic' as const } : {}),
  };
}

/** The camera that a written place stands for. */
export function cameraOf(place: CameraPlace, project: MovieProject, aspect: number): Sight {
  return sightOf(standOf(place, project, aspect), project);
}

/** What the layers of the view show; of several the phases, then the fraction of lithium, then grey. */
export function layerChoice({ grey, lvf, phases }: LayerDisplays): LayerChoice {
  if (PHASES.some((name) => phases[name].visible)) {
    const opacity = Object.fromEntries(
      PHASES.map((name) => [name, phases[name].visible ? round(phases[name].opacity, 3) : 0]),
    );
    return { show: 'phases', opacity };
  }
  if (lvf.visible) return { show: 'lvf', map: lvf.map, opacity: { lvf: round(lvf.opacity, 3) } };
  return { show: 'grey', map: grey.map, window: grey.window, opacity: { grey: round(grey.opacity, 3) } };
}

/** The clip box of the view as fractions of the axes; all of the cell where there is none. */
export function clipChoice(clip: { min: Triple; max: Triple } | null, shape: Triple): ClipChoice {
  if (!clip) return { min: [0, 0, 0], max: [1, 1, 1] };
  const share = (ends: Triple) => ends.map((at, k) => round(at / shape[k]!, 4)) as Triple;
  return { min: share(clip.min), max: share(clip.max) };
}
