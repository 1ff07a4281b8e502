import { baseScan } from '../../../../analysis/reference.ts';
import { ChargeCurve } from '../../../../core/cycling.ts';
import type { CurvePanel } from '../../../../core/figure/layout.ts';
import { takenScans } from '../../../../core/figure/scans.ts';
import type { Panel, Point } from '../../../../core/plot/plot.ts';
import { LITHIUM_UM_PER_MAH_CM2 } from '../../../../core/recipe.ts';
import type { ElectrodeThickness, ScanResults } from '../../../../core/results.ts';
import type { CyclingLog } from '../../../../core/series.ts';
import type { Analysed } from '../../analysed.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import type { LegendEntry } from '../letters.ts';
import type { NumberRow } from '../numbers.ts';
import { quantile } from '../parts.ts';
import { band, curve, marks, spans, ticks, whiskers } from '../plot.ts';
import { CRACK, FAINT_INK, INK, LITHIUM } from '../style.ts';
import { rect } from '../svg.ts';
import { thinned } from '../times.ts';
import { crackLives, type Life, lifeLabels, lifeSeries } from './crack_lives.ts';
import {
  alongAxis,
  axisFor,
  cellEntries,
  inHours,
  legend,
  legendHeight,
  plotHeight,
  plotPlace,
  sample,
} from './plots.ts';

const PUBLISHED = '#7d828a';
const MOST_POINTS = 900;
/** Room for the names of cracks on the right. */
const NAMES = 62;

/** What one cell gives a curve, before its scale is known. */
interface Line {
  cell: FigureCell;
  /** Ends of what it needs on the value axis, and along the other. */
  values: number[];
  along: number[];
  series(bottom: number): object[];
  rows: NumberRow[];
  /** Where scans are along the axis. */
  scans: number[];
  births: Point[];
}

interface Quantity {
  name: string;
  /** Null where a cell has nothing of it. */
  line(source: Source): Line | null;
  entries(panel: CurvePanel, drawing: Drawing, lines: readonly Line[]): LegendEntry[];
}

interface Source {
  cell: FigureCell;
  panel: CurvePanel;
  several: boolean;
  /** Scans that are not left out. */
  scans: ScanResults[];
  /** Where a scan stands along the axis; null where it has no place. */
  at(scan: ScanResults): number | null;
  over: 'time' | 'charge';
  log: CyclingLog | null;
}

/** A quantity over the whole series, a line a cell. */
export function curvePanel(panel: CurvePanel, drawing: Drawing): Prepared | null {
  const over = panel.over ?? 'time';
  const hours = inHours(drawing.cells);
  const quantity = QUANTITIES[panel.of];
  const lines: Line[] = [];
  for (const cell of drawing.cells) {
    const found = quantity.line(sourceOf(cell, panel, drawing.several, over, hours));
    if (found) lines.push(found);
    else if (drawing.several) drawing.notice(`${cell.name} has no ${quantity.name.replace(/ \(.*/, '')} over ${over}`);
  }
  if (lines.length === 0) return null;
  const along = over === 'charge' ? 'charge (mAh cm⁻²)' : hours ? 'time (h)' : 'scan';
  const entries = panel.legend === false ? [] : quantity.entries(panel, drawing, lines);
  const labelled = panel.axis !== false;
  const [x, y] = [`x ${along}`, `y ${quantity.name}`];
  const lives = panel.of === 'crackVolume' && !drawing.several ? crackLives(lines[0]!.cell.analysed) : [];
  const side = lives.length > 0 ? NAMES : 0;
  return {
    scales: {
      [x]: lines.flatMap((one) => one.along),
      [y]: lines.flatMap((one) => one.values),
      // Plots above each other keep the same room, so that their axes agree.
      [`beside ${x}`]: [side],
    },
    stretches: true,
    head: (width) => legendHeight(entries, width),
    height: (width) => plotHeight(width, panel.height, labelled),
    draw: (place, scales, label) => {
      const { panel: letter } = label;
      const inside = plotPlace(place, labelled);
      inside.width -= Math.max(...scales(`beside ${x}`));
      const xAxis = {
        ...alongAxis(along, scales(x), inside.width, over === 'time' ? 0.025 : 0.04),
        labels: labelled,
      };
      const yAxis = axisFor(scales(y), inside.height, 17, 0.06);
      const births = panel.births ? lines.flatMap((one) => one.births) : [];
      const plot: Panel = {
        ...inside,
        x: labelled ? { ...xAxis, name: along } : xAxis,
        y: { ...yAxis, name: quantity.name },
        series: [
          ...(births.length > 0 ? [spans(births, yAxis.min, yAxis.max, CRACK, 0.14)] : []),
          ...(yAxis.min < 0 && yAxis.max > 0 && panel.of !== 'voltage'
            ? [
                curve(
                  [
                    [xAxis.min, 0],
                    [xAxis.max, 0],
                  ],
                  panel.of === 'difference' ? INK : '#b9bcc2',
                  panel.of === 'difference' ? 0.8 : 0.5,
                ),
              ]
            : []),
          ...lines.flatMap((one) => one.series(yAxis.min)),
          ...(panel.scanMarks === false
            ? []
            : lines.map((one) => ticks(one.scans, yAxis.min, drawing.several ? one.cell.look.colour : FAINT_INK, 3))),
        ],
      };
      const names = side > 0 ? lifeLabels(lives, inside, xAxis, yAxis) : '';
      return {
        plots: [plot],
        body: legend(entries, place, label) + names,
        rows: lines.flatMap((one) => one.rows.map((row) => ({ panel: letter, cell: one.cell.name, ...row }))),
      };
    },
  };
}

