import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Cracks, readCrackVoxels } from '../../analysis/cracks/index.ts';
import { blockInView } from '../../analysis/frame.ts';
import type { Layers } from '../../analysis/layers/index.ts';
import type { Lvf } from '../../analysis/lvf/index.ts';
import { MAXIMA_VOLUME, PHASES_VOLUME, PYRAMID_VOLUME, type PyramidResult } from '../../analysis/pyramid/index.ts';
import { baseScan } from '../../analysis/reference.ts';
import type { Registration } from '../../analysis/register/index.ts';
import { readOwners, type Tracks } from '../../analysis/track/index.ts';
import type { AppScan, ProjectState } from '../../contract/app.ts';
import { Failure } from '../../contract/errors.ts';
import type { Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Scan, Series } from '../../core/series.ts';
import type { StepResult } from '../../core/step.ts';
import type { View } from '../../engine/volume.ts';
import type { PlannedResult, Project } from '../../store/project.ts';
import type { ProjectContents } from '../project/project_results.ts';
import { shownCycling } from './cycling.ts';
import { Refusal } from './reply.ts';
import { greyLayer, type Placement, viewOfFile } from './voxels/grey.ts';
import type { LayerName, LayerSource } from './voxels/source.ts';
import { lvfLayer, maximaOf, phasesLayer } from './voxels/stored.ts';

/** What is read of a project once after each of its changes. */
interface Contents {
  series: Series;
  recipe: Recipe;
  planned: Map<string, PlannedResult>;
}

/** A project that is shown; where it is only read there is nothing to undo, and nothing to close. */
export type ReadProject = ProjectContents & Partial<Pick<Project, 'reach' | 'readOnly' | 'close'>>;

/** A project as it is now, whatever is changed later: what is read of its results stays. */
export function asItIs(project: ProjectContents): ReadProject {
  const [series, recipe, planned] = [project.series(), project.recipe(), project.plannedResults()];
  const { directory, objects } = project;
  return { directory, objects, series: () => series, recipe: () => recipe, plannedResults: () => planned };
}

/** The open project, held for as long as the window shows it, and its layers as they can be drawn. */
export class Session<P extends ReadProject = Project> {
  readonly project: P;
  readonly #threads: number;
  #contents: Contents | null = null;
  /** Numbers go on from host to host, so that nothing kept by a window passes for new. */
  #revision = Date.now();
  #plans = Date.now();
  readonly #results = new Map<string, StepResult>();
  readonly #layers = new Map<string, Promise<LayerSource>>();
  readonly #views = new Map<string, View>();
  #state: ProjectState | null = null;
  /** The cracks' voxels of one scan, by their place in the view. */
  #owners: { key: string; of: Map<number, number> } | null = null;
  #cycling: { of: string; shown: ProjectState['cycling'] } | null = null;

  constructor(project: P, threads: number) {
    this.project = project;
    this.#threads = threads;
  }

  /** To be called after every change of the project or its results. */
  changed(): void {
    this.#contents = null;
    this.#state = null;
    this.#revision++;
  }

  /** To be called after every change of storyboards or figures: nothing else is read anew. */
  plansChanged(): void {
    this.#state = null;
    this.#plans++;
  }

