import { type Cracks, readCrackVoxels } from '../../../../analysis/cracks/index.ts';
import type { LinePanel } from '../../../../core/figure/layout.ts';
import { chosenScans, crackNamed } from '../../../../core/figure/scans.ts';
import type { Triple } from '../../../../core/geometry.ts';
import type { Point } from '../../../../core/plot/plot.ts';
import type { ScanResults } from '../../../../core/results.ts';
import type { StepResult } from '../../../../core/step.ts';
import { placeBlock } from '../../../../engine/difference.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import type { NumberRow } from '../numbers.ts';
import { curve, marks, spans } from '../plot.ts';
import { lvfBlocks, openCell, placedScan, toView } from '../sections.ts';
import { CRACK } from '../style.ts';
import { rect } from '../svg.ts';
import { scanEntries, scanLooks } from './by_scan.ts';
import { axisFor, legend, legendHeight, plotHeight } from './plots.ts';
import { sideBySide } from './side_by_side.ts';

const LENGTH_UM = 60;
/** A voxel lies in a crack from this crack fraction on. */
const CRACKED = 0.3;
const SAMPLES = 400;

interface Found {
  cell: FigureCell;
  /** µm along the line, and the value. */
  curves: { scan: ScanResults; points: Point[] }[];
  /** Where the crack is on the line. */
  crack: { id: number; span: Point } | null;
}

/** Values along a line in the chosen scans as registered. Null where there is no such line. */
export async function linePanel(panel: LinePanel, drawing: Drawing): Promise<Prepared | null> {
  const found: Found[] = [];
  for (const cell of drawing.cells) {
    const one = await along(panel, drawing, cell);
    if (one) found.push(one);
    else
      drawing.notice(
        `the line profile of ${cell.name} is left out: there is no ${'crack' in panel.along ? 'crack' : 'cell'} to cross`,
      );
  }
  if (found.length === 0) return null;
  const longest = found.reduce((a, b) => (b.curves.length > a.curves.length ? b : a));
  const looks = scanLooks(longest.curves.length);
  const entries = [
    ...scanEntries(
      found.map(({ curves }) => curves.map(({ scan }) => scan)),
      looks,
    ),
    ...(found.some(({ crack }) => crack)
      ? [{ drawing: rect(0, -3.5, 16, 7, { fill: CRACK, opacity: 0.14 }), words: 'crack' }]
      : []),
  ];
  const name = panel.of === 'grey' ? 'grey value (10³)' : 'lithium fraction (%)';
  const all = found.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  const [x, y] = ['x distance along a line', `y ${name}`];
  return {
    scales: { [x]: all.map(([um]) => um), [y]: all.map(([, value]) => value) },
    stretches: true,
    head: (width) => legendHeight(entries, width),
    height: (width) => plotHeight(width, panel.height),
    draw: (place, scales, label) => {
      const { panel: letter } = label;
      const { plots, body } = sideBySide(
        found.map(({ cell }) => cell),
        place,
        (inside) => ({
          x: { ...axisFor(scales(x), inside.width, 26, 0), name: 'distance (µm)' },
          y: { ...axisFor(scales(y), inside.height, 18, 0.06), name },
        }),
        (k) => {
          const { crack, curves } = found[k]!;
          const [low, high] = [Math.min(...scales(y)), Math.max(...scales(y))];
          const room = high - low;
          return [
            ...(crack ? [spans([crack.span], low - room, high + room, CRACK, 0.14)] : []),
            ...curves.flatMap(({ points }, n) => [
              curve(points, looks[n]!.colour, 0.9),
              marks(points, looks[n]!.colour, 2.4, [], looks[n]!.symbol),
            ]),
          ];
        },
      );
      return {
        plots,
        body: body + legend(entries, place, label),
        rows: found.flatMap(({ cell, curves, crack }) =>
          curves.flatMap(({ scan, points }) =>
            points.map(
              ([distanceUm, value]): NumberRow => ({
                panel: letter,
                cell: cell.name,
                quantity: panel.of === 'grey' ? 'grey value along a line' : 'lithium fraction along a line',
                scan: scan.index,
                ...(crack ? { crack: crack.id } : {}),
                timeH: scan.timeH,
                chargeMahCm2: scan.chargeMahCm2,
                distanceUm,
                ...(panel.of === 'grey' ? { grey: value * 1000 } : { lithiumPercent: value }),
              }),
            ),
          ),
        ),
      };
    },
  };
}

/** Ends of a line in the view, voxels, and where the crack lies on it. */
interface Line {
  from: Triple;
  to: Triple;
  um: number;
  crack: Found['crack'];
}

