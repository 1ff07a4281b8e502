import type { PhantomOptics } from '../engine/phantom.ts';
import type { Cell } from './cell.ts';
import { random, seedOf } from './random.ts';

/** What the beamline does to a scan. */
export function opticsOf(cell: Cell, scan: number): PhantomOptics {
  const { spec, orientation } = cell;
  const draw = random(spec.seed, `optics/${scan}`);
  const gain = spec.brightness * (1 + spec.gain * draw.uniform(-1, 1));
  const offset = spec.offset * draw.uniform(-1, 1);
  const halo = spec.halo * (1 + 0.1 * draw.uniform(-1, 1));
  const black = draw.uniform(0, 3000);
  const white = spec.brightness * draw.uniform(50000, 60000);
  const where = random(spec.seed, 'flaw where');
  const flaw = cell.flawScan === scan ? spec.flaw : null;
  const slices = (share: number): [number, number] => {
    const count = Math.round(share * spec.field[0]);
    const first = Math.floor(where.uniform(0.15, 0.85 - share) * spec.field[0]);
    return orientation.flip[0] ? [spec.field[0] - first - count, spec.field[0] - first] : [first, first + count];
  };
  const turn = where.uniform(0, 2 * Math.PI);
  const moved = flaw === 'motion' ? 4 : 0;
  return {
    shape: cell.shape,
    stackAxis: orientation.axis[0],
    blur: cell.blur,
    fringe: spec.fringe,
    fringeWidth: 2,
    halo,
    haloWidth: 22,
    haloLevel: cell.grey.electrolyte,
    cupping: spec.cupping,
    cuppingRadiusUm: cell.wallRadiusUm,
    rings: spec.rings,
    ringsSeed: seedOf(spec.seed, 'rings'),
    drift: [moved * Math.cos(turn), moved * Math.sin(turn)],
    centreError: flaw === 'wrong-centre' ? 3 : 0,
    turned: flaw === 'missing-wedge' ? 2 / 3 : 1,
    noise: spec.noise,
    noiseWidth: spec.noiseWidth,
    burst: flaw === 'noise-burst' ? slices(0.33) : [0, 0],
    burstNoise: flaw === 'noise-burst' ? Math.max(5000, 4 * spec.noise) : 0,
    lost: flaw === 'lost-slices' ? slices(0.08) : [0, 0],
    noiseSeed: seedOf(spec.seed, `noise/${scan}`),
    gain,
    offset,
    type: spec.type,
    black,
    white,
  };
}
