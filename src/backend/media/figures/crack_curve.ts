import type { CrackResults } from '../../../core/results.ts';
import type { CyclingLog } from '../../../core/series.ts';
import type { Analysed } from '../analysed.ts';
import { quantile } from './parts.ts';
import { axisAround, curve, marks, type Panel, type Point, plotted, spans, ticks, whiskers } from './plot.ts';
import { CRACK, CRACKS, FAINT_INK, INK, LETTER_SIZE, PAGE_WIDTH } from './style.ts';
import { line, type Page, text } from './svg.ts';
import { thinned, timeAxis } from './times.ts';

const LEFT = 36;
/** Room for the names of the cracks. */
const RIGHT = 66;
const [VOLTAGE, VOLUME] = [92, 120];
const TOP = 16;
const GAP = 12;
const MOST_NAMED = 6;
const NAME_HEIGHT = 8.5;

/**
 * Volumes of the cracks over time below the cell's voltage; shaded, the times between two scans in which cracks were born. Null
 * without any crack.
 */
export function crackCurve(analysed: Analysed): Page | null {
  const { results, series } = analysed;
  const { cracks, scans } = results;
  if (cracks.length === 0) return null;
  const time = timeAxis(analysed);
  const voxelUm3 = results.voxelSizeUm.reduce((product, edge) => product * edge, 1);
  const log = time.inHours && series.cycling && series.cycling.timeH.length > 0 ? series.cycling : null;
  const places = scans.map((scan) => time.at(scan));

  const lives = cracks.map((crack) => lifeOf(crack, places, voxelUm3 / 1000)).sort((a, b) => b.largest - a.largest);
  const named = lives.slice(0, MOST_NAMED);
  const others = lives.slice(MOST_NAMED);
  const x = axisAround([...places, ...(log ? [log.timeH[0]!, log.timeH.at(-1)!] : [])], 8);
  const y = axisAround([0, ...lives.flatMap(({ bars }) => bars.map(({ high }) => high))], 6);
  const births = [
    ...new Map(cracks.map((crack) => [String(bornBetween(crack, places)), bornBetween(crack, places)])).values(),
  ];

  const width = PAGE_WIDTH - LEFT - RIGHT;
  const panels: Panel[] = [];
  const parts: string[] = [];
  let top = TOP;
  if (log) {
    const voltage = thinned(log.timeH, log.voltageV, 900);
    const yVoltage = axisAround(workingVoltages(log), 5, 0.08);
    panels.push({
      left: LEFT,
      top,
      width,
      height: VOLTAGE,
      x: { ...x, labels: false },
      y: { ...yVoltage, name: 'voltage (V)' },
      series: [
        spans(births, yVoltage.min, yVoltage.max, CRACK, 0.14),
        curve(voltage, INK, 0.6),
        ticks(places, yVoltage.min, FAINT_INK, 3),
      ],
    });
    parts.push(
      text(2, top + 2, 'a', { size: LETTER_SIZE, weight: 700 }),
      text(2, top + VOLTAGE + GAP + 2, 'b', { size: LETTER_SIZE, weight: 700 }),
    );
    top += VOLTAGE + GAP;
  }
  const faint = '#b9a5c9';
  panels.push({
    left: LEFT,
    top,
    width,
    height: VOLUME,
    x: { ...x, name: time.name },
    y: { ...y, name: 'crack volume (10³ µm³)' },
    series: [
      spans(births, y.min, y.max, CRACK, 0.14),
      ...others.flatMap(({ points }) => [curve(points, faint, 0.6)]),
      ...named.flatMap(({ points, alive, bars }, k) => {
        const colour = CRACKS[k % CRACKS.length]!;
        return [curve(points, colour, 1), whiskers(bars, colour), marks(alive, colour, 3.6)];
      }),
      ticks(places, y.min, FAINT_INK, 3),
    ],
  });

  // Names beside the last points, moved apart where they would touch.
  const toPage = ([, volume]: Point) => top + VOLUME - ((volume - y.min) / (y.max - y.min)) * VOLUME;
  const labels = named
    .map(({ crack, points }, k) => ({ crack, colour: CRACKS[k % CRACKS.length]!, want: toPage(points.at(-1)!) }))
    .sort((a, b) => a.want - b.want);
  const last = LEFT + ((Math.max(...places) - x.min) / (x.max - x.min)) * width;
  let at = top - NAME_HEIGHT;
  const settled = labels.map((label) => ({ ...label, y: (at = Math.max(label.want, at + NAME_HEIGHT)) }));
  const over = Math.max(0, at - (top + VOLUME + 2));
  let next = Infinity;
  for (const label of settled.reverse()) {
    next = label.y = Math.min(label.y - (over > 0 ? over : 0), next - NAME_HEIGHT);
    const beside = LEFT + width + 10;
    parts.push(
      line(Math.min(last + 4, beside - 3), label.want, beside - 2, label.y, { stroke: label.colour, width: 0.4 }),
    );
    parts.push(text(beside, label.y + 2.5, nameOf(label.crack, results.cracks), { fill: label.colour }));
  }
  if (others.length > 0)
    parts.push(text(LEFT + width + 10, top + VOLUME + 14, `and ${others.length} smaller`, { fill: FAINT_INK }));
  parts.push(
    text(LEFT + width, TOP - 5, 'shaded: between these scans cracks were born', { anchor: 'end', fill: FAINT_INK }),
  );

  const height = top + VOLUME + 32;
  return { width: PAGE_WIDTH, height, body: plotted(panels, PAGE_WIDTH, height) + parts.join('') };
}

/** The voltages that matter: while current flows, but for one in two hundred at either end. The rest may leave the panel. */
function workingVoltages({ voltageV, currentMa }: CyclingLog): number[] {
  const least = 0.01 * currentMa.reduce((most, current) => Math.max(most, Math.abs(current)), 0);
  const flowing = voltageV.filter((_, i) => Math.abs(currentMa[i]!) > least);
  const values = flowing.length > 0 ? flowing : voltageV;
  return [quantile(values, 0.005), quantile(values, 0.995)];
}

interface Life {
  crack: CrackResults;
  /** From nothing in the scan before its first. */
  points: Point[];
  alive: Point[];
  bars: { x: number; low: number; high: number }[];
  largest: number;
}

/** Volumes of one crack. */
function lifeOf(crack: CrackResults, places: readonly number[], perVoxel: number): Life {
  const points: Point[] = [];
  const bars: Life['bars'] = [];
  let largest = 0;
  crack.volumeVoxels.forEach((voxels, scan) => {
    if (voxels === null) return;
    const volume = voxels * perVoxel;
    const uncertainty = (crack.volumeUncertaintyVoxels[scan] ?? 0) * perVoxel;
    points.push([places[scan]!, volume]);
    bars.push({ x: places[scan]!, low: volume - uncertainty, high: volume + uncertainty });
    largest = Math.max(largest, volume);
  });
  const born: Point[] = crack.onsetScan > 0 ? [[places[crack.onsetScan - 1]!, 0]] : [];
  return { crack, points: [...born, ...points], alive: points, bars, largest };
}

function bornBetween({ onsetScan }: CrackResults, places: readonly number[]): Point {
  return [places[Math.max(0, onsetScan - 1)]!, places[onsetScan]!];
}

function nameOf(crack: CrackResults, all: readonly CrackResults[]): string {
  const from = crack.parents.filter((id) => all.some((other) => other.id === id));
  return `crack ${crack.id}${from.length > 0 ? ` (of ${from.join(', ')})` : ''}${crack.through ? ', through' : ''}`;
}
