import type { HistogramPanel } from '../../../../core/figure/layout.ts';
import { chosenScans } from '../../../../core/figure/scans.ts';
import type { Point } from '../../../../core/plot/plot.ts';
import type { Histogram, ScanResults } from '../../../../core/results.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import type { NumberRow } from '../numbers.ts';
import { curve } from '../plot.ts';
import { scanEntries, scanLooks } from './by_scan.ts';
import { axisFor, legend, legendHeight, plotHeight } from './plots.ts';
import { sideBySide } from './side_by_side.ts';

/** Bins over what the curves reach: more would show the noise of counting. */
const BINS = 90;
/** Ends of a distribution that are not shown. */
const TAIL = 0.002;

interface Spread {
  scan: ScanResults;
  /** Middle of each bin, µm, and the share of the plane in it, % a µm. */
  points: Point[];
}

/** How thickness is spread over the plane, a curve a scan. Null without any histogram. */
export function histogramPanel(panel: HistogramPanel, drawing: Drawing): Prepared | null {
  const electrode = panel.electrode ?? 'working';
  const known = drawing.cells.flatMap((cell) => {
    const scans = chosenScans(panel.scans, cell.analysed.results).flatMap((scan) => {
      const numbers = scan.thickness?.[electrode];
      // The reference is nothing everywhere: it would be one spike.
      return numbers?.histogram && numbers.stdUm ? [{ scan, histogram: numbers.histogram }] : [];
    });
    return scans.length > 0 ? [{ cell, scans }] : [];
  });
  if (known.length === 0) return null;
  const reach = Math.max(...known.flatMap(({ scans }) => scans.map(({ histogram }) => reachOf(histogram))));
  const found: { cell: FigureCell; spreads: Spread[] }[] = known.map(({ cell, scans }) => ({
    cell,
    spreads: scans.map(({ scan, histogram }) => ({ scan, points: spreadOf(histogram, reach) })),
  }));
  const longest = found.reduce((a, b) => (b.spreads.length > a.spreads.length ? b : a));
  const looks = scanLooks(longest.spreads.length);
  const entries = scanEntries(
    found.map(({ spreads }) => spreads.map(({ scan }) => scan)),
    looks,
  );
  const [x, y] = [`x ${electrode} thickness spread`, `y ${electrode} thickness spread`];
  return {
    scales: {
      [x]: [0, reach],
      [y]: [
        0,
        ...found.flatMap(({ spreads }) => spreads.map(({ points }) => Math.max(...points.map(([, share]) => share)))),
      ],
    },
    stretches: true,
    head: (width) => legendHeight(entries, width),
    height: (width) => plotHeight(width, panel.height),
    draw: (place, scales, label) => {
      const { panel: letter } = label;
      const { plots, body } = sideBySide(
        found.map(({ cell }) => cell),
        place,
        (inside) => ({
          x: { ...axisFor(scales(x), inside.width, 28, 0), name: 'lithium thickness (µm)' },
          y: { ...axisFor(scales(y), inside.height, 20), name: 'share of the plane (% µm⁻¹)' },
        }),
        (k) => found[k]!.spreads.map(({ points }, n) => curve(points, looks[n]!.colour, 1, looks[n]!.dash)),
      );
      return {
        plots,
        body: body + legend(entries, place, label),
        rows: found.flatMap(({ cell, spreads }) =>
          spreads.flatMap(({ scan, points }) =>
            points.map(
              ([um, share]): NumberRow => ({
                panel: letter,
                cell: cell.name,
                quantity: `${electrode} thickness spread`,
                scan: scan.index,
                timeH: scan.timeH,
                chargeMahCm2: scan.chargeMahCm2,
                thicknessUm: um,
                sharePercentPerUm: share,
              }),
            ),
          ),
        ),
      };
    },
  };
}

/** Thickness below which all but a few columns lie. */
function reachOf({ rangeUm: [low, high], counts, underflow, overflow }: Histogram): number {
  const total = counts.reduce((sum, count) => sum + count, underflow + overflow);
  let left = overflow;
  let bin = counts.length;
  while (bin > 1 && left + counts[bin - 1]! <= TAIL * total) left += counts[--bin]!;
  return low + ((high - low) * bin) / counts.length;
}

function spreadOf({ rangeUm: [low, high], counts, underflow, overflow }: Histogram, reach: number): Point[] {
  const total = counts.reduce((sum, count) => sum + count, underflow + overflow);
  const width = (high - low) / counts.length;
  const together = Math.max(1, Math.ceil((reach - low) / width / BINS));
  const points: Point[] = [];
  for (let bin = 0; bin < counts.length && low + bin * width < reach; bin += together) {
    const some = counts.slice(bin, bin + together);
    const share = some.reduce((sum, count) => sum + count, 0) / total;
    points.push([low + (bin + some.length / 2) * width, (100 * share) / (some.length * width)]);
  }
  return points;
}
