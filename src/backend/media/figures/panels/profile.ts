import { type ColourMapName, colourTable, tableStep } from '../../../../core/colour_maps.ts';
import type { ProfilePanel } from '../../../../core/figure/layout.ts';
import { chosenScans } from '../../../../core/figure/scans.ts';
import type { Point } from '../../../../core/plot/plot.ts';
import type { ScanResults } from '../../../../core/results.ts';
import { roundAxis } from '../../../../core/steps_1_2_5.ts';
import type { Picture } from '../../png.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import type { NumberRow } from '../numbers.ts';
import { BAR_ROOM, colourBar } from '../parts.ts';
import { curve, ticks } from '../plot.ts';
import { FAINT_INK } from '../style.ts';
import { image } from '../svg.ts';
import { scanEntries, scanLooks } from './by_scan.ts';
import { alongAxis, axisFor, cellEntries, inHours, legend, legendHeight, plotHeight } from './plots.ts';
import { sideBySide } from './side_by_side.ts';

interface Curve {
  scan: ScanResults;
  /** µm from the interface, and the mean fraction in %. */
  points: Point[];
}

interface Found {
  cell: FigureCell;
  curves: Curve[];
}

const HEIGHT = 'above the interface (µm)';
const FRACTION = 'mean lithium fraction (%)';

/** The mean lithium fraction along the stack. Null without any profile. */
export function profilePanel(panel: ProfilePanel, drawing: Drawing): Prepared | null {
  const [low, high] = panel.upUm ?? [-Infinity, Infinity];
  const found = drawing.cells.flatMap((cell): Found[] => {
    const curves = chosenScans(panel.scans, cell.analysed.results).flatMap((scan): Curve[] => {
      const points = (scan.profile?.zUm ?? []).flatMap((z, k): Point[] => {
        const fraction = scan.profile?.meanLvf[k] ?? null;
        return fraction === null || z < low || z > high ? [] : [[z, 100 * fraction]];
      });
      return points.length > 1 ? [{ scan, points }] : [];
    });
    return curves.length > 0 ? [{ cell, curves }] : [];
  });
  if (found.length === 0) return null;
  return panel.as === 'curves' ? curves(panel, drawing, found) : colours(panel, found);
}

const rowsOf = (found: readonly Found[], letter: string): NumberRow[] =>
  found.flatMap(({ cell, curves }) =>
    curves.flatMap(({ scan, points }) =>
      points.map(([zUm, percent]) => ({
        panel: letter,
        cell: cell.name,
        quantity: 'lithium fraction along the stack',
        scan: scan.index,
        timeH: scan.timeH,
        chargeMahCm2: scan.chargeMahCm2,
        zUm,
        lithiumPercent: percent,
      })),
    ),
  );

/** A curve a scan; cells with one scan each share a plot. */
function curves(panel: ProfilePanel, drawing: Drawing, found: readonly Found[]): Prepared {
  const together = found.length > 1 && found.every(({ curves }) => curves.length === 1);
  const longest = found.reduce((a, b) => (b.curves.length > a.curves.length ? b : a));
  const looks = scanLooks(longest.curves.length);
  const entries = together
    ? cellEntries({ ...drawing, cells: found.map(({ cell }) => cell) })
    : scanEntries(
        found.map(({ curves }) => curves.map(({ scan }) => scan)),
        looks,
      );
  const all = found.flatMap(({ curves }) => curves.flatMap(({ points }) => points));
  const [x, y] = [`x ${HEIGHT}`, `y ${FRACTION}`];
  return {
    scales: { [x]: all.map(([z]) => z), [y]: [0, ...all.map(([, percent]) => percent)] },
    stretches: true,
    head: (width) => legendHeight(entries, width),
    height: (width) => plotHeight(width, panel.height),
    draw: (place, scales, label) => {
      const { panel: letter } = label;
      const series = together
        ? () =>
            found.flatMap(({ cell: { look }, curves }) =>
              curves.map(({ points }) => curve(points, look.colour, 1, look.dash)),
            )
        : (k: number) => found[k]!.curves.map(({ points }, n) => curve(points, looks[n]!.colour, 1, looks[n]!.dash));
      const cells = together ? [{ ...found[0]!.cell, name: '' }] : found.map(({ cell }) => cell);
      const { plots, body } = sideBySide(
        cells,
        place,
        (inside) => ({
          x: { ...axisFor(scales(x), inside.width, 26, 0), name: HEIGHT },
          y: { ...axisFor(scales(y), inside.height, 18), name: FRACTION },
        }),
        (k) => [
          curve(
            [
              [Math.min(...scales(x)), 0],
              [Math.max(...scales(x)), 0],
            ],
            '#b9bcc2',
            0.5,
          ),
          ...series(k),
        ],
      );
      return {
        plots,
        body: body + legend(entries, place, label),
        rows: rowsOf(found, letter),
      };
    },
  };
}