function sourceOf(
  cell: FigureCell,
  panel: CurvePanel,
  several: boolean,
  over: 'time' | 'charge',
  hours: boolean,
): Source {
  const { results, series } = cell.analysed;
  const log = hours && series.cycling && series.cycling.timeH.length > 0 ? series.cycling : null;
  return {
    cell,
    panel,
    several,
    scans: takenScans(results),
    at: ({ chargeMahCm2, timeH, index }) => (over === 'charge' ? chargeMahCm2 : hours ? timeH : index),
    over,
    log,
  };
}

/** Places of scans along the axis, and of the births of cracks. */
function placesOf({ scans, at, cell }: Source): Pick<Line, 'scans' | 'births'> {
  const known = new Map(scans.map((scan) => [scan.index, at(scan)]));
  const births = cell.analysed.results.cracks.flatMap(({ onsetScan }): Point[] => {
    const before = scans.findLast(({ index }) => index < onsetScan);
    const [from, to] = [before ? (known.get(before.index) ?? null) : null, known.get(onsetScan) ?? null];
    return to === null ? [] : [[from ?? to, to]];
  });
  const apart = [...new Map(births.map((birth) => [String(birth), birth])).values()];
  return { scans: [...known.values()].filter((place) => place !== null), births: apart };
}

const nothing = (): LegendEntry[] => [];

const QUANTITIES: Readonly<Record<CurvePanel['of'], Quantity>> = {
  voltage: {
    name: 'voltage (V)',
    line: (source) => logLine(source, 'voltageV'),
    entries: (panel, drawing, lines) => [
      ...cellEntries(drawing, 0.8),
      ...(panel.births && lines.some(({ births }) => births.length > 0) ? [BORN] : []),
    ],
  },
  current: {
    name: 'current (mA cm⁻²)',
    line: (source) => logLine(source, 'currentMaCm2'),
    entries: (_, drawing) => cellEntries(drawing, 0.8),
  },
  charge: {
    name: 'charge (mAh cm⁻²)',
    line: (source) => logLine(source, 'chargeMahCm2'),
    entries: (_, drawing) => cellEntries(drawing, 0.8),
  },
  thickness: { name: 'lithium thickness (µm)', line: thicknessLine, entries: thicknessEntries },
  difference: { name: 'difference (µm)', line: differenceLine, entries: nothing },
  crackVolume: {
    name: 'crack volume (10³ µm³)',
    line: crackLine,
    entries: (panel, drawing, lines) => [
      ...cellEntries(drawing),
      ...(panel.births && lines.some(({ births }) => births.length > 0) ? [BORN] : []),
    ],
  },
};

const BORN: LegendEntry = {
  drawing: rect(0, -3.5, 16, 7, { fill: CRACK, opacity: 0.14 }),
  words: 'cracks born between these scans',
};

type LogQuantity = 'voltageV' | 'currentMaCm2' | 'chargeMahCm2';

