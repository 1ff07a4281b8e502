import { AXES, type AxisName, type Box, type Triple } from '../geometry.ts';
import type { ElectrodeThickness } from '../results.ts';
import { roundAxis } from '../steps_1_2_5.ts';
import { mixedStands, sightOf, standOf } from './camera.ts';
import type { Instant } from './clock.ts';
import { type Mix, mixed, mixedList, valueAt } from './keys.ts';
import type { Area, LayerPlan, PanelPlan, PlanePlan } from './plan.ts';
import { axisAcross, crackOf, crackPlace, type MovieProject, shapeOf, stackOf, workingSide } from './project.ts';
import { readingAt } from './readings.ts';
import type { ClipChoice, LayerChoice, MapPanel, Panel, Shot, SlicePanel, VolumePanel } from './storyboard.ts';

/** The electrolyte is left out unless a storyboard wants its fog: what lies in it is to be seen. */
const OPACITY: LayerPlan['opacity'] = { collector: 1, lithium: 0.9, crack: 0.9, electrolyte: 0, lvf: 0.7, grey: 1 };
/** Of grey values drawn as a volume: what is bright is seen through. */
const GREY_VOLUME = 0.6;

/** What a panel shows, and where: all of it from its shot, the time within it and the projects. */
export interface PanelMoment {
  shot: Shot;
  seconds: number;
  instant: Instant;
  project: MovieProject;
  /** All of the movie's, for scales that panels share. */
  projects: readonly MovieProject[];
  area: Area;
}

export function panelPlan(panel: Panel, moment: PanelMoment): PanelPlan {
  const part = { id: panel.id, project: panel.project ?? 0, area: moment.area };
  const { seen, hours } = moment.instant;
  if (panel.kind === 'volume') return { ...part, kind: 'volume', seen, ...volumePart(panel, moment) };
  if (panel.kind === 'slice') return { ...part, kind: 'slice', seen, ...slicePart(panel, moment) };
  if (panel.kind === 'map') return { ...part, kind: 'map', seen, ...mapPart(panel, moment) };
  if (panel.kind === 'histogram') return { ...part, kind: 'histogram', scan: seen.scan };
  const { of, over = 'time', growing = false } = panel;
  const cursor = over === 'time' ? hours : readingAt(moment.project, hours).chargeMahCm2;
  return { ...part, kind: 'curve', of, over, growing, hours, cursor };
}

function volumePart(panel: VolumePanel, { seconds, project, area }: PanelMoment) {
  const aspect = area.width / area.height;
  const stands = panel.camera.map((key) => ({ ...key, value: standOf(key.value, project, aspect) }));
  const shape = shapeOf(project);
  const clips = panel.clip?.map(({ value, ...key }) => ({
    ...key,
    value:
      value === 'working' ? workingSide(project) : { min: voxels(value.min, shape), max: voxels(value.max, shape) },
  }));
  return {
    sight: sightOf(valueAt(stands, seconds, mixedStands), project),
    layers: layersAt(panel.layers, seconds, project, GREY_VOLUME),
    clip: clips ? valueAt(clips, seconds, mixedClips) : null,
    slices: panel.slices ? valueAt(panel.slices, seconds, mixedSlices) : {},
  };
}

const voxels = (shares: Triple, shape: Triple): Triple => shares.map((share, k) => share * shape[k]!) as Triple;
const mixedClips: Mix<ClipChoice> = (a, b, share) => ({
  min: mixedList(a.min, b.min, share),
  max: mixedList(a.max, b.max, share),
});
const mixedSlices: Mix<Partial<Record<AxisName, number>>> = (a, b, share) =>
  Object.fromEntries(
    AXES.flatMap((axis) => {
      const [from, to] = [a[axis], b[axis]];
      return from === undefined ? [] : [[axis, to === undefined ? from : mixed(from, to, share)]];
    }),
  );

/** Whether every scan shown has a layer. */
function everywhere(layer: 'phases' | 'lvf' | 'grey', { state }: MovieProject): boolean {
  return state.scans.every(({ excluded, layers }) => excluded !== null || layers.includes(layer));
}

