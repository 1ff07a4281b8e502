import { baseScan } from '../../../analysis/reference.ts';
import { ChargeCurve } from '../../../core/cycling.ts';
import { LITHIUM_UM_PER_MAH_CM2 } from '../../../core/recipe.ts';
import type { ScanResults } from '../../../core/results.ts';
import type { Analysed } from '../analysed.ts';
import { axisAround, band, curve, marks, type Panel, type Point, plotted, ticks, whiskers } from './plot.ts';
import { FAINT_INK, INK, LETTER_SIZE, LITHIUM, PAGE_WIDTH } from './style.ts';
import { line, type Page, path, rect, text } from './svg.ts';
import { timeAxis } from './times.ts';

const PUBLISHED = '#7d828a';
const EXPECTED = INK;
const [TOP, HEIGHT, BELOW] = [30, 132, 62];
const LEFT = 36;
const GAP = 50;

/**
 * Thickness at the working electrode against time and charge: tomography with its uncertainty and the map's ± one standard
 * deviation, the published recipe, and what the charge makes; below, the differences from that. Null without any thickness.
 */
export function thicknessCurve(analysed: Analysed): Page | null {
  const { scans, recipe } = analysed.results;
  const measured = scans.flatMap((scan) => {
    const working = scan.thickness?.working;
    return working && working.meanUm !== null ? [{ scan, working, meanUm: working.meanUm }] : [];
  });
  if (measured.length === 0) return null;
  const time = timeAxis(analysed);
  const factor = recipe.electrodes?.lithiumUmPerMahCm2 ?? LITHIUM_UM_PER_MAH_CM2;
  const charged = scans.some(({ chargeMahCm2 }) => chargeMahCm2 !== null);
  const expectation = time.inHours ? expectedOverTime(analysed, factor) : [];
  const axes: { name: string; at(scan: ScanResults): number | null; expected: Point[]; clear: boolean }[] = [
    { name: time.name, at: time.at, expected: expectation, clear: true },
  ];
  if (charged) {
    const charges = scans.flatMap(({ chargeMahCm2 }) => chargeMahCm2 ?? []);
    const [low, high] = [Math.min(...charges, 0), Math.max(...charges)];
    axes.push({
      name: 'charge (mAh cm⁻²)',
      at: ({ chargeMahCm2 }) => chargeMahCm2,
      expected: [
        [low, low * factor],
        [high, high * factor],
      ],
      clear: false,
    });
  }

  const y = axisAround(
    [
      0,
      ...measured.flatMap(({ meanUm, working }) => [meanUm + (working.stdUm ?? 0), meanUm - (working.stdUm ?? 0)]),
      ...expectation.map(([, um]) => um),
    ],
    8,
  );
  const off = measured.flatMap(({ scan, meanUm, working }) => {
    const expected = scan.thickness?.electrochemicalUm ?? null;
    if (expected === null) return [];
    return [
      {
        scan,
        um: meanUm - expected,
        uncertainty: working.uncertaintyUm ?? 0,
        published: working.publishedMeanUm === null ? null : working.publishedMeanUm - expected,
      },
    ];
  });
  const yOff = axisAround(
    [0, ...off.flatMap(({ um, uncertainty, published }) => [um - uncertainty, um + uncertainty, published])],
    6,
  );

  const width = (PAGE_WIDTH - LEFT - 8 - GAP * (axes.length - 1)) / axes.length;
  const panels: Panel[] = [];
  const parts: string[] = [];
  for (const [i, { name, at, expected, clear }] of axes.entries()) {
    const left = LEFT + i * (width + GAP);
    const known = measured.flatMap((one) => {
      const x = at(one.scan);
      return x === null ? [] : [{ ...one, x }];
    });
    const x = axisAround(
      scans.map((scan) => at(scan)),
      8,
    );
    const open = known.map(({ scan }) => scan.step === 'stripping');
    const points = known.map(({ x, meanUm }): Point => [x, meanUm]);
    const published = known.flatMap(({ x, working }): Point[] =>
      working.publishedMeanUm === null ? [] : [[x, working.publishedMeanUm]],
    );
    const bars = known.flatMap(({ x, meanUm, working: { uncertaintyUm } }) =>
      uncertaintyUm ? [{ x, low: meanUm - uncertaintyUm, high: meanUm + uncertaintyUm }] : [],
    );
    const places = scans.flatMap((scan) => at(scan) ?? []);
    panels.push({
      left,
      top: TOP,
      width,
      height: HEIGHT,
      x: { ...x, ...(off.length > 0 ? { labels: false } : { name }) },
      y: { ...y, name: 'lithium thickness (µm)' },
      series: [
        // Along charge the curve goes back and forth: a band would lie over itself.
        ...(clear
          ? [
              band(
                known.map(({ x }) => x),
                known.map(({ meanUm, working }) => meanUm - (working.stdUm ?? 0)),
                known.map(({ meanUm, working }) => meanUm + (working.stdUm ?? 0)),
                LITHIUM,
                0.13,
              ),
            ]
          : []),
        curve(expected, EXPECTED, 0.8),
        curve(published, PUBLISHED, 0.8, [2.4, 2]),
        marks(
          published,
          PUBLISHED,
          3,
          published.map(() => true),
        ),
        curve(points, LITHIUM, 1.1),
        whiskers(bars, LITHIUM),
        marks(points, LITHIUM, 4.2, open),
        ticks(places, y.min, FAINT_INK, 3),
      ],
    });
    parts.push(text(left - LEFT + 2, TOP - 4, 'abcd'[i]!, { size: LETTER_SIZE, weight: 700 }));
    if (off.length === 0) continue;
    const differences = off.flatMap(({ scan, ...one }) => {
      const x = at(scan);
      return x === null ? [] : [{ scan, x, ...one }];
    });
    const differencePoints = differences.map(({ x, um }): Point => [x, um]);
    const differencePublished = differences.flatMap(({ x, published }): Point[] =>
      published === null ? [] : [[x, published]],
    );
    panels.push({
      left,
      top: TOP + HEIGHT + 12,
      width,
      height: BELOW,
      x: { ...x, name },
      y: { ...yOff, name: 'difference (µm)' },
      series: [
        curve(
          [
            [x.min, 0],
            [x.max, 0],
          ],
          EXPECTED,
          0.8,
        ),
        ...(clear ? [curve(differencePublished, PUBLISHED, 0.8, [2.4, 2])] : []),
        marks(
          differencePublished,
          PUBLISHED,
          3,
          differencePublished.map(() => true),
        ),
        ...(clear ? [curve(differencePoints, LITHIUM, 1.1)] : []),
        whiskers(
          differences.flatMap(({ x, um, uncertainty }) =>
            uncertainty > 0 ? [{ x, low: um - uncertainty, high: um + uncertainty }] : [],
          ),
          LITHIUM,
        ),
        marks(
          differencePoints,
          LITHIUM,
          4.2,
          differences.map(({ scan }) => scan.step === 'stripping'),
        ),
      ],
    });
  }
  const height = TOP + HEIGHT + (off.length > 0 ? 12 + BELOW : 0) + 32;
  const stripped = measured.some(({ scan }) => scan.step === 'stripping');
  const body = plotted(panels, PAGE_WIDTH, height) + legend(charged, stripped) + parts.join('');
  return { width: PAGE_WIDTH, height, body };
}

