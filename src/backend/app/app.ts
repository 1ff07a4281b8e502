import { accessSync, constants, existsSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { basename, join } from 'node:path';
import { Hono } from 'hono';
import type { z } from 'zod';
import {
  type AppEvent,
  type ExportRequest,
  type Input,
  type Output,
  type ProcedureName,
  procedures,
} from '../../contract/app.ts';
import { Failure } from '../../contract/errors.ts';
import { checkFigure } from '../../contract/figure.ts';
import { checkAgainst } from '../../contract/recipe.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Json } from '../../core/step.ts';
import { shownBytes } from '../../core/units.ts';
import { note, recentCrash, reportCrash } from '../../log/index.ts';
import { createProject } from '../../store/create_project.ts';
import { Project } from '../../store/project.ts';
import { removeResults, usageOf } from '../project/clean.ts';
import { ANALYSIS, compute } from '../project/compute.ts';
import { demoPlaces, demoSeries } from '../project/demo.ts';
import { checkFolder } from '../project/folders.ts';
import { asFarAsWhole, resultsOf } from '../project/project_results.ts';
import { relinkNearby, relinkScans } from '../project/relink.ts';
import { scriptOf } from '../project/script.ts';
import type { Surroundings } from '../project/surroundings.ts';
import { version } from '../project/version.ts';
import { jsonOf } from './body.ts';
import { Config } from './config.ts';
import { draftsOf, seriesOfDrafts } from './drafts.ts';
import { Events } from './events.ts';
import { exported, exportedFile, exportsOf } from './exports.ts';
import { exportFigures, type FiguresExport, showFigure } from './figures.ts';
import { Jobs, type Task } from './jobs.ts';
import { measure } from './measure.ts';
import { checkMovie, type MovieExport, movieForms, placeOf, writeMovie } from './movies.ts';
import { preview } from './preview.ts';
import { type PreviewCells, previewCells } from './preview_cells.ts';
import { failed, json, Refusal } from './reply.ts';
import { Roots } from './roots.ts';
import { Session } from './session.ts';
import { browserWindows } from './stage/browser.ts';
import { builtPage, type StageDoor, type StageWindows } from './stage/window.ts';
import { Works } from './stage/works.ts';
import { staticFile } from './static.ts';
import { templates } from './templates.ts';
import { thicknessMap } from './thickness_map.ts';
import { voxelRoutes } from './voxels/routes.ts';
import { layerInfo } from './voxels/source.ts';
import { pick, profile } from './voxels/values.ts';

export interface AppOptions {
  /** Where recent projects, settings and roots are kept; see `userFolder`. */
  config: string;
  /** Folders that may be looked into from the start. */
  roots: readonly string[];
  /** The built window. */
  renderer: string;
  /** What the desktop's main process says to be heard where no window may: `grant`. Null in a browser. */
  desktop?: string | null;
  threads?: number;
  /** URL of the module that exports the steps; the analysis unless told. */
  registry?: string;
  /** Hears which project is open now. */
  onProject?(path: string | null): void;
  /** Where a demonstration goes that is told no folder. */
  demoFolder?: string;
  /** The address of a page of this host, good for one visit: where frames are drawn. */
  visit?(page: string): string;
  /** What frames are drawn in; the system's browser unless told. */
  windows?: StageWindows;
}

/** The app: answers every request of a window, and holds the open project. */
export interface App {
  /** `bindings`: the request as Node's server has it, where there is one. */
  fetch(request: Request, bindings?: object): Promise<Response>;
  /** Opens a project that the command line names, and its folder with it. */
  open(path: string): Promise<void>;
  /** Path of the open project. */
  readonly project: string | null;
  /** Ends what runs, closes the project and every stream. */
  close(): Promise<void>;
}

/** Part of the demonstration's time that writing its series takes. */
const WRITING = 0.3;
const CRASH_IS_NEWS_MS = 60_000;
/** Faults of the window that one host writes down. */
const MOST_FAULTS = 10;
/** While steps come in, their results are shown no more often. */
const TELL_PROJECT_MS = 500;

export const DESKTOP_HEADER = 'x-tomolapse-desktop';

/** What could not be done, where the failure itself does not say. */
const WORDS: Partial<Record<ProcedureName, string>> = {
  open: 'Cannot open the project',
  create: 'Cannot create the project',
  setRecipe: 'Cannot change the project',
  unused: 'Cannot look for unused results',
  clean: 'Cannot remove unused results',
  undo: 'Cannot take the change back',
  redo: 'Cannot make the change again',
  setWorkspace: 'Cannot keep how the window is left',
  storyboards: 'Cannot read the storyboards',
  setStoryboards: 'Cannot keep the storyboard',
  figures: 'Cannot read the figures',
  setFigures: 'Cannot keep the figure',
  export: 'Cannot export',
  previewCells: 'Cannot show the second cell',
  figurePreview: 'Cannot draw the figure',
  resume: 'Cannot go on with the export',
  movieForms: 'Cannot ask how movies can be written',
  exports: 'Cannot list what was exported',
  setSettings: 'Cannot keep the settings',
  results: 'Cannot read the results',
  layer: 'Cannot show the layer',
  pick: 'Cannot read the values',
  profile: 'Cannot read the values',
  preview: 'Cannot show the scan',
  list: 'Cannot list the folder',
};

type Answer<N extends ProcedureName> = Output<N> | Promise<Output<N>>;
type Checked<N extends ProcedureName> = z.output<(typeof procedures)[N]['input']>;
type Handlers = { [N in ProcedureName]: (input: Checked<N>, request: Request) => Answer<N> };

export async function createApp(options: AppOptions): Promise<App> {
  return new Application(options, await Config.read(options.config));
}

class Application implements App {
  readonly #options: AppOptions;
  readonly #config: Config;
  readonly #roots = new Roots();
  readonly #threads: number;
  readonly #events = new Events(() => this.#snapshot());
  readonly #jobs = new Jobs((job) => this.#events.tell({ kind: 'job', job }));
  readonly #routes = new Hono();
  readonly #works: Works;
  #session: Session | null = null;
  /** What the window's preview of a movie shows besides the project. */
  #cells: PreviewCells | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #crashTold = false;
  #faults = 0;

  constructor(options: AppOptions, config: Config) {
    this.#options = options;
    this.#config = config;
    this.#threads = options.threads ?? availableParallelism();
    this.#works = new Works(this.#threads);
    this.#roots.grant([...options.roots, ...config.roots()]);
    for (const { path, exists } of config.recent()) if (exists) this.#roots.allow(path);
    this.#define();
  }

  get project(): string | null {
    return this.#session?.project.directory ?? null;
  }

  async fetch(request: Request, bindings?: object): Promise<Response> {
    return await this.#routes.fetch(request, bindings);
  }

  async open(path: string): Promise<void> {
    this.#roots.allow(path);
    await this.#inTurn(() => this.#open(existsSync(path) ? this.#roots.within(path) : path));
  }

  async close(): Promise<void> {
    this.#events.close();
    await this.#inTurn(() => this.#close());
  }

  #define(): void {
    const handlers = this.#handlers();
    this.#routes.onError((error) => failed(error, 'Cannot do that'));
    this.#routes.get('/api/events', ({ req }) =>
      this.#events.stream(req.header('last-event-id') ?? req.query('last') ?? null, req.raw.signal),
    );
    this.#routes.route(
      '/',
      voxelRoutes(() => this.#opened(), this.#threads),
    );
    this.#routes.route('/', this.#works.routes);
    this.#routes.post('/api/held/snapshot', async ({ req }) => json(await this.#held(req.raw, heldSnapshot)));
    this.#routes.post('/api/held/verify', async ({ req }) =>
      json(await this.#held(req.raw, (project) => project.verify(req.raw.signal))),
    );
    this.#routes.get('/api/map/:scan{[0-9]+}/:electrode{working|counter}', async ({ req }) => {
      const { project } = this.#opened();
      const analysed = { results: await resultsOf(asFarAsWhole(project)), directory: project.directory };
      return await thicknessMap(analysed, req.param('scan'), req.param('electrode'));
    });
    this.#routes.get('/api/jobs/:id/preview', ({ req }) => this.#preview(req.param('id')));
    this.#routes.get('/api/exports/:name', ({ req }) =>
      exportedFile(this.#opened().project.directory, req.param('name')),
    );
    this.#routes.post('/api/:name', async ({ req }) => {
      const name = req.param('name');
      if (!Object.hasOwn(procedures, name)) throw noRoute(req.path);
      const known = name as ProcedureName;
      const input = checked(known, await jsonOf(req.raw));
      const handler = handlers[known] as (input: unknown, request: Request) => Promise<unknown>;
      try {
        return json(await handler(input, req.raw));
      } catch (error) {
        return failed(error, WORDS[known] ?? 'Cannot do that');
      }
    });
    this.#routes.all('/api/*', ({ req }) => {
      throw noRoute(`${req.method} ${req.path}`);
    });
    this.#routes.get('*', ({ req }) => staticFile(this.#options.renderer, req.path));
    this.#routes.notFound(({ req }) => failed(noRoute(`${req.method} ${req.path}`), ''));
  }

  #handlers(): Handlers {
    const session = () => this.#opened();
    return {
      state: () => ({
        version: version(),
        project: this.#session?.state() ?? null,
        recent: this.#config.recent(),
        settings: this.#config.settings,
        roots: this.#roots.list(),
        jobs: this.#jobs.list(),
        change: this.#jobs.change,
        crash: this.#tellCrash(),
      }),
      report: (fault) => ({ file: this.#reportFault(fault) }),
      list: ({ path }) => this.#roots.entries(path),
      grant: async ({ paths }, request) => {
        const { desktop } = this.#options;
        if (!desktop || request.headers.get(DESKTOP_HEADER) !== desktop)
          throw new Refusal(
            403,
            new Failure('usage', { what: 'Cannot open the folder', why: 'only a dialog of the desktop can do that' }),
          );
        this.#roots.grant(paths);
        await this.#config.addRoots(paths);
        return {};
      },
      inspect: async (asked) => {
        const paths = await Promise.all(asked.paths.map((path) => this.#roots.withinWhole(path)));
        const [times, cycling] = [asked.times, asked.cycling ?? null].map((path) => path && this.#roots.within(path));
        return await draftsOf({ ...asked, paths, times: times ?? null, cycling: cycling ?? null });
      },
      preview: (asked) => preview({ ...asked, path: this.#roots.within(asked.path) }),
      create: (asked) => this.#inTurn(() => this.#create(asked)),
      open: ({ path }) => this.#inTurn(() => this.#open(this.#roots.within(path))),
      close: () => this.#inTurn(() => this.#close()),
      demo: ({ folder }) => this.#demo(folder),
      run: ({ until }) => {
        const open = session();
        return this.#jobs.start({
          kind: 'analysis',
          title: 'Analysis',
          alone: true,
          work: (around) => this.#compute(this.#still(open), until, around),
        });
      },
      cancel: ({ job }) => {
        this.#jobs.cancel(job);
        return {};
      },
      resume: ({ job }) => this.#resume(job),
      unused: async (_, { signal }) => {
        const { unused, kept } = await usageOf(session().project, this.#registry, signal);
        return { unused: { results: unused.length, bytes: unused.reduce((sum, { bytes }) => sum + bytes, 0) }, kept };
      },
      clean: () => this.#clean(session()),
      relink: ({ folder }) => this.#inTurn(() => this.#relink(this.#roots.within(folder))),
      setRecipe: ({ recipe }) => {
        const { project, contents } = session();
        checkAgainst(recipe as Recipe, contents.series, project.directory);
        return this.#changing(() => project.setRecipe(recipe as Recipe));
      },
      storyboards: async () => ({
        own: session().project.storyboards(),
        templates: await templates('storyboards'),
      }),
      setStoryboards: ({ changes }) =>
        this.#changingPlans((project) => project.setStoryboards(changes as Record<string, Json>)),
      figures: async () => ({ own: session().project.figures(), templates: await templates('figures') }),
      setFigures: ({ changes }) =>
        this.#changingPlans((project) => project.setFigures(changes as Record<string, Json>)),
      export: (asked) => this.#export(session(), asked),
      previewCells: ({ other, logos }) => this.#inTurn(() => this.#previewCells(session(), other, logos)),
      figurePreview: ({ name, layout, other, stills }, { signal }) => {
        const path = other === null ? null : this.#roots.within(other);
        const places = { other: path, threads: this.#threads, door: stills ? () => this.stage : null };
        return showFigure({ name, layout }, session().project, places, signal);
      },
      movieForms: () => movieForms(this.#config.settings.ffmpeg ?? null),
      exports: async () => {
        const { directory } = session().project;
        return { folder: exportsOf(directory), files: await exported(directory) };
      },
      undo: () => this.#changing(({ project }) => project.undo()),
      redo: () => this.#changing(({ project }) => project.redo()),
      script: async () => ({ text: await scriptOf(session().project) }),
      setSettings: async (change) => {
        const settings = await this.#config.setSettings(change);
        this.#events.tell({ kind: 'settings', settings });
        return settings;
      },
      workspace: () => ({ state: this.#session ? this.#session.project.workspace() : this.#config.workspace() }),
      setWorkspace: async ({ state }) => {
        // In a project that is only read it stays until it is closed.
        if (this.#session) this.#session.project.setWorkspace(state);
        else await this.#config.setWorkspace(state);
        return {};
      },
      results: () => resultsOf(asFarAsWhole(session().project)),
      layer: async ({ scan, layer }) => await layerInfo(await session().layer(scan, layer)),
      pick: (asked) => pick(session(), asked, this.#threads),
      profile: (asked) => profile(session(), asked, this.#threads),
      measure: (asked, { signal }) => measure(session(), asked, this.#threads, signal),
    };
  }

  /** Where movies and stills are drawn. */
  get stage(): StageDoor {
    const { visit, windows = browserWindows, renderer } = this.#options;
    return { works: this.#works, visit: visit!, windows, page: builtPage(renderer) };
  }

  async #previewCells({ project }: Session, other: string | null, logos: string | null) {
    this.#endPreview();
    const within = (path: string | null) => (path === null ? null : this.#roots.within(path));
    const places = { other: within(other), logos: within(logos) };
    this.#cells = await previewCells(this.#works, project, places, this.#threads);
    return { id: this.#cells.id };
  }

  #endPreview(): void {
    this.#cells?.end();
    this.#cells = null;
  }

  #preview(job: string): Response {
    const picture = this.#jobs.preview(job);
    if (!picture) throw noRoute(`the preview of the job ${job}`);
    return new Response(picture.bytes, { headers: { 'content-type': picture.type, 'cache-control': 'no-store' } });
  }

  #opened(): Session {
    if (this.#session) return this.#session;
    throw new Failure('usage', { what: 'Cannot do that', why: 'no project is open', whatToDo: 'Open a project first' });
  }

  /** The project that work was asked for, now that its turn has come. */
  #still(session: Session): Session {
    if (this.#session === session) return session;
    throw new Failure('usage', { what: 'Cannot go on', why: 'the project was closed meanwhile' });
  }

  /** One change of what is open after another. */
  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #open(path: string) {
    if (this.#session?.project.directory === path) return this.#session.state();
    const next = new Session(held(path), this.#threads);
    try {
      if (!next.project.readOnly) await relinkNearby(next.project);
      next.state();
    } catch (error) {
      next.close();
      throw error;
    }
    await this.#close();
    this.#session = next;
    await this.#show(next);
    this.#recallUnfinished(next);
    return this.#tellProject(next);
  }

  /** A host that was killed leaves a plan that is done in part. */
  #recallUnfinished({ project, contents }: Session): void {
    for (const { id, request } of project.exports()) this.#recallExport(id, request as unknown as ExportRequest);
    const planned = [...contents.planned.values()];
    const done = planned.filter((result) => result.done).length;
    if (done === planned.length) return;
    const name = basename(project.directory).replace(/\.tomolapse$/i, '');
    this.#jobs.recall({
      id: `unfinished ${project.directory}`,
      kind: 'analysis',
      title: 'Analysis',
      fraction: done / planned.length,
      message: `The last analysis of ${name} did not finish: ${done} of ${planned.length} results are there, whole. Run it again to go on from them.`,
    });
  }

  #recallExport(id: string, asked: ExportRequest): void {
    const title = titleOf(asked);
    this.#jobs.recall({
      id,
      kind: asked.kind,
      title,
      resumable: true,
      message: `${title} was not finished: the host ended meanwhile. What was done is kept; it can go on from there.`,
    });
  }

  async #show({ project }: Session): Promise<void> {
    note('project.open', { path: project.directory, scans: project.series().scans.length });
    await this.#config.addRecent(project.directory);
    this.#options.onProject?.(project.directory);
  }

  async #close(): Promise<Record<string, never>> {
    await this.#jobs.stop();
    this.#endPreview();
    const session = this.#session;
    this.#session = null;
    if (!session) return {};
    note('project.close', { path: session.project.directory });
    session.close();
    this.#options.onProject?.(null);
    this.#events.tell({ kind: 'project', project: null });
    return {};
  }

  async #create(asked: Checked<'create'>) {
    const path = this.#roots.within(/\.tomolapse$/i.test(asked.path) ? asked.path : `${asked.path}.tomolapse`);
    const scans = await Promise.all(
      asked.scans.map(async (draft) => ({ ...draft, path: await this.#roots.withinWhole(draft.path) })),
    );
    const cycling = asked.cycling === null ? null : this.#roots.within(asked.cycling);
    await checkFolder(join(path, '..'), 'Cannot create the project');
    const { signal } = new AbortController();
    await createProject(path, (objects) =>
      seriesOfDrafts({ ...asked, scans, cycling } as Input<'create'>, objects, signal),
    );
    return await this.#open(path);
  }

  async #relink(folder: string) {
    const session = this.#opened();
    const outcome = await relinkScans(session.project, folder);
    session.changed();
    return { project: this.#tellProject(session), ...outcome };
  }

  #demo(folder: string | null) {
    const place = folder === null ? this.#demoFolder() : this.#roots.within(folder);
    const work = async (around: Surroundings) => {
      await demoSeries(place, { size: 'medium', seed: 1 }, this.#threads, part(around, 0, WRITING));
      around.signal.throwIfAborted();
      const session = this.#session;
      const { project } = demoPlaces(place);
      this.#roots.allow(project);
      // `#open` would wait for this very job.
      if (session?.project.directory !== project) {
        session?.close();
        this.#session = new Session(held(project), this.#threads);
        await this.#show(this.#session);
        this.#tellProject(this.#session);
      }
      await this.#compute(this.#session!, null, part(around, WRITING, 1));
    };
    return this.#jobs.start({ kind: 'demo', title: 'Demo project', alone: true, work });
  }

  /** The report of the host before this one, where it ended by itself just now: told once. */
  #tellCrash(): string | null {
    const report = this.#crashTold ? null : recentCrash('host', CRASH_IS_NEWS_MS);
    this.#crashTold = true;
    return report;
  }

  /** Writes down a fault of the window, of which there may be many in a row. */
  #reportFault({ message, stack }: Checked<'report'>): string | null {
    if (++this.#faults > MOST_FAULTS) return null;
    const fault = new Error(message);
    fault.stack = stack;
    return reportCrash(fault, { project: this.project }, 'window');
  }

  #clean(open: Session) {
    const work = async (around: Surroundings) => {
      const { project } = this.#still(open);
      const { unused } = await usageOf(project, this.#registry, around.signal);
      const { results, bytes } = await removeResults(project, unused, around);
      around.notice(`Removed ${results} unused ${results === 1 ? 'result' : 'results'}: ${shownBytes(bytes)}`);
    };
    return this.#jobs.start({ kind: 'clean', title: 'Removal of unused results', alone: true, work });
  }

  get #registry(): string {
    return this.#options.registry ?? ANALYSIS;
  }

  /** Goes on with an export that an earlier host did not end. */
  #resume(job: string) {
    const open = this.#opened();
    const asked = open.project.exports().find(({ id }) => id === job);
    if (!asked)
      throw new Failure('usage', {
        what: 'Cannot go on with the export',
        why: 'it has ended, or another project is open',
      });
    const again = this.#export(open, asked.request as unknown as ExportRequest);
    open.project.endExport(job);
    this.#jobs.forget(job);
    return again;
  }

  /** Begins an export; the project remembers it until it has ended, so that one that was killed can go on. */
  #export(session: Session, asked: ExportRequest) {
    const { project } = session;
    const other = asked.other === null ? null : this.#roots.within(asked.other);
    const task =
      asked.kind === 'movie' ? this.#movieTask(project, asked, other) : this.#figuresTask(project, asked, other);
    const job = this.#jobs.start({
      ...task,
      kind: asked.kind,
      title: titleOf(asked),
      work: async (around) => {
        this.#still(session);
        await task.work(around);
      },
      ended: (state, closing) => {
        if (!(closing && state === 'cancelled')) project.endExport(job.id);
      },
    });
    project.beginExport(job.id, asked as unknown as Json);
    return job;
  }

  #movieTask(project: Project, asked: MovieExport, other: string | null): Pick<Task, 'file' | 'work'> {
    const file = placeOf(project.directory, asked.file, this.#roots);
    const logos = asked.logos === null ? null : this.#roots.within(asked.logos);
    checkMovie(asked);
    const { ffmpeg = null } = this.#config.settings;
    const places = { file, other, logos, ffmpeg, threads: this.#threads };
    return { file, work: async (around) => void (await writeMovie(asked, project, places, around, this.stage)) };
  }

  #figuresTask(project: Project, asked: FiguresExport, other: string | null): Pick<Task, 'file' | 'work'> {
    const folder = asked.folder === null ? exportsOf(project.directory) : this.#roots.within(asked.folder);
    for (const { name, layout } of asked.figures) checkFigure(layout, name);
    const places = { other, threads: this.#threads, door: () => this.stage };
    return {
      file: join(folder, `${asked.figures[0]!.name}.${asked.forms[0]!}`),
      work: async (around) => void (await exportFigures(asked, project, folder, places, around)),
    };
  }

  #demoFolder(): string {
    return this.#options.demoFolder ?? join(homedir(), 'tomolapse-demo');
  }

  /** Runs the recipe of the open project; results show as they come. */
  async #compute(session: Session, until: string | null, around: Surroundings): Promise<void> {
    let task = -1;
    let told = 0;
    const shown = (now = performance.now()) => {
      if (this.#session !== session) return;
      told = now;
      session.changed();
      this.#tellProject(session);
    };
    try {
      await compute(
        session.project,
        {
          registry: this.#registry,
          recipePath: null,
          threads: this.#threads,
          memoryBytes: this.#config.settings.memoryMiB * 2 ** 20,
          ...(until === null ? {} : { until }),
        },
        {
          ...around,
          progress: (state) => {
            around.progress(state);
            const begun = (state as { task?: number } | null)?.task ?? task;
            if (begun === task || performance.now() - told < TELL_PROJECT_MS) return;
            task = begun;
            shown();
          },
        },
      );
    } finally {
      shown();
    }
  }

  #changing(change: (session: Session) => unknown) {
    const session = this.#opened();
    change(session);
    session.changed();
    session.plansChanged();
    return this.#tellProject(session);
  }

  #changingPlans(change: (project: Project) => void) {
    const session = this.#opened();
    change(session.project);
    session.plansChanged();
    return this.#tellProject(session);
  }

  #tellProject(session: Session) {
    const project = session.state();
    this.#events.tell({ kind: 'project', project });
    return project;
  }

  /** Everything that events would have told. */
  #snapshot(): AppEvent[] {
    return [
      { kind: 'project', project: this.#session?.state() ?? null },
      { kind: 'settings', settings: this.#config.settings },
      ...this.#jobs.list().map((job): AppEvent => ({ kind: 'job', job })),
    ];
  }

  /** What the command line asks about a project that this host holds. */
  async #held<T>(request: Request, answer: (project: Project) => T | Promise<T>): Promise<T> {
    const { path } = checked('open', await jsonOf(request));
    const { project } = this.#opened();
    if (project.directory === path) return await answer(project);
    throw new Failure('usage', {
      what: 'Cannot ask about the project',
      path,
      why: `the host has ${basename(project.directory)} open`,
    });
  }
}

