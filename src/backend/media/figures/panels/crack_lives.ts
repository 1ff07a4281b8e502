import type { Axis } from '../../../../core/plot/axis.ts';
import type { Point } from '../../../../core/plot/plot.ts';
import type { CrackResults, ScanResults } from '../../../../core/results.ts';
import type { Analysed } from '../../analysed.ts';
import type { Rect } from '../drawing.ts';
import type { NumberRow } from '../numbers.ts';
import { curve, marks, whiskers } from '../plot.ts';
import { CRACKS, FAINT_INK } from '../style.ts';
import { line, text } from '../svg.ts';
import { timeAxis } from '../times.ts';

const MOST_NAMED = 6;
const NAME_HEIGHT = 8.5;
const FAINT = '#b9a5c9';

/** Volumes of one crack over time, 10³ µm³. */
export interface Life {
  crack: CrackResults;
  name: string;
  /** From nothing in the scan before its first. */
  points: Point[];
  alive: Point[];
  bars: { x: number; low: number; high: number }[];
  largest: number;
  rows: NumberRow[];
}

/** The cracks of a cell, the largest first; `at` places scans along the axis, in time unless told. */
export function crackLives(analysed: Analysed, at?: (scan: ScanResults) => number | null): Life[] {
  const { cracks, scans, voxelSizeUm } = analysed.results;
  const place = at ?? timeAxis(analysed).at;
  const voxelUm3 = voxelSizeUm.reduce((product, edge) => product * edge, 1);
  return cracks
    .map((crack): Life => {
      const alive: Point[] = [];
      const bars: Life['bars'] = [];
      const rows: NumberRow[] = [];
      for (const [k, scan] of scans.entries()) {
        const [voxels, x] = [crack.volumeVoxels[k] ?? null, place(scan)];
        if (voxels === null || x === null) continue;
        const [um3, uncertainty] = [voxels * voxelUm3, (crack.volumeUncertaintyVoxels[k] ?? 0) * voxelUm3];
        alive.push([x, um3 / 1000]);
        bars.push({ x, low: (um3 - uncertainty) / 1000, high: (um3 + uncertainty) / 1000 });
        rows.push({
          quantity: 'crack volume',
          scan: scan.index,
          crack: crack.id,
          timeH: scan.timeH,
          chargeMahCm2: scan.chargeMahCm2,
          volumeUm3: um3,
          volumeUncertaintyUm3: uncertainty,
        });
      }
      const before = scans[crack.onsetScan - 1];
      const from = before ? place(before) : null;
      const largest = Math.max(0, ...alive.map(([, volume]) => volume));
      const points: Point[] = from === null ? alive : [[from, 0], ...alive];
      return { crack, name: nameOf(crack, cracks), points, alive, bars, largest, rows };
    })
    .sort((a, b) => b.largest - a.largest || a.crack.id - b.crack.id);
}

export function lifeSeries(lives: readonly Life[]): object[] {
  return [
    ...lives.slice(MOST_NAMED).map(({ points }) => curve(points, FAINT, 0.6)),
    ...lives.slice(0, MOST_NAMED).flatMap(({ points, alive, bars }, k) => {
      const colour = CRACKS[k % CRACKS.length]!;
      return [curve(points, colour, 1), whiskers(bars, colour), marks(alive, colour, 3.6)];
    }),
  ];
}

/** Names beside the last points, moved apart where they would touch. */
export function lifeLabels(lives: readonly Life[], place: Rect, x: Axis, y: Axis): string {
  const { left, top, width, height } = place;
  const toPage = ([, volume]: Point) => top + height - ((volume - y.min) / (y.max - y.min)) * height;
  const labels = lives
    .slice(0, MOST_NAMED)
    .flatMap(({ name, alive }, k) => {
      const last = alive.at(-1);
      return last ? [{ name, colour: CRACKS[k % CRACKS.length]!, want: toPage(last), last }] : [];
    })
    .sort((a, b) => a.want - b.want);
  let at = top - NAME_HEIGHT;
  const settled = labels.map((label) => {
    at = Math.max(label.want, at + NAME_HEIGHT);
    return { ...label, y: at };
  });
  let next = top + height + 2 + NAME_HEIGHT;
  const parts: string[] = [];
  for (const label of settled.reverse()) {
    next = Math.min(label.y, next - NAME_HEIGHT);
    const beside = left + width + 8;
    const from = left + ((label.last[0] - x.min) / (x.max - x.min)) * width + 4;
    parts.push(line(Math.min(from, beside - 3), label.want, beside - 2, next, { stroke: label.colour, width: 0.4 }));
    parts.push(text(beside, next + 2.5, label.name));
  }
  const others = lives.length - MOST_NAMED;
  if (others > 0) parts.push(text(left + width + 8, top + height + 14, `and ${others} smaller`, { fill: FAINT_INK }));
  return parts.join('');
}

function nameOf(crack: CrackResults, all: readonly CrackResults[]): string {
  const from = crack.parents.filter((id) => all.some((other) => other.id === id));
  return `crack ${crack.id}${from.length > 0 ? ` (of ${from.join(', ')})` : ''}${crack.through ? ', through' : ''}`;
}