/** What the log says, thinned to what print shows; every spike is kept. */
function logLine(source: Source, of: LogQuantity): Line | null {
  const { log, cell, over, several } = source;
  if (!log) return null;
  const charge = chargeOf(cell.analysed, log);
  if ((of !== 'voltageV' || over === 'charge') && !charge) return null;
  const every =
    of === 'voltageV'
      ? log.voltageV
      : of === 'currentMaCm2'
        ? log.currentMa.map((mA) => mA * charge!.perCm2)
        : log.timeH.map((t) => charge!.at(t));
  const timed = of === 'currentMaCm2' ? stepped(log.timeH, every) : thinned(log.timeH, every, MOST_POINTS);
  const points = over === 'charge' ? timed.map(([t, value]): Point => [charge!.at(t), value]) : timed;
  const colour = several ? cell.look.colour : INK;
  const values = of === 'voltageV' ? workingVoltages(log) : points.map(([, value]) => value);
  return {
    cell,
    values: [Math.min(...values), Math.max(...values)],
    along: [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))],
    series: () => [curve(points, colour, 0.6, several ? cell.look.dash : [])],
    rows: timed.map(([timeH, value], i) => ({
      quantity: of.replace(/(V|MaCm2|MahCm2)$/, ''),
      timeH,
      ...(over === 'charge' ? { chargeMahCm2: points[i]![0] } : {}),
      [of]: value,
    })),
    ...placesOf(source),
  };
}

/** Steps of a current as they are: at most two points in each span of time would make ramps of them. */
function stepped(timeH: readonly number[], values: readonly number[]): Point[] {
  const span = Math.max(...values) - Math.min(...values);
  return timeH.flatMap((t, i): Point[] => {
    const turns = (j: number) =>
      j <= 0 || j >= values.length - 1 || Math.abs(values[j]! - values[j - 1]!) > 0.002 * span;
    return turns(i) || turns(i + 1) ? [[t, values[i]!]] : [];
  });
}

/** The voltages that matter: while current flows, but for one in two hundred at either end. The rest may leave the panel. */
function workingVoltages({ voltageV, currentMa }: CyclingLog): number[] {
  const least = 0.01 * currentMa.reduce((most, current) => Math.max(most, Math.abs(current)), 0);
  const flowing = voltageV.filter((_, i) => Math.abs(currentMa[i]!) > least);
  const values = flowing.length > 0 ? flowing : voltageV;
  return [quantile(values, 0.005), quantile(values, 0.995)];
}

/** Charge that passed since the reference, plated positive, per area; null without area or reference. */
function chargeOf(
  { results, series }: Analysed,
  cycling: CyclingLog,
): { at(timeH: number): number; perCm2: number } | null {
  const reference = results.scans[baseScan(results.recipe)];
  const areaMm2 = results.recipe.electrodes?.working?.areaMm2 ?? series.workingAreaMm2;
  if (areaMm2 === null || !reference || reference.timeH === null) return null;
  const log = new ChargeCurve(cycling);
  const from =
    reference.startH !== null && reference.endH !== null
      ? log.meanChargeMah(reference.startH, reference.endH)
      : log.chargeMah(reference.timeH);
  const perCm2 = 100 / areaMm2;
  // Lithium plates where the log's charge falls.
  return { at: (timeH) => (from - log.chargeMah(timeH)) * perCm2, perCm2 };
}

interface Measured {
  scan: ScanResults;
  x: number;
  meanUm: number;
  numbers: ElectrodeThickness;
  expectedUm: number | null;
}

function measuredOf({ scans, at, panel }: Source): Measured[] {
  const electrode = panel.electrode ?? 'working';
  return scans.flatMap((scan) => {
    const numbers = scan.thickness?.[electrode];
    const x = at(scan);
    if (!numbers || numbers.meanUm === null || x === null) return [];
    const charged = scan.thickness?.electrochemicalUm ?? null;
    const expectedUm = charged === null ? null : electrode === 'working' ? charged : -charged;
    return [{ scan, x, meanUm: numbers.meanUm, numbers, expectedUm: electrode === 'working' ? expectedUm : null }];
  });
}

const numbersOf = ({ scan, numbers, expectedUm }: Measured): NumberRow => ({
  scan: scan.index,
  timeH: scan.timeH,
  chargeMahCm2: scan.chargeMahCm2,
  meanUm: numbers.meanUm,
  uncertaintyUm: numbers.uncertaintyUm,
  stdUm: numbers.stdUm,
  publishedMeanUm: numbers.publishedMeanUm,
  electrochemicalUm: expectedUm,
});