function layersAt(keys: VolumePanel['layers'], seconds: number, project: MovieProject, grey = 1): LayerPlan {
  const show = everywhere('phases', project) ? 'phases' : 'grey';
  const whole = (choice: LayerChoice): LayerPlan => ({
    show: choice.show,
    opacity: { ...OPACITY, ...(choice.show === 'grey' ? { grey } : {}), ...choice.opacity },
    map: choice.map ?? (choice.show === 'grey' ? 'grey' : 'lvf'),
    window: choice.window ?? null,
  });
  const plans = (keys ?? [{ at: 0, value: { show } as LayerChoice }]).map((key) => ({
    ...key,
    value: whole(key.value),
  }));
  return valueAt(plans, seconds, mixedLayers);
}

const mixedLayers: Mix<LayerPlan> = (a, b, share) => ({
  ...a,
  opacity: Object.fromEntries(
    (Object.keys(a.opacity) as (keyof LayerPlan['opacity'])[]).map((name) => [
      name,
      mixed(a.opacity[name], b.opacity[name], share),
    ]),
  ) as LayerPlan['opacity'],
  window: a.window && b.window ? mixedList(a.window, b.window, share) : a.window,
});

/** The two axes of a plane, in z, y, x order. */
export function planeAxes(axis: AxisName): [number, number] {
  const across = AXES.indexOf(axis);
  return [0, 1, 2].filter((k) => k !== across) as [number, number];
}

/** Where a part of a plane lies in an area: as large as it fits, in the middle, or below its caption. */
function planePart(
  axis: AxisName,
  view: PlanePlan['view'],
  { area, project }: Pick<PanelMoment, 'area' | 'project'>,
  captioned: boolean,
): PlanePlan {
  const { voxelSizeUm } = project.state;
  const [down, along] = planeAxes(axis);
  const stack = stackOf(project);
  const turned = AXES.indexOf(stack.axis) === along;
  const sizes = [(view.max[0] - view.min[0]) * voxelSizeUm[down]!, (view.max[1] - view.min[1]) * voxelSizeUm[along]!];
  const [heightUm, widthUm] = (turned ? sizes.reverse() : sizes) as [number, number];
  const pixelsPerUm = Math.min(area.width / widthUm, area.height / heightUm);
  const width = Math.max(1, Math.round(widthUm * pixelsPerUm));
  const height = Math.max(1, Math.round(heightUm * pixelsPerUm));
  const image = {
    left: area.left + (captioned ? 0 : Math.floor((area.width - width) / 2)),
    top: area.top + (captioned ? 0 : Math.floor((area.height - height) / 2)),
    width,
    height,
  };
  const upward = AXES.indexOf(stack.axis) === (turned ? along : down) && stack.collectorEnd === 'low';
  return { view, image, turned, upward, pixelsPerUm };
}

function wholePlane(axis: AxisName, project: MovieProject): PlanePlan['view'] {
  const shape = shapeOf(project);
  const [down, along] = planeAxes(axis);
  return { min: [-0.5, -0.5], max: [shape[down]! - 0.5, shape[along]! - 0.5] };
}

/** How far beyond the middle of the analysis, as a share of its depth, lithium is met wherever it grows. */
const IN_LITHIUM = 0.06;

/** The plane that a slice shows unless told: through a crack, or where lithium grows, or through the middle. */
export function planeUnlessTold(
  axis: AxisName,
  project: MovieProject,
  which: number | 'first' | 'largest' = 'largest',
): number {
  const k = AXES.indexOf(axis);
  const crack = crackOf(which, project);
  const last = shapeOf(project)[k]! - 1;
  const place = crack ? crackPlace(crack)?.centre[k] : growth(axis, project);
  return Math.max(0, Math.min(last, Math.round(place ?? last / 2)));
}

function growth(axis: AxisName, project: MovieProject): number | undefined {
  const { analysis } = project.results.recipe.regions ?? {};
  const stack = stackOf(project);
  if (axis !== stack.axis || analysis?.kind !== 'cylinder' || analysis.axis !== axis) return undefined;
  const [low, high] = analysis.range;
  return (low + high) / 2 + (stack.collectorEnd === 'low' ? 1 : -1) * IN_LITHIUM * (high - low);
}