async function along(panel: LinePanel, { threads, signal }: Drawing, cell: FigureCell): Promise<Found | null> {
  const { analysed } = cell;
  const { results } = analysed;
  const opened = openCell(analysed);
  const line = opened && lineOf(panel, cell, opened);
  if (!opened || !line) return null;
  const voxelUm = opened.frame.orientation.axis.map((k) => results.voxelSizeUm[k]!);
  const steps = Math.max(2, Math.ceil(line.um / Math.min(...voxelUm)) + 1);
  const shape = opened.shape;
  const low = line.from.map((a, k) => Math.max(0, Math.floor(Math.min(a, line.to[k]!)))) as Triple;
  const high = line.from.map((a, k) => Math.min(shape[k]! - 1, Math.floor(Math.max(a, line.to[k]!)) + 1));
  const extent = high.map((end, k) => end - low[k]! + 1) as Triple;
  if (extent.some((length) => length < 1)) return null;
  const curves: Found['curves'] = [];
  for (const scan of chosenScans(panel.scans, results)) {
    signal.throwIfAborted();
    const lying = panel.of === 'grey' ? placedScan(analysed, opened, scan.index) : null;
    const fractions = panel.of === 'lvf' ? lvfBlocks(analysed, opened, scan.index, threads) : null;
    const block = lying ? await placeBlock(lying, low, extent, threads) : await fractions?.(low, extent);
    if (!block) continue;
    const points: Point[] = [];
    for (let i = 0; i < steps; i++) {
      const share = i / (steps - 1);
      const at = line.from.map((a, k) => a + share * (line.to[k]! - a) - low[k]!) as Triple;
      const value = between(block, extent, at);
      if (!Number.isNaN(value)) points.push([share * line.um, panel.of === 'grey' ? value / 1000 : value * 100]);
    }
    if (points.length > 1) curves.push({ scan, points });
  }
  return curves.length > 0 ? { cell, curves, crack: line.crack } : null;
}

/** Across the crack along its normal, from the side of the collector; or between two voxels. */
function lineOf(
  panel: LinePanel,
  { analysed }: FigureCell,
  cell: NonNullable<ReturnType<typeof openCell>>,
): Line | null {
  const { results } = analysed;
  const voxelUm = cell.frame.orientation.axis.map((k) => results.voxelSizeUm[k]!);
  const length = (a: Triple, b: Triple) => Math.hypot(...a.map((value, k) => (value - b[k]!) * voxelUm[k]!));
  if (!('crack' in panel.along)) {
    const [from, to] = [toView(cell, panel.along.from), toView(cell, panel.along.to)];
    return { from, to, um: length(from, to), crack: null };
  }
  const crack = crackNamed(panel.along.crack, results);
  const last = crack ? crack.centroid.findLastIndex((place) => place !== null) : -1;
  if (!crack || last < 0) return null;
  const center = toView(cell, crack.centroid[last]!);
  const normal = crack.orientation[last];
  const tip = normal ? toView(cell, crack.centroid[last]!.map((value, k) => value + normal[k]!) as Triple) : null;
  let way = tip ? (tip.map((value, k) => value - center[k]!) as Triple) : ([1, 0, 0] as Triple);
  if (way[0] < 0) way = way.map((value) => -value) as Triple;
  const um = panel.along.lengthUm ?? LENGTH_UM;
  const reach = um / 2 / Math.hypot(...way.map((value, k) => value * voxelUm[k]!));
  const from = center.map((value, k) => value - reach * way[k]!) as Triple;
  const to = center.map((value, k) => value + reach * way[k]!) as Triple;
  const span = crackedSpan(analysed.stored<Cracks>({ step: 'cracks', scan: last }), cell.shape, from, to);
  return { from, to, um, crack: span && { id: crack.id, span: [span[0] * um, span[1] * um] } };
}

/** The part of a line, 0 to 1, about its middle that lies in a crack; null where none is near. */
function crackedSpan(found: StepResult<Cracks> | null, [, nv, nu]: Triple, from: Triple, to: Triple): Point | null {
  if (!found) return null;
  const { index, fraction } = readCrackVoxels(found);
  // Of all the voxels of cracks those about the line are few.
  const near = (place: number, axis: number) =>
    place >= Math.min(from[axis]!, to[axis]!) - 1 && place <= Math.max(from[axis]!, to[axis]!) + 1;
  const cracked = new Set<number>();
  index.forEach((i, k) => {
    if (fraction[k]! <= CRACKED) return;
    if (near(i % nu, 2) && near(Math.floor(i / nu) % nv, 1) && near(Math.floor(i / (nu * nv)), 0)) cracked.add(i);
  });
  const inside = Array.from({ length: SAMPLES + 1 }, (_, k) => {
    const [s, v, u] = from.map((a, axis) => Math.round(a + (k / SAMPLES) * (to[axis]! - a))) as Triple;
    return cracked.has((s * nv + v) * nu + u);
  });
  const [start] = inside
    .flatMap((is, k) => (is ? [k] : []))
    .sort((a, b) => Math.abs(a - SAMPLES / 2) - Math.abs(b - SAMPLES / 2));
  if (start === undefined) return null;
  let [low, high] = [start, start];
  while (inside[low - 1]) low--;
  while (inside[high + 1]) high++;
  return [(low - 0.5) / SAMPLES, (high + 0.5) / SAMPLES];
}

/** Linear between the eight voxels about a place of a block. */
function between(block: Float32Array, extent: Triple, at: Triple): number {
  const base = at.map((value, k) => Math.max(0, Math.min(extent[k]! - 1, Math.floor(value))));
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    let [weight, index] = [1, 0];
    for (let k = 0; k < 3; k++) {
      const up = (corner >> k) & 1;
      const share = Math.max(0, Math.min(1, at[k]! - base[k]!));
      weight *= up ? share : 1 - share;
      index = index * extent[k]! + Math.min(extent[k]! - 1, base[k]! + up);
    }
    if (weight > 0) sum += weight * block[index]!;
  }
  return sum;
}
