import { CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { thicknessLimits } from '../../core/movie/panels.ts';
import type { CurvePlan, HistogramPlan } from '../../core/movie/plan.ts';
import { type MovieProject, shownScans, timesKnown } from '../../core/movie/project.ts';
import { readingAt } from '../../core/movie/readings.ts';
import { type Axis, axisAround } from '../../core/plot/axis.ts';
import { CRACK, LITHIUM, type PlotLook } from '../../core/plot/look.ts';
import { type Panel, type Plotter, type Point, plotter } from '../../core/plot/plot.ts';
import { ceil125 } from '../../core/steps_1_2_5.ts';

use([LineChart, ScatterChart, CustomChart, GridComponent, CanvasRenderer]);

/** Room for the words beside the axes, in letters' heights. */
const ROOM = { left: 5.2, right: 1.2, top: 0.9, bottom: 3.9 };
/** Steps along an axis at most: one for so many letters' heights. */
const APART = { x: 7, y: 3 };
/** Columns of a histogram, about. */
const COLUMNS = 50;
/** Rows of the log whose voltage is shown: while more than this part of the largest current flows. */
const FLOWS = 0.02;

/** A chart as it is drawn once: its axes, all of its curve, and where places of its axes lie. */
export interface Drawing {
  axes: HTMLCanvasElement;
  whole: HTMLCanvasElement;
  /** Pixels of the panel. */
  at(x: number, y: number): [number, number];
  plot: { left: number; top: number; width: number; height: number };
  /** What the curve shows at a time; null where it has nothing. */
  heightAt(hours: number): number | null;
  colour: string;
}

interface Described {
  x: Axis;
  y: Axis;
  series: object[];
  colour: string;
  heightAt?: (hours: number) => number | null;
}

/** What a curve shows, as its panel. */
export function curveDrawing(plan: CurvePlan, project: MovieProject, look: PlotLook): Drawing {
  const most = mostSteps(plan, look);
  const plot = plotter(look);
  const described =
    plan.of === 'thickness' || plan.of === 'crackVolume'
      ? measured(plan, project, plot, look, most)
      : logged(plan, project, plot, look, most);
  return drawn(described, plan, look);
}

/** How thickness is spread in a scan, per cent of the electrode. */
export function histogramDrawing(plan: HistogramPlan, project: MovieProject, look: PlotLook): Drawing {
  const most = mostSteps(plan, look);
  const plot = plotter(look);
  const { scans } = project.results;
  const limits = thicknessLimits([project], 'working');
  const spread = (index: number) => {
    const histogram = scans[index]?.thickness?.working?.histogram;
    if (!histogram) return null;
    const { rangeUm, counts, underflow, overflow } = histogram;
    const all = counts.reduce((sum, count) => sum + count, underflow + overflow);
    const bin = (rangeUm[1] - rangeUm[0]) / counts.length;
    // Columns that can be told apart, of whole bins.
    const together = Math.max(1, Math.round((limits[1] - limits[0]) / COLUMNS / bin));
    const width = together * bin;
    return Array.from({ length: Math.ceil(counts.length / together) }, (_, k) => {
      const count = counts.slice(k * together, (k + 1) * together).reduce((sum, one) => sum + one, 0);
      const left = rangeUm[0] + k * width;
      // A share of the electrode for each µm, whatever the bins.
      return { left, right: left + width, from: 0, to: all > 0 ? (100 * count) / all / width : 0 };
    });
  };
  // The reference is all at zero: its column would flatten those of the others.
  const others = shownScans(project).filter(({ index }) => index !== project.state.reference);
  const highest = Math.max(1e-9, ...others.flatMap(({ index }) => spread(index)?.map(({ to }) => to) ?? []));
  const x: Axis = {
    min: limits[0],
    max: limits[1],
    step: ceil125((limits[1] - limits[0]) / most.x),
    name: 'lithium thickness (µm)',
  };
  const y: Axis = { ...axisAround([0, highest], most.y), name: 'share of electrode (% µm⁻¹)' };
  const columns = (spread(plan.scan) ?? []).filter(({ right, left }) => right > limits[0] && left < limits[1]);
  const mean = scans[plan.scan]?.thickness?.working?.meanUm ?? null;
  const series = [
    plot.bars(
      columns.map((one) => ({ ...one, to: Math.min(one.to, y.max) })),
      LITHIUM,
      0.85,
    ),
    ...(mean === null
      ? []
      : [
          plot.curve(
            [
              [mean, 0],
              [mean, y.max],
            ],
            look.ink,
            0.8,
            [3, 2],
          ),
        ]),
  ];
  return drawn({ x, y, series, colour: LITHIUM }, plan, look);
}

function mostSteps({ area }: { area: CurvePlan['area'] }, look: PlotLook): { x: number; y: number } {
  const letters = look.size * look.unit;
  return {
    x: Math.max(2, Math.floor(area.width / letters / APART.x)),
    y: Math.max(2, Math.floor(area.height / letters / APART.y)),
  };
}

const QUANTITIES = {
  voltage: 'voltage (V)',
  current: 'current density (mA cm⁻²)',
  charge: 'charge (mAh cm⁻²)',
} as const;

function timeAxis(project: MovieProject, times: readonly number[], most: number): Axis {
  const axis = axisAround(times, most, 0.015);
  return { ...axis, name: timesKnown(project) ? 'time (h)' : 'scan' };
}

/** A quantity of the log against time or charge. */
function logged(
  { of, over }: CurvePlan,
  project: MovieProject,
  plot: Plotter,
  look: PlotLook,
  most: { x: number; y: number },
): Described {
  const cycling = project.state.cycling!;
  const quantity = of as keyof typeof QUANTITIES;
  const heights = valuesOf(quantity, project);
  const xs = over === 'time' ? cycling.timeH : cycling.chargeMahCm2!;
  const scans = shownScans(project).map(({ atH }) => atH);
  const places = over === 'time' ? scans : scans.map((at) => readingAt(project, at).chargeMahCm2!);
  const shown = of === 'voltage' ? workingVoltages(project) : heights;
  const y: Axis = { ...axisAround(shown, most.y, 0.08), name: QUANTITIES[quantity] };
  const x: Axis =
    over === 'time' ? timeAxis(project, xs, most.x) : { ...axisAround(xs, most.x), name: QUANTITIES.charge };
  const points = xs.map((at, row): Point => [at, heights[row]!]);
  const heightAt = (hours: number): number | null => {
    const reading = readingAt(project, hours);
    const value = of === 'voltage' ? reading.voltageV : of === 'charge' ? reading.chargeMahCm2 : reading.currentMaCm2;
    return value === null ? null : Math.max(y.min, Math.min(y.max, value));
  };
  const series = [plot.curve(points, look.ink, 0.8), plot.ticks(places, y.min, look.faintInk, 3)];
  return { x, y, series, colour: look.ink, heightAt };
}

function valuesOf(quantity: keyof typeof QUANTITIES, project: MovieProject): readonly number[] {
  const cycling = project.state.cycling!;
  if (quantity === 'voltage') return cycling.voltageV;
  if (quantity === 'charge') return cycling.chargeMahCm2!;
  return cycling.timeH.map((hours, row) => readingAt(project, hours).currentMaCm2 ?? cycling.currentMa[row]!);
}

/** Voltages while current flows, but for the rarest at either end: a rest at the open circuit would flatten all else. */
function workingVoltages({ state }: MovieProject): number[] {
  const { voltageV, currentMa } = state.cycling!;
  const largest = Math.max(...currentMa.map(Math.abs));
  const working = voltageV.filter((_, row) => Math.abs(currentMa[row]!) > FLOWS * largest).sort((a, b) => a - b);
  if (working.length < 20) return [...voltageV];
  const rare = Math.floor(working.length * 0.005);
  return working.slice(rare, working.length - rare);
}

/** A result of every scan against time or charge. */
function measured(
  { of, over }: CurvePlan,
  project: MovieProject,
  plot: Plotter,
  look: PlotLook,
  most: { x: number; y: number },
): Described {
  const { results } = project;
  const placed = shownScans(project).flatMap(({ index, atH }) => {
    const scan = results.scans[index];
    const x = over === 'time' ? atH : (scan?.chargeMahCm2 ?? null);
    return scan && x !== null ? [{ scan, x }] : [];
  });
  const [colour, name] = of === 'thickness' ? [LITHIUM, 'lithium thickness (µm)'] : [CRACK, 'cracks (10³ µm³)'];
  const points = placed.flatMap(({ scan, x }) => {
    const value = of === 'thickness' ? scan.thickness?.working?.meanUm : scan.cracks?.volumeUm3;
    if (value === null || value === undefined) return [];
    const open = scan.step === 'stripping';
    return [
      {
        x,
        y: of === 'thickness' ? value : value / 1000,
        open,
        off: of === 'thickness' ? (scan.thickness?.working?.uncertaintyUm ?? 0) : 0,
      },
    ];
  });
  const expected =
    of === 'thickness'
      ? placed.flatMap(({ scan, x }): Point[] => {
          const um = scan.thickness?.electrochemicalUm ?? null;
          return um === null ? [] : [[x, um]];
        })
      : [];
  const line = points.map(({ x, y }): Point => [x, y]);
  const logTimes = over === 'time' ? (project.state.cycling?.timeH ?? []) : [];
  const xs = [...points.map(({ x }) => x), ...logTimes];
  const y: Axis = {
    ...axisAround(
      [0, ...points.flatMap(({ y, off }) => [y - off, y + off]), ...expected.map(([, um]) => um)],
      most.y,
      0.08,
    ),
    name,
  };
  const x: Axis =
    over === 'time' ? timeAxis(project, xs, most.x) : { ...axisAround(xs, most.x), name: QUANTITIES.charge };
  const series = [
    plot.curve(expected, look.faintInk, 0.8, [2.4, 2]),
    plot.curve(line, colour, 1.2),
    plot.whiskers(
      points.filter(({ off }) => off > 0).map(({ x, y, off }) => ({ x, low: y - off, high: y + off })),
      colour,
    ),
    plot.marks(
      line,
      colour,
      4.6,
      points.map(({ open }) => open),
    ),
  ];
  const heightAt = (at: number): number | null => {
    const after = line.findIndex(([x]) => x >= at);
    if (after < 0 || over !== 'time') return null;
    const [to, from] = [line[after]!, line[Math.max(0, after - 1)]!];
    if (to[0] === at || from === to) return to[0] === at ? to[1] : null;
    return from[1] + ((at - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
  };
  return { x, y, series, colour, heightAt };
}

function drawn(
  { x, y, series, colour, heightAt }: Described,
  { area }: { area: CurvePlan['area'] },
  look: PlotLook,
): Drawing {
  const letters = look.size;
  const [width, height] = [area.width / look.unit, area.height / look.unit];
  const grid = {
    left: ROOM.left * letters,
    top: ROOM.top * letters,
    width: Math.max(1, width - (ROOM.left + ROOM.right) * letters),
    height: Math.max(1, height - (ROOM.top + ROOM.bottom) * letters),
  };
  const panel: Panel = { ...grid, x, y, series };
  const axes = chart([{ ...panel, series: [] }], area, look);
  const whole = chart([panel], area, look);
  const unit = look.unit;
  const plot = { left: grid.left * unit, top: grid.top * unit, width: grid.width * unit, height: grid.height * unit };
  return {
    axes,
    whole,
    plot,
    colour,
    heightAt: heightAt ?? (() => null),
    at: (px, py) => [
      plot.left + ((px - x.min) / (x.max - x.min)) * plot.width,
      plot.top + plot.height - ((py - y.min) / (y.max - y.min)) * plot.height,
    ],
  };
}

function chart(panels: readonly Panel[], { width, height }: CurvePlan['area'], look: PlotLook): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const made = init(canvas, null, { renderer: 'canvas', width, height, devicePixelRatio: 1 });
  const { grid, ...option } = plotter(look).option(panels);
  // The library would move the axes where a name is longer than its axis; the cursor would not follow.
  made.setOption({ ...option, grid: (grid as object[]).map((one) => ({ ...one, outerBoundsMode: 'none' })) });
  made.getZr().flush();
  const kept = document.createElement('canvas');
  [kept.width, kept.height] = [width, height];
  kept.getContext('2d')!.drawImage(canvas, 0, 0);
  made.dispose();
  return kept;
}

/** Draws a chart with its cursor: all of the curve faintly and what passed in full, or only what passed. */
export function paintCurve(
  plan: CurvePlan,
  { axes, whole, at, plot, heightAt, colour }: Drawing,
  on: CanvasRenderingContext2D,
  look: PlotLook,
): void {
  on.drawImage(axes, 0, 0);
  const { cursor, growing } = plan;
  if (cursor === null) {
    on.drawImage(whole, 0, 0);
    return;
  }
  const height = heightAt(plan.hours);
  const [x, y] = at(cursor, height ?? 0);
  if (!growing || plan.over !== 'time') {
    on.globalAlpha = plan.over === 'time' ? 0.35 : 1;
    on.drawImage(whole, 0, 0);
    on.globalAlpha = 1;
  }
  if (plan.over === 'time') {
    on.save();
    on.beginPath();
    on.rect(0, 0, Math.max(0, Math.min(x, plot.left + plot.width)), on.canvas.height);
    on.clip();
    on.drawImage(whole, 0, 0);
    on.restore();
  }
  if (x < plot.left - 1 || x > plot.left + plot.width + 1) return;
  on.strokeStyle = look.faintInk;
  on.lineWidth = 0.7 * look.unit;
  on.beginPath();
  on.moveTo(x, plot.top);
  on.lineTo(x, plot.top + plot.height);
  on.stroke();
  if (height === null) return;
  on.fillStyle = colour;
  on.strokeStyle = look.paper;
  on.lineWidth = 0.6 * look.unit;
  on.beginPath();
  on.arc(x, y, 2.6 * look.unit, 0, 2 * Math.PI);
  on.fill();
  on.stroke();
}