function slicePart(panel: SlicePanel, { seconds, project, area }: PanelMoment) {
  const axis = axisAcross(panel.axis, project);
  const told = panel.at && Math.round(valueAt(panel.at, seconds, mixed));
  const at = told ?? planeUnlessTold(axis, project, panel.through?.crack);
  const asked = panel.view && valueAt(panel.view, seconds, mixedViews);
  // Voxels told are whole ones, half open; the picture reaches to their edges.
  const view = asked
    ? { min: asked.min.map((n) => n - 0.5) as [number, number], max: asked.max.map((n) => n - 0.5) as [number, number] }
    : wholePlane(axis, project);
  const layers = panel.layers
    ? layersAt(panel.layers, seconds, project)
    : { ...layersAt(undefined, seconds, project), opacity: { ...OPACITY, collector: 0 } };
  return { axis, at, layers, ...planePart(axis, view, { area, project }, panel.caption !== undefined) };
}

const mixedViews: Mix<PlanePlan['view']> = (a, b, share) => ({
  min: mixedList(a.min, b.min, share),
  max: mixedList(a.max, b.max, share),
});

function mapPart(panel: MapPanel, { shot, project, projects, area }: PanelMoment) {
  const { electrode } = panel;
  const { axis } = stackOf(project);
  // All maps of an electrode beside each other have one scale.
  const beside = shot.panels.filter((one) => one.kind === 'map' && one.electrode === electrode);
  const of = [...new Set(beside.map((one) => projects[one.project ?? 0]!))];
  const limits = panel.limits ?? thicknessLimits(of, electrode);
  const map = panel.map ?? (limits[0] < 0 ? 'vik' : 'batlow');
  return {
    electrode,
    limits,
    map,
    ...planePart(axis, mapView(electrode, project), { area, project }, panel.caption !== undefined),
  };
}

/** What of the plane an electrode's map shows: around the region that it was reckoned in. */
function mapView(electrode: 'working' | 'counter', project: MovieProject): PlanePlan['view'] {
  const whole = wholePlane(stackOf(project).axis, project);
  const region = project.results.recipe.regions?.[electrode === 'working' ? 'analysis' : 'counter'];
  if (!region) return whole;
  const [down, along] = planeAxes(stackOf(project).axis);
  const [low, high] =
    region.kind === 'box'
      ? edges(region, down, along)
      : [region.center.map((c) => c - region.radius), region.center.map((c) => c + region.radius)];
  const room = 0.03 * Math.max(high[0]! - low[0]!, high[1]! - low[1]!);
  return {
    min: [0, 1].map((k) => Math.max(whole.min[k]!, low[k]! - room)) as [number, number],
    max: [0, 1].map((k) => Math.min(whole.max[k]!, high[k]! + room)) as [number, number],
  };
}

function edges({ min, max }: Box, down: number, along: number): [number[], number[]] {
  return [
    [min[down]! - 0.5, min[along]! - 0.5],
    [max[down]! - 0.5, max[along]! - 0.5],
  ];
}

/** Standard deviations that stand for nearly all columns where a histogram does not reach them. */
const NEARLY_ALL = 3;

/** The thickness under which a share of all columns of an electrode lies, µm. */
function quantile({ histogram, meanUm, stdUm }: ElectrodeThickness, share: number): number {
  if (!histogram) return meanUm ?? 0;
  const { rangeUm, counts, underflow, overflow } = histogram;
  const [low, high] = rangeUm;
  const all = counts.reduce((sum, count) => sum + count, underflow + overflow);
  const beyond = (sign: 1 | -1) => (meanUm ?? 0) + sign * NEARLY_ALL * (stdUm ?? 0);
  let passed = underflow;
  if (passed > share * all) return Math.min(low, beyond(-1));
  for (const [bin, count] of counts.entries()) {
    passed += count;
    if (passed >= share * all) return low + ((bin + 1) / counts.length) * (high - low);
  }
  return Math.max(high, beyond(1));
}

/** One scale for all scans of some projects: beyond all but 2 of 1000 columns; even about zero where lithium is lost. */
export function thicknessLimits(projects: readonly MovieProject[], electrode: 'working' | 'counter'): [number, number] {
  const known = projects.flatMap(({ results }) =>
    results.scans.flatMap(({ thickness }) => thickness?.[electrode] ?? []),
  );
  const most = Math.max(0, ...known.map((one) => quantile(one, 0.998)));
  const least = Math.min(0, ...known.map((one) => quantile(one, 0.002)));
  const span = Math.max(most, -least) || 1;
  const { max } = roundAxis(0, span, 8);
  return -least > 0.4 * most ? [-max, max] : [0, max];
}