/** Colours over time and distance: between two scans, what the earlier shows gives way to the later. */
function colours(panel: ProfilePanel, found: readonly Found[]): Prepared {
  const hours = inHours(found.map(({ cell }) => cell));
  const at = (scan: ScanResults) => (hours ? scan.timeH! : scan.index);
  const along = hours ? 'time (h)' : 'scan';
  const heights = found.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([z]) => z)));
  const times = found.flatMap(({ curves }) => curves.map(({ scan }) => at(scan)));
  const values = found.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([, percent]) => percent)));
  const [x, y, colour] = [`x ${along}`, `y ${HEIGHT}`, FRACTION];
  return {
    scales: { [x]: times, [y]: heights, [colour]: [0, ...values] },
    stretches: true,
    head: () => 0,
    height: (width) => plotHeight(width - BAR_ROOM, panel.height),
    draw: (place, scales, { panel: letter }) => {
      const { limits, map } = coloursFor(scales(colour));
      const narrow = { ...place, width: place.width - BAR_ROOM + 4 };
      const { plots, body } = sideBySide(
        found.map(({ cell }) => cell),
        narrow,
        (inside) => ({
          x: { ...alongAxis(along, scales(x), inside.width, 0), name: along },
          y: { ...axisFor(scales(y), inside.height, 18, 0), name: HEIGHT },
        }),
        (k) => [
          ticks(
            found[k]!.curves.map(({ scan }) => at(scan)),
            Math.min(...scales(y)),
            FAINT_INK,
            -3,
          ),
        ],
        '#ffffff',
      );
      const under = plots.map((plot, k) => {
        const { curves } = found[k]!;
        const [first, last] = [at(curves[0]!.scan), at(curves.at(-1)!.scan)];
        const zs = curves[0]!.points.map(([z]) => z);
        const toX = (t: number) => plot.left + ((t - plot.x.min) / (plot.x.max - plot.x.min)) * plot.width;
        const toY = (z: number) =>
          plot.top + plot.height - ((z - plot.y.min) / (plot.y.max - plot.y.min)) * plot.height;
        const picture = coloured(curves, at, limits, map);
        const half = zs.length > 1 ? (zs[1]! - zs[0]!) / 2 : 0;
        const [top, bottom] = [
          Math.max(plot.top, toY(zs.at(-1)! + half)),
          Math.min(plot.top + plot.height, toY(zs[0]! - half)),
        ];
        return image(toX(first), top, toX(last) - toX(first), bottom - top, picture);
      });
      const bar = { map, limits, name: FRACTION };
      const [plot] = plots;
      return {
        under: under.join(''),
        plots,
        body: body + colourBar(place.left + place.width - BAR_ROOM + 10, plot!.top, plot!.height, bar),
        rows: rowsOf(found, letter),
      };
    },
  };
}

const ACROSS = 400;
/** Losses beyond this part of the gains get colours of their own; noise stays below. */
const LOST = 0.4;

/** From zero where lithium is plated; even about zero where as much of it is lost. */
function coloursFor(values: readonly number[]): { limits: [number, number]; map: ColourMapName } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low > -LOST * high) return { limits: [0, Math.max(1, roundAxis(0, high, 5).max)], map: 'batlow' };
  const end = Math.max(1, roundAxis(0, Math.max(-low, high), 5).max);
  return { limits: [-end, end], map: 'vik' };
}

function coloured(
  curves: readonly Curve[],
  at: (scan: ScanResults) => number,
  limits: readonly [number, number],
  map: ColourMapName,
): Picture {
  const table = colourTable(map);
  const height = Math.min(...curves.map(({ points }) => points.length));
  const [first, last] = [at(curves[0]!.scan), at(curves.at(-1)!.scan)];
  const pixels = new Uint8Array(ACROSS * height * 3);
  let k = 0;
  for (let column = 0; column < ACROSS; column++) {
    const t = first + ((last - first) * (column + 0.5)) / ACROSS;
    while (k + 2 < curves.length && at(curves[k + 1]!.scan) <= t) k++;
    const [a, b] = [curves[k]!, curves[Math.min(k + 1, curves.length - 1)]!];
    const span = at(b.scan) - at(a.scan);
    const weight = span > 0 ? Math.min(1, (t - at(a.scan)) / span) : 0;
    for (let row = 0; row < height; row++) {
      const z = height - 1 - row;
      const value = a.points[z]![1] + weight * (b.points[z]![1] - a.points[z]![1]);
      const step = tableStep(value, limits) * 3;
      pixels.set(table.subarray(step, step + 3), (row * ACROSS + column) * 3);
    }
  }
  return { width: ACROSS, height, channels: 3 as const, pixels };
}
