import { z } from 'zod';
import { COLOUR_MAPS, type ColourMapName } from '../core/colour_maps.ts';
import { badInput, type Failure } from '../core/failure.ts';
import { AXES } from '../core/geometry.ts';
import { axisAcross, crackOf, hoursOf, type MovieProject, shapeOf, shownScans } from '../core/movie/project.ts';
import type { CellPlace, Moment, Overlay, Panel, Shot, Storyboard } from '../core/movie/storyboard.ts';
import { firstFault, parseDocument, placeOf } from './issues.ts';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const pair = z.tuple([z.number(), z.number()]);
const positive = z.number().positive();
const share = z.number().min(0).max(1);
const shares = z.tuple([share, share, share]);
const seconds = z.number().nonnegative();
const text = z.string().max(500);
const mapName = z.enum(Object.keys(COLOUR_MAPS) as [ColourMapName, ...ColourMapName[]]);

const crack = z.union([z.int(), z.enum(['first', 'largest'])], {
  error: 'must be the number of a crack, "first" or "largest"',
});
const ofCrack = z.strictObject({ crack });

const moment = z.union(
  [
    z.enum(['start', 'end']),
    z.strictObject({ scan: z.int().nonnegative() }),
    z.strictObject({ hours: z.number() }),
    z.strictObject({ charge: z.number() }),
    ofCrack,
  ],
  { error: 'must be "start", "end" or an object with one of scan, hours, charge, crack' },
);

/** Of a union's own issues only the unknown kind has words of its own. */
const kinds =
  (...names: string[]) =>
  (issue: { code?: string | undefined }) =>
    issue.code === 'invalid_union' ? `must be ${names.map((name) => `"${name}"`).join(' or ')}` : undefined;

const time = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('hold'), at: moment }),
    z.strictObject({ kind: z.literal('play'), from: moment, to: moment, hoursPerSecond: positive.exactOptional() }),
    z.strictObject({ kind: z.literal('scans'), from: moment, to: moment }),
  ],
  { error: kinds('hold', 'play', 'scans') },
);

const ease = z.enum(['linear', 'smooth', 'in', 'out', 'hold']);
const keys = <T extends z.ZodType>(value: T) =>
  z.array(z.strictObject({ at: seconds, value, ease: ease.exactOptional() })).min(1);

const camera = z.strictObject({
  target: z.union([z.enum(['cell', 'working']), ofCrack, z.strictObject({ um: triple })], {
    error: 'must be "cell", "working" or an object with one of crack, um',
  }),
  azimuth: z.number(),
  elevation: z.number().min(-90).max(90),
  distance: positive,
  projection: z.enum(['perspective', 'orthographic']).exactOptional(),
});
const opacity = share.exactOptional();
const layers = z.strictObject({
  show: z.enum(['phases', 'lvf', 'grey']),
  opacity: z
    .strictObject({
      collector: opacity,
      lithium: opacity,
      crack: opacity,
      electrolyte: opacity,
      lvf: opacity,
      grey: opacity,
    })
    .exactOptional(),
  map: mapName.exactOptional(),
  window: pair.exactOptional(),
});
const clip = z.union([z.literal('working'), z.strictObject({ min: shares, max: shares })], {
  error: 'must be "working" or an object with min and max',
});
const voxel = z.number().nonnegative().exactOptional();

const panelPlace = {
  id: z.string().min(1).max(80),
  rect: z.tuple([share, share, share.positive(), share.positive()]),
  project: z.int().nonnegative().exactOptional(),
  caption: text.exactOptional(),
};
const panel = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('volume'),
      ...panelPlace,
      camera: keys(camera),
      layers: keys(layers).exactOptional(),
      clip: keys(clip).exactOptional(),
      slices: keys(z.strictObject({ z: voxel, y: voxel, x: voxel })).exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('slice'),
      ...panelPlace,
      axis: z.enum(['z', 'y', 'x', 'stack', 'side']),
      at: keys(z.number().nonnegative()).exactOptional(),
      through: ofCrack.exactOptional(),
      view: keys(z.strictObject({ min: pair, max: pair })).exactOptional(),
      layers: keys(layers).exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('map'),
      ...panelPlace,
      electrode: z.enum(['working', 'counter']),
      limits: pair.exactOptional(),
      map: mapName.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('curve'),
      ...panelPlace,
      of: z.enum(['voltage', 'current', 'charge', 'thickness', 'crackVolume']),
      over: z.enum(['time', 'charge']).exactOptional(),
      growing: z.boolean().exactOptional(),
    }),
    z.strictObject({ kind: z.literal('histogram'), ...panelPlace }),
  ],
  { error: kinds('volume', 'slice', 'map', 'curve', 'histogram') },
);

