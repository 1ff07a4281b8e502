import type { EfficiencyPanel } from '../../../../core/figure/layout.ts';
import type { CycleResults } from '../../../../core/results.ts';
import type { Drawing, FigureCell, Prepared } from '../drawing.ts';
import { bars, whiskers } from '../plot.ts';
import { INK } from '../style.ts';
import { rect, text } from '../svg.ts';
import { axisFor, legend, legendHeight, plotHeight, plotPlace } from './plots.ts';

const FROM_CHARGE = '#9a9da3';
/** Of the room that a cell's cycle has. */
const BAR = 0.36;

/** Coulombic efficiency of each cycle, from scans and from charge. Null where no cycle has both ends. */
export function efficiencyPanel(panel: EfficiencyPanel, drawing: Drawing): Prepared | null {
  const pairs = drawing.cells.flatMap((cell) =>
    cell.analysed.results.cycles
      .filter(({ ceTomography, ceElectrochemistry }) => ceTomography !== null || ceElectrochemistry !== null)
      .filter(({ stripEndScan }) => stripEndScan !== null)
      .map((cycle) => ({ cell, cycle })),
  );
  if (pairs.length === 0) {
    drawing.notice('Coulombic efficiency is left out: no cycle was stripped to its end');
    return null;
  }
  const { several } = drawing;
  const colourOf = ({ look }: FigureCell) => (several ? look.colour : '#c0392b');
  const values = pairs.flatMap(({ cycle }) => [
    percent(cycle.ceTomography),
    percent(cycle.ceElectrochemistry),
    cycle.ceTomography === null ? null : percent(cycle.ceTomography + (cycle.uncertainty ?? 0)),
  ]);
  const nameOf = ({ cell, cycle }: { cell: FigureCell; cycle: CycleResults }) =>
    several
      ? drawing.cells.length < pairs.length
        ? `${cell.name}, ${cycle.index}`
        : cell.name
      : `cycle ${cycle.index}`;
  const swatch = (colour: string, opacity = 1) => rect(0, -3, 16, 6, { fill: colour, opacity });
  const entries = [
    { drawing: swatch(several ? INK : '#c0392b', several ? 0.8 : 1), words: 'tomography' },
    { drawing: swatch(FROM_CHARGE, 0.6), words: 'charge' },
  ];
  const scale = 'y Coulombic efficiency';
  // A single cycle does not fill the panel.
  const [from, to] = pairs.length > 1 ? [0.5, pairs.length + 0.5] : [0, 2];
  return {
    scales: { [scale]: [0, 100, ...values.filter((value) => value !== null)] },
    stretches: true,
    head: (width) => legendHeight(entries, width),
    height: (width) => plotHeight(width, panel.height),
    draw: (place, scales, label) => {
      const { panel: letter } = label;
      const inside = plotPlace(place);
      const y = axisFor(scales(scale), inside.height, 18, 0.02);
      const words = pairs.map((pair, k) => ({ at: k + 1, text: nameOf(pair) }));
      const column = (k: number, side: -1 | 1, value: number | null) =>
        value === null
          ? []
          : [{ left: k + 1 + (side < 0 ? -BAR : 0.03), right: k + 1 + (side < 0 ? -0.03 : BAR), from: 0, to: value }];
      const toPage = (k: number, value: number): [number, number] => [
        inside.left + ((k + 1 - from) / (to - from)) * inside.width,
        inside.top + inside.height * (1 - (value - y.min) / (y.max - y.min)),
      ];
      const step = inside.width / (to - from);
      const numbers = pairs.flatMap(({ cycle }, k) =>
        (
          [
            [cycle.ceTomography, -1],
            [cycle.ceElectrochemistry, 1],
          ] as const
        ).flatMap(([share, side]) => {
          const value = percent(share);
          if (value === null || step < 46) return [];
          const [x, top] = toPage(k, value);
          return [
            text(x + (side * step * (BAR + 0.03)) / 2, top + 9, value.toFixed(1), {
              anchor: 'middle',
              fill: side < 0 ? '#ffffff' : INK,
            }),
          ];
        }),
      );
      return {
        plots: [
          {
            ...inside,
            x: { min: from, max: to, step: 1, words },
            y: { ...y, name: 'Coulombic efficiency (%)' },
            series: [
              ...pairs.map(({ cell, cycle }, k) => bars(column(k, -1, percent(cycle.ceTomography)), colourOf(cell))),
              ...pairs.map(({ cycle }, k) => bars(column(k, 1, percent(cycle.ceElectrochemistry)), FROM_CHARGE, 0.6)),
              whiskers(
                pairs.flatMap(({ cycle }, k) =>
                  cycle.ceTomography === null || cycle.uncertainty === null
                    ? []
                    : [
                        {
                          x: k + 1 - (BAR + 0.03) / 2,
                          low: 100 * (cycle.ceTomography - cycle.uncertainty),
                          high: 100 * (cycle.ceTomography + cycle.uncertainty),
                        },
                      ],
                ),
                INK,
              ),
            ],
          },
        ],
        body: legend(entries, place, label) + numbers.join(''),
        rows: pairs.map(({ cell, cycle }) => ({
          panel: letter,
          cell: cell.name,
          quantity: 'Coulombic efficiency',
          cycle: cycle.index,
          tomographyPercent: percent(cycle.ceTomography),
          uncertaintyPercent: percent(cycle.uncertainty),
          chargePercent: percent(cycle.ceElectrochemistry),
        })),
      };
    },
  };
}

function percent(share: number | null): number | null {
  return share === null ? null : 100 * share;
}