  get contents(): Contents {
    this.#contents ??= {
      series: this.project.series(),
      recipe: this.project.recipe(),
      planned: new Map(this.project.plannedResults().map((result) => [`${result.step} ${result.scan}`, result])),
    };
    return this.#contents;
  }

  state(): ProjectState {
    this.#state ??= this.#read();
    return this.#state;
  }

  /** The file of a scan, mapped once. */
  view(index: number): View {
    const scan = this.scan(index);
    let view = this.#views.get(scan.fingerprint);
    if (!view) this.#views.set(scan.fingerprint, (view = viewOfFile(scan)));
    return view;
  }

  #read(): ProjectState {
    const { series, recipe, planned } = this.contents;
    const distrusted = this.project.objects.distrusted();
    const damaged = new Set<number>();
    for (const { scan, step, key, done } of planned.values())
      if (done && (distrusted.has(key) || !this.#available(() => this.result(step, scan)))) damaged.add(scan);
    const reference = baseScan(recipe);
    const area = recipe.electrodes?.working?.areaMm2 ?? series.workingAreaMm2;
    // The log itself never changes; while steps come in, thinning it again and again would be most of the work.
    const of = `${reference} ${area}`;
    if (this.#cycling?.of !== of) this.#cycling = { of, shown: shownCycling(series, series.scans[reference], area) };
    return {
      path: this.project.directory,
      name: basename(this.project.directory).replace(/\.tomolapse$/i, ''),
      voxelSizeUm: series.voxelSizeUm,
      scans: series.scans.map((scan) => this.#shown(scan, recipe, damaged.has(scan.index) || damaged.has(-1))),
      reference,
      cycling: this.#cycling.shown,
      recipe: recipe as ProjectState['recipe'],
      plans: this.#plans,
      ...(this.project.reach?.() ?? { canUndo: false, canRedo: false }),
      readOnly: this.project.readOnly ?? false,
      revision: this.#revision,
    };
  }

  scan(index: number): Scan {
    const scan = this.contents.series.scans[index];
    if (!scan)
      throw new Refusal(404, new Failure('usage', { what: 'Cannot show the scan', why: `there is no scan ${index}` }));
    return scan;
  }

  /** The result of a step in the last run, null where it is not there (yet). Throws a Failure where it is damaged. */
  result<R>(step: string, scan = -1): StepResult<R> | null {
    const planned = this.contents.planned.get(`${step} ${scan}`);
    if (!planned?.done) return null;
    const known = this.#results.get(planned.key) ?? this.project.objects.read(planned.key);
    // One that is gone comes back with the next run.
    if (known) this.#results.set(planned.key, known);
    return known as StepResult<R> | null;
  }

  /** How a scan lies over the reference's grid; null where it has not been registered. */
  placement(scan: number): Placement | null {
    const [register, layers] = [this.result<Registration>('register', scan), this.result<Layers>('layers')];
    if (!register?.value.matrix || !layers) return null;
    return { key: register.key, shape: layers.value.shape, matrix: register.value.matrix };
  }

  /** Throws a Refusal 404 where there is no such layer. */
  async layer(index: number, name: LayerName): Promise<LayerSource> {
    const scan = this.scan(index);
    if (name === 'grey') {
      const placement = this.placement(index);
      return await this.#once(`grey ${index} ${scan.fingerprint} ${placement?.key}`, () =>
        greyLayer(scan, this.view(index), placement, this.#threads),
      );
    }
    if (name === 'lvf') {
      const lvf = this.#lvf(index);
      if (!lvf) throw missing(`${scan.name} has no lithium volume fraction yet`);
      const path = join(lvf.directory, lvf.value.volume!);
      return await this.#once(`lvf ${lvf.key}`, () => lvfLayer(lvf.key, path, lvf.value.countsPerUnit, this.#threads));
    }
    const [phases, pyramid] = [this.result('phases', index), this.result('pyramid', index)];
    if (!phases || !pyramid) throw missing(`${scan.name} has no phase fractions yet`);
    return await this.#once(`phases ${pyramid.key}`, () =>
      phasesLayer(pyramid.key, join(phases.directory, PHASES_VOLUME), join(pyramid.directory, PYRAMID_VOLUME)),
    );
  }

  async maxima(index: number) {
    const pyramid = this.result<PyramidResult>('pyramid', index);
    if (!pyramid) throw missing(`${this.scan(index).name} has no phase fractions yet`);
    return { key: pyramid.key, cell: pyramid.value.cell, ...(await maximaOf(pyramid.directory, MAXIMA_VOLUME)) };
  }

  /** The crack that a voxel of the reference's grid belongs to in a scan. */
  crackAt(index: number, at: Triple): number | null {
    const [tracks, cracks, layers] = [
      this.result<Tracks>('track'),
      this.result<Cracks>('cracks', index),
      this.result<Layers>('layers'),
    ];
    if (!tracks || !cracks || !layers) return null;
    const key = `${tracks.key} ${cracks.key}`;
    // Of one scan at a time: that is where one points.
    if (this.#owners?.key !== key) this.#owners = { key, of: ownersOf(cracks, readOwners(tracks, index)) };
    const { slice, column, columns } = blockInView(at, layers.value);
    return this.#owners.of.get(slice * columns + column) ?? null;
  }

  close(): void {
    this.#layers.clear();
    this.#views.clear();
    this.project.close?.();
  }

  #shown(scan: Scan, recipe: Recipe, damaged: boolean): AppScan {
    const choice = recipe.scans?.[String(scan.index)];
    const there = isThere(scan);
    const layers: AppScan['layers'] = there ? ['grey'] : [];
    if (this.#available(() => this.#lvf(scan.index))) layers.push('lvf');
    if (this.#available(() => this.result('phases', scan.index) && this.result('pyramid', scan.index)))
      layers.push('phases');
    return {
      index: scan.index,
      name: scan.name,
      path: scan.path,
      shape: this.placement(scan.index)?.shape ?? scan.source.shape,
      type: scan.source.type,
      startH: scan.startH,
      timeH: scan.timeH,
      endH: scan.endH,
      excluded: choice?.exclude ? (choice.reason ?? '') : null,
      missing: !there,
      damaged,
      layers,
    };
  }

  /** A damaged result is told when it is asked for; the rest of the project can be shown. */
  #available(look: () => unknown): boolean {
    try {
      return Boolean(look());
    } catch {
      return false;
    }
  }

  #lvf(index: number): StepResult<Lvf> | null {
    const lvf = this.result<Lvf>('lvf', index);
    return lvf?.value.volume ? lvf : null;
  }

  #once(key: string, make: () => Promise<LayerSource>): Promise<LayerSource> {
    let layer = this.#layers.get(key);
    if (!layer) {
      layer = make();
      this.#layers.set(key, layer);
      layer.catch(() => this.#layers.delete(key));
    }
    return layer;
  }
}

/** Whether the first and the last file of a scan are there: thousands of slices are not asked one by one. */
function isThere({ source: { segments } }: Scan): boolean {
  return [segments[0], segments.at(-1)].every((segment) => segment === undefined || existsSync(segment.path));
}

function ownersOf(cracks: StepResult<Cracks>, owners: Uint16Array | null): Map<number, number> {
  const { index } = readCrackVoxels(cracks);
  const of = new Map<number, number>();
  owners?.forEach((id, row) => {
    of.set(index[row]!, id);
  });
  return of;
}

function missing(why: string): Refusal {
  return new Refusal(
    404,
    new Failure('input', { what: 'Cannot show the layer', why, whatToDo: 'Run the analysis first' }),
  );
}