const place = z.union([ofCrack, z.strictObject({ voxel: triple })], {
  error: 'must be an object with one of crack, voxel',
});
const overlayPlace = {
  panel: z.string().exactOptional(),
  place: z
    .enum(['top-left', 'top', 'top-right', 'left', 'middle', 'right', 'bottom-left', 'bottom', 'bottom-right'])
    .exactOptional(),
  size: z.number().min(0.005).max(0.5).exactOptional(),
  from: seconds.exactOptional(),
  to: seconds.exactOptional(),
};
const NUMBERS = ['time', 'charge', 'current', 'voltage', 'scan'] as const;
const LENGTHS = ['scaleBar', 'axes'] as const;
const COLOURS = ['colourBar', 'legend'] as const;
const TEXTS = ['title', 'caption'] as const;
const overlay = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.enum(NUMBERS), ...overlayPlace }),
    z.strictObject({ kind: z.enum(LENGTHS), ...overlayPlace }),
    z.strictObject({ kind: z.enum(COLOURS), ...overlayPlace }),
    z.strictObject({ kind: z.enum(TEXTS), ...overlayPlace, text }),
    z.strictObject({ kind: z.literal('logo'), ...overlayPlace, file: z.string().min(1), height: share.positive() }),
    z.strictObject({
      kind: z.literal('arrow'),
      ...overlayPlace,
      panel: z.string(),
      at: place,
      text: text.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('oval'),
      ...overlayPlace,
      panel: z.string(),
      around: place,
      radiusUm: positive,
      colour: z
        .string()
        .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour as "#rrggbb"' })
        .exactOptional(),
    }),
  ],
  { error: kinds(...NUMBERS, ...LENGTHS, ...COLOURS, ...TEXTS, 'logo', 'arrow', 'oval') },
);

const shot = z.strictObject({
  name: text.exactOptional(),
  seconds: positive.max(3600),
  transition: z.strictObject({ kind: z.literal('fade'), seconds: positive }).exactOptional(),
  time,
  between: z.enum(['hold', 'fade', 'interpolate']).exactOptional(),
  panels: z.array(panel).min(1),
  overlays: z.array(overlay).exactOptional(),
});

const side = z.int().min(16).max(8192);

/** A storyboard; a field that is not listed is an error. Agrees with `Storyboard` (storyboard.test.ts). */
export const storyboardSchema = z.strictObject({
  version: z.literal(1),
  title: text.exactOptional(),
  size: z.tuple([side, side]).exactOptional(),
  fps: z.number().min(1).max(240).exactOptional(),
  theme: z.enum(['dark', 'light']).exactOptional(),
  align: z.enum(['time', 'charge']).exactOptional(),
  shots: z.array(shot).min(1),
  overlays: z.array(overlay).exactOptional(),
});

const WHAT = 'Cannot use the storyboard';

/** A storyboard from the text of its file; `path` is named in errors. Throws a Failure `input` with the first place that is wrong. */
export function parseStoryboard(content: string, path: string): Storyboard {
  return checkStoryboard(parseDocument(content, 'storyboard', path), path);
}

/** `parseStoryboard` for a document that is already parsed. Throws also where the storyboard names what it does not have. */
export function checkStoryboard(document: unknown, path: string): Storyboard {
  const parsed = storyboardSchema.safeParse(document);
  if (!parsed.success) throw firstFault(parsed.error.issues, { what: WHAT, path, schema: storyboardSchema, document });
  const storyboard: Storyboard = parsed.data;
  new Check(storyboard, path).names();
  return storyboard;
}

/**
 * Checks a storyboard against the projects that it is for, the first one's series giving the time: scans, cracks, charges and layers
 * that it names are there. Throws a Failure `input` with the place.
 */
export function checkStoryboardAgainst(storyboard: Storyboard, projects: readonly MovieProject[], path: string): void {
  new Check(storyboard, path).against(projects);
}

type Path = readonly PropertyKey[];

class Check {
  readonly #storyboard: Storyboard;
  readonly #path: string;

  constructor(storyboard: Storyboard, path: string) {
    this.#storyboard = storyboard;
    this.#path = path;
  }

  #refuse(at: Path, why: string, whatToDo?: string): Failure {
    return badInput({ what: WHAT, path: this.#path, at: placeOf(at), why, ...(whatToDo ? { whatToDo } : {}) });
  }

  #shots(): [Shot, Path][] {
    return this.#storyboard.shots.map((shot, k) => [shot, ['shots', k]]);
  }