function titleOf(asked: ExportRequest): string {
  if (asked.kind === 'movie') return `Movie ${basename(asked.file)}`;
  return asked.figures.length === 1 ? `Figure ${asked.figures[0]!.name}` : `${asked.figures.length} figures`;
}

/** A project, held for the window; where its folder cannot be written, to be read alone. */
function held(path: string): Project {
  return new Project(path, { command: 'serve', writes: canBeWritten(path) });
}

function canBeWritten(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    // What is not there is told by whoever opens it.
    return !existsSync(path);
  }
}

/** The surroundings of a part of the work: its progress goes from `from` to `to` of the whole. */
function part(around: Surroundings, from: number, to: number): Surroundings {
  return {
    ...around,
    progress: (state) => around.progress(state && { ...state, fraction: from + (to - from) * state.fraction }),
  };
}

/** What stands in the database of a project: with it and the stored results everything can be read. */
export function heldSnapshot(project: Project) {
  const [series, recipe, planned] = [project.series(), project.recipe(), project.plannedResults()];
  const [figures, storyboards, origins] = [project.figures(), project.storyboards(), project.origins()];
  return { series, recipe, planned, figures, storyboards, origins };
}

function checked<N extends ProcedureName>(name: N, input: unknown): Checked<N> {
  const parsed = procedures[name].input.safeParse(input);
  if (parsed.success) return parsed.data as Checked<N>;
  const [issue] = parsed.error.issues;
  throw new Failure('usage', {
    what: `Cannot take the message ${name}`,
    at: issue!.path.join('.'),
    why: issue!.message.charAt(0).toLowerCase() + issue!.message.slice(1),
  });
}

function noRoute(path: string): Refusal {
  return new Refusal(404, new Failure('usage', { what: 'Cannot answer', why: `there is nothing at ${path}` }));
}