function thicknessLine(source: Source): Line | null {
  const { cell, panel, several, over } = source;
  const measured = measuredOf(source);
  if (measured.length === 0) return null;
  const { colour, symbol, dash } = several ? cell.look : ({ colour: LITHIUM, symbol: 'circle', dash: [] } as const);
  // Along charge the curve goes back and forth: a band would lie over itself.
  const banded = panel.band !== false && over === 'time';
  const expected = panel.expected === false ? [] : expectedPoints(source);
  const published =
    (panel.published ?? !several)
      ? measured.flatMap(({ x, numbers }): Point[] =>
          numbers.publishedMeanUm === null ? [] : [[x, numbers.publishedMeanUm]],
        )
      : [];
  const points = measured.map(({ x, meanUm }): Point => [x, meanUm]);
  const std = ({ numbers }: Measured) => numbers.stdUm ?? 0;
  return {
    cell,
    values: [
      0,
      ...measured.flatMap((one) => (banded ? [one.meanUm + std(one), one.meanUm - std(one)] : [one.meanUm])),
      ...expected.map(([, um]) => um),
    ],
    along: measured.map(({ x }) => x),
    series: () => [
      ...(banded
        ? [
            band(
              measured.map(({ x }) => x),
              measured.map((one) => one.meanUm - std(one)),
              measured.map((one) => one.meanUm + std(one)),
              colour,
              several ? 0.16 : 0.13,
            ),
          ]
        : []),
      curve(expected, several ? colour : INK, several ? 0.5 : 0.8, several ? [0.8, 1.2] : []),
      curve(published, PUBLISHED, 0.8, [2.4, 2]),
      marks(
        published,
        PUBLISHED,
        3,
        published.map(() => true),
      ),
      curve(points, colour, 1.1, several ? dash : []),
      whiskers(
        measured.flatMap(({ x, meanUm, numbers: { uncertaintyUm } }) =>
          uncertaintyUm ? [{ x, low: meanUm - uncertaintyUm, high: meanUm + uncertaintyUm }] : [],
        ),
        colour,
      ),
      marks(
        points,
        colour,
        4.2,
        measured.map(({ scan }) => scan.step === 'stripping'),
        symbol,
      ),
    ],
    rows: [
      ...measured.map((one) => ({ quantity: 'thickness', ...numbersOf(one) })),
      ...expected.map(([place, um]) => ({
        quantity: 'charge as dense lithium',
        ...(over === 'charge' ? { chargeMahCm2: place } : { timeH: place }),
        electrochemicalUm: um,
      })),
    ],
    ...placesOf(source),
  };
}

/** What the charge makes of lithium, at two hundred times and wherever current turns; along charge, its two ends. */
function expectedPoints({ cell, scans, over, log, panel, at }: Source): Point[] {
  if (panel.electrode === 'counter') return [];
  const { results } = cell.analysed;
  const factor = results.recipe.electrodes?.lithiumUmPerMahCm2 ?? LITHIUM_UM_PER_MAH_CM2;
  if (over === 'charge') {
    const charges = scans.flatMap(({ chargeMahCm2 }) => chargeMahCm2 ?? []);
    if (charges.length === 0) return [];
    return [Math.min(...charges, 0), Math.max(...charges)].map((charge) => [charge, charge * factor]);
  }
  const charge = log && chargeOf(cell.analysed, log);
  if (!log || !charge)
    return scans.flatMap((scan): Point[] => {
      const [x, um] = [at(scan), scan.thickness?.electrochemicalUm ?? null];
      return x === null || um === null ? [] : [[x, um]];
    });
  const times = scans.flatMap(({ timeH }) => timeH ?? []);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const turns = new ChargeCurve(log).halfCycles().flatMap(({ startH, endH }) => [startH, endH]);
  return [...Array.from({ length: 201 }, (_, k) => first + ((last - first) * k) / 200), ...turns]
    .filter((t) => t >= first && t <= last)
    .sort((a, b) => a - b)
    .map((t) => [t, charge.at(t) * factor]);
}