  /** What can be told without a series. */
  names(): void {
    for (const [shot, at] of this.#shots()) {
      const ids = new Set<string>();
      for (const [k, panel] of shot.panels.entries()) {
        const own = [...at, 'panels', k];
        if (ids.has(panel.id)) throw this.#refuse([...own, 'id'], `another panel of the shot is named ${panel.id}`);
        ids.add(panel.id);
        this.#keysInOrder(panel, own);
        const [x, y, width, height] = panel.rect;
        if (x + width > 1 + 1e-9 || y + height > 1 + 1e-9)
          throw this.#refuse(
            [...own, 'rect'],
            'the panel reaches out of the picture',
            'Keep x + width and y + height at most 1',
          );
      }
      const known = [...ids].map((id) => `"${id}"`).join(', ');
      for (const [k, one] of (shot.overlays ?? []).entries())
        if (one.panel !== undefined && !ids.has(one.panel))
          throw this.#refuse([...at, 'overlays', k, 'panel'], `the shot's panels are ${known}`);
    }
    const everywhere = new Set(this.#storyboard.shots.flatMap(({ panels }) => panels.map(({ id }) => id)));
    for (const [k, one] of (this.#storyboard.overlays ?? []).entries())
      if (one.panel !== undefined && !everywhere.has(one.panel))
        throw this.#refuse(['overlays', k, 'panel'], `no shot has a panel of the name ${one.panel}`);
  }

  #keysInOrder(panel: Panel, at: Path): void {
    for (const [field, value] of Object.entries(panel)) {
      if (!Array.isArray(value) || typeof value[0] !== 'object') continue;
      const times = (value as { at: number }[]).map((key) => key.at);
      const late = times.findIndex((time, k) => k > 0 && time <= times[k - 1]!);
      if (late > 0)
        throw this.#refuse(
          [...at, field, late, 'at'],
          'it must be later than the key before',
          'Put the keys in order of time',
        );
    }
  }

  against(projects: readonly MovieProject[]): void {
    const [first] = projects;
    if (!first) throw new Error('a movie needs a project');
    if (shownScans(first).length === 0) throw this.#refuse([], 'the project has no scan to show');
    for (const [shot, at] of this.#shots()) {
      const { time } = shot;
      if (time.kind === 'hold') this.#moment(time.at, first, [...at, 'time', 'at']);
      else {
        const from = this.#moment(time.from, first, [...at, 'time', 'from']);
        const to = this.#moment(time.to, first, [...at, 'time', 'to']);
        if (to < from) throw this.#refuse([...at, 'time', 'to'], 'it lies before "from"');
      }
      for (const [k, panel] of shot.panels.entries()) this.#panel(panel, projects, [...at, 'panels', k]);
      for (const [k, one] of (shot.overlays ?? []).entries()) {
        const panel = shot.panels.find(({ id }) => id === one.panel);
        this.#overlay(one, panel, projects, [...at, 'overlays', k]);
      }
    }
    for (const [k, one] of (this.#storyboard.overlays ?? []).entries()) {
      const panels = this.#storyboard.shots.flatMap((shot) => shot.panels);
      this.#overlay(
        one,
        panels.find(({ id }) => id === one.panel),
        projects,
        ['overlays', k],
      );
    }
  }