/** What the charge of the log makes of lithium, at two hundred times and wherever current turns. Empty without log or area. */
function expectedOverTime({ results, series }: Analysed, factor: number): Point[] {
  const { scans } = results;
  const reference = scans[baseScan(results.recipe)];
  const areaMm2 = results.recipe.electrodes?.working?.areaMm2 ?? series.workingAreaMm2;
  const known = scans.flatMap(({ timeH, thickness }): Point[] =>
    timeH !== null && thickness && thickness.electrochemicalUm !== null ? [[timeH, thickness.electrochemicalUm]] : [],
  );
  if (
    !series.cycling ||
    series.cycling.timeH.length === 0 ||
    areaMm2 === null ||
    !reference ||
    reference.timeH === null
  )
    return known;
  const log = new ChargeCurve(series.cycling);
  const times = scans.map(({ timeH }) => timeH!);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const turns = log.halfCycles().flatMap(({ startH, endH }) => [startH, endH]);
  const at = [...Array.from({ length: 201 }, (_, k) => first + ((last - first) * k) / 200), ...turns]
    .filter((t) => t >= first && t <= last)
    .sort((a, b) => a - b);
  const from =
    reference.startH !== null && reference.endH !== null
      ? log.meanChargeMah(reference.startH, reference.endH)
      : log.chargeMah(reference.timeH);
  const perMah = (factor * 100) / areaMm2;
  // Lithium plates where the log's charge falls.
  return at.map((t) => [t, (from - log.chargeMah(t)) * perMah]);
}

function legend(charged: boolean, stripped: boolean): string {
  const y = 9;
  const parts: string[] = [];
  let x = LEFT;
  const entry = (drawing: string, words: string, width: number) => {
    parts.push(drawing, text(x + 20, y + 2.5, words));
    x += 20 + width;
  };
  const dot = (at: number, colour: string, radius: number, open: boolean) =>
    path(`M${at - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`, {
      stroke: colour,
      width: 0.8,
      fill: open ? '#ffffff' : colour,
    });
  const tomography = line(x, y, x + 16, y, { stroke: LITHIUM, width: 1.1 }) + dot(x + 8, LITHIUM, 2.1, false);
  entry(tomography, 'tomography, ± uncertainty (k = 2)', 124);
  entry(rect(x, y - 3.5, 16, 7, { fill: LITHIUM, opacity: 0.13 }), '± std over the plane', 77);
  entry(
    line(x, y, x + 16, y, { stroke: PUBLISHED, width: 0.8, dash: '2.4 2' }) + dot(x + 8, PUBLISHED, 1.5, true),
    'published recipe',
    65,
  );
  if (charged) entry(line(x, y, x + 16, y, { stroke: EXPECTED, width: 0.8 }), 'charge as dense lithium', 87);
  if (stripped) {
    x -= 8;
    entry(dot(x + 13, LITHIUM, 2.1, true), 'stripping', 0);
  }
  return parts.join('');
}