function thicknessEntries(panel: CurvePanel, drawing: Drawing, lines: readonly Line[]): LegendEntry[] {
  const { several, cells } = drawing;
  const stripped = cells.some(({ analysed }) => analysed.results.scans.some(({ step }) => step === 'stripping'));
  const has = (quantity: string) => lines.some(({ rows }) => rows.some((row) => row['quantity'] === quantity));
  const colour = several ? FAINT_INK : LITHIUM;
  return [
    ...cellEntries(drawing, 1.1),
    ...(several ? [] : [{ drawing: sample(LITHIUM, 1.1, [], 'circle'), words: 'tomography, ± uncertainty (k = 2)' }]),
    ...(panel.band !== false && (panel.over ?? 'time') === 'time'
      ? [
          {
            drawing: rect(0, -3.5, 16, 7, { fill: several ? FAINT_INK : LITHIUM, opacity: 0.15 }),
            words: '± std over the plane',
          },
        ]
      : []),
    ...((panel.published ?? !several)
      ? [{ drawing: sample(PUBLISHED, 0.8, [2.4, 2], 'circle', true), words: 'published recipe' }]
      : []),
    ...(has('charge as dense lithium')
      ? [
          {
            drawing: sample(several ? FAINT_INK : INK, several ? 0.6 : 0.8, several ? [0.8, 1.2] : []),
            words: 'charge as dense lithium',
          },
        ]
      : []),
    ...(stripped ? [{ drawing: sample(colour, 0, [], 'circle', true), words: 'stripping' }] : []),
  ];
}

function differenceLine(source: Source): Line | null {
  const { cell, several, over, panel } = source;
  const off = measuredOf(source).flatMap((one) =>
    one.expectedUm === null ? [] : [{ ...one, expectedUm: one.expectedUm }],
  );
  if (off.length === 0) return null;
  const { colour, symbol, dash } = several ? cell.look : ({ colour: LITHIUM, symbol: 'circle', dash: [] } as const);
  const points = off.map(({ x, meanUm, expectedUm }): Point => [x, meanUm - expectedUm]);
  const published =
    (panel.published ?? !several)
      ? off.flatMap(({ x, numbers, expectedUm }): Point[] =>
          numbers.publishedMeanUm === null ? [] : [[x, numbers.publishedMeanUm - expectedUm]],
        )
      : [];
  const bars = off.flatMap(({ x, meanUm, expectedUm, numbers: { uncertaintyUm } }) =>
    uncertaintyUm ? [{ x, low: meanUm - expectedUm - uncertaintyUm, high: meanUm - expectedUm + uncertaintyUm }] : [],
  );
  const joined = over === 'time';
  return {
    cell,
    values: [
      0,
      ...points.map(([, um]) => um),
      ...published.map(([, um]) => um),
      ...bars.flatMap(({ low, high }) => [low, high]),
    ],
    along: off.map(({ x }) => x),
    series: () => [
      ...(joined ? [curve(published, PUBLISHED, 0.8, [2.4, 2])] : []),
      marks(
        published,
        PUBLISHED,
        3,
        published.map(() => true),
      ),
      ...(joined ? [curve(points, colour, 1.1, several ? dash : [])] : []),
      whiskers(bars, colour),
      marks(
        points,
        colour,
        4.2,
        off.map(({ scan }) => scan.step === 'stripping'),
        symbol,
      ),
    ],
    rows: off.map((one) => ({
      quantity: 'thickness less charge as dense lithium',
      ...numbersOf(one),
      differenceUm: one.meanUm - one.expectedUm,
    })),
    ...placesOf(source),
  };
}

/** Volumes of the single cracks where there is one cell, of all together where there are several. */
function crackLine(source: Source): Line | null {
  const { cell, several, scans, at } = source;
  const { analysed } = cell;
  if (several) {
    const points = scans.flatMap((scan): Point[] => {
      const [x, um3] = [at(scan), scan.cracks?.volumeUm3 ?? null];
      return x === null || um3 === null ? [] : [[x, um3 / 1000]];
    });
    if (points.length === 0) return null;
    const { colour, symbol, dash } = cell.look;
    return {
      cell,
      values: [0, ...points.map(([, volume]) => volume)],
      along: points.map(([x]) => x),
      series: () => [curve(points, colour, 1, dash), marks(points, colour, 3.8, [], symbol)],
      rows: scans.map((scan) => ({
        quantity: 'volume of all cracks',
        scan: scan.index,
        timeH: scan.timeH,
        chargeMahCm2: scan.chargeMahCm2,
        volumeUm3: scan.cracks?.volumeUm3,
      })),
      ...placesOf(source),
    };
  }
  const lives: Life[] = crackLives(analysed, at);
  if (lives.length === 0) return null;
  return {
    cell,
    values: [0, ...lives.flatMap(({ bars }) => bars.map(({ high }) => high))],
    along: scans.flatMap((scan) => at(scan) ?? []),
    series: () => lifeSeries(lives),
    rows: lives.flatMap(({ rows }) => rows),
    ...placesOf(source),
  };
}