  #moment(moment: Moment, project: MovieProject, at: Path): number {
    if (typeof moment === 'object' && 'crack' in moment) this.#crack(moment.crack, project, [...at, 'crack']);
    const hours = hoursOf(moment, project);
    if (hours !== null) return hours;
    if (typeof moment === 'object' && 'scan' in moment) {
      const there = shownScans(project).map(({ index }) => index);
      throw this.#refuse([...at, 'scan'], `the series shows the scans ${there.join(', ')}`);
    }
    if (typeof moment === 'object' && 'charge' in moment) {
      const log = project.state.cycling?.chargeMahCm2;
      if (!log)
        throw this.#refuse(
          [...at, 'charge'],
          'the project has no charge',
          'It needs a cycling log and the electrode’s area',
        );
      const most = Math.max(...log).toPrecision(4);
      throw this.#refuse([...at, 'charge'], `the cell never reaches ${moment.charge} mAh cm⁻²; the most is ${most}`);
    }
    throw this.#refuse(at, 'the series has no such moment: the scan is left out');
  }

  #crack(which: number | 'first' | 'largest', project: MovieProject, at: Path): void {
    if (crackOf(which, project)) return;
    const there = project.results.cracks.map(({ id }) => id);
    const why =
      there.length === 0
        ? `no crack was found in ${project.state.name}`
        : `the cracks of ${project.state.name} are ${there.join(', ')}`;
    throw this.#refuse(at, why, there.length === 0 ? 'Choose a storyboard without cracks' : undefined);
  }

  #project(panel: Panel, projects: readonly MovieProject[], at: Path): MovieProject {
    const { project = 0 } = panel;
    const found = projects[project];
    if (found) return found;
    const second = project === 1 ? 'Name the other one with --with' : `There are ${projects.length}`;
    throw this.#refuse([...at, 'project'], `the movie has no project ${project}`, second);
  }

  #panel(panel: Panel, projects: readonly MovieProject[], at: Path): void {
    const project = this.#project(panel, projects, at);
    const scans = project.state.scans.filter(({ excluded }) => excluded === null);
    if (panel.kind === 'volume') {
      for (const [k, { value }] of panel.camera.entries())
        if (typeof value.target === 'object' && 'crack' in value.target)
          this.#crack(value.target.crack, project, [...at, 'camera', k, 'value', 'target', 'crack']);
    }
    if (panel.kind === 'volume' || panel.kind === 'slice')
      for (const [k, { value }] of (panel.layers ?? []).entries()) {
        const without = scans.find(({ layers: there }) => !there.includes(value.show));
        if (without)
          throw this.#refuse(
            [...at, 'layers', k, 'value', 'show'],
            `${without.name} of ${project.state.name} has no ${value.show}`,
            without.missing ? 'Find its files with relink' : 'Run the analysis first',
          );
      }
    if (panel.kind === 'slice') {
      const axis = axisAcross(panel.axis, project);
      const most = shapeOf(project)[AXES.indexOf(axis)]!;
      if (panel.through) this.#crack(panel.through.crack, project, [...at, 'through', 'crack']);
      for (const [k, { value }] of (panel.at ?? []).entries())
        if (value > most - 1)
          throw this.#refuse([...at, 'at', k, 'value'], `the cell has the planes 0 to ${most - 1} along ${axis}`);
    }
    if (panel.kind === 'map' || panel.kind === 'histogram') {
      const electrode = panel.kind === 'map' ? panel.electrode : 'working';
      const there = project.results.scans.some(({ thickness }) => thickness?.[electrode]);
      if (!there)
        throw this.#refuse(
          at,
          `${project.state.name} has no thickness at the ${electrode} electrode`,
          'Run the analysis first',
        );
    }
    if (panel.kind === 'curve') this.#curve(panel.of, panel.over ?? 'time', project, at);
  }

  #curve(of: string, over: string, { state, results }: MovieProject, at: Path): void {
    const charged = state.cycling?.chargeMahCm2;
    if ((of === 'voltage' || of === 'current') && !state.cycling)
      throw this.#refuse([...at, 'of'], `${state.name} has no cycling log`);
    if ((of === 'charge' || over === 'charge') && !charged)
      throw this.#refuse(
        [...at, of === 'charge' ? 'of' : 'over'],
        `${state.name} has no charge`,
        'It needs a cycling log and the electrode’s area',
      );
    if (of === 'thickness' && !results.scans.some(({ thickness }) => thickness?.working))
      throw this.#refuse([...at, 'of'], `${state.name} has no thickness`, 'Run the analysis first');
    if (of === 'crackVolume' && !results.scans.some(({ cracks }) => cracks))
      throw this.#refuse([...at, 'of'], `cracks were not sought in ${state.name}`, 'Run the analysis first');
  }

  #overlay(one: Overlay, panel: Panel | undefined, projects: readonly MovieProject[], at: Path): void {
    const project = panel ? this.#project(panel, projects, at) : projects[0]!;
    if (one.kind === 'arrow' || one.kind === 'oval') {
      if (panel && panel.kind !== 'volume' && panel.kind !== 'slice')
        throw this.#refuse([...at, 'panel'], `a ${panel.kind} has no places of the cell`, 'Name a volume or a slice');
      const field = one.kind === 'arrow' ? 'at' : 'around';
      this.#place(one.kind === 'arrow' ? one.at : one.around, project, [...at, field]);
    }
    if (one.kind === 'scaleBar' || one.kind === 'axes') {
      if (!one.panel) throw this.#refuse(at, `${one.kind} needs a panel`, 'Name a volume, a slice or a map');
      if (panel && (panel.kind === 'curve' || panel.kind === 'histogram'))
        throw this.#refuse([...at, 'panel'], `a ${panel.kind} has no lengths`, 'Name a volume, a slice or a map');
    }
    if (one.kind === 'colourBar' || one.kind === 'legend') {
      if (!one.panel) throw this.#refuse(at, `${one.kind} needs a panel`);
    }
  }

  #place(at: CellPlace, project: MovieProject, path: Path): void {
    if ('crack' in at) {
      this.#crack(at.crack, project, [...path, 'crack']);
      return;
    }
    const shape = shapeOf(project);
    if (at.voxel.some((value, k) => value < -0.5 || value > shape[k]! - 0.5))
      throw this.#refuse([...path, 'voxel'], `it lies outside the volume (z, y, x: ${shape.join(' × ')} voxels)`);
  }
}

/** Parts that figures have too. */
export { camera as cameraSchema, layers as layersSchema, mapName, moment as momentSchema, place as cellPlaceSchema };
