import type { AppEvent, Input, Job, ProjectState, Settings } from '../../contract/app.ts';
import { resultsSchema } from '../../contract/results.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Results } from '../../core/results.ts';
import { call, isHostError } from '../host/call.ts';
import { listen } from '../host/events.ts';
import { tell, tellError } from './notices.ts';
import { runningJobs, useSession } from './session.ts';

/** Reads everything anew. */
export async function refresh(): Promise<void> {
  const { project, crash, change, ...rest } = await call('state', {});
  const { jobs: known } = useSession.getState();
  const unknown = known.filter(({ id }) => !rest.jobs.some((job) => job.id === id));
  // Begun after the host gave this answer.
  const begun = unknown.filter((job) => job.change > change);
  const lost = runningJobs(unknown).find((job) => !begun.includes(job));
  useSession.setState({ ...rest, jobs: [...rest.jobs.map((job) => newer(job, known)), ...begun], ready: true });
  if (crash) tell('warning', `The host failed and was started again: ${keptIn(crash)}`);
  if (lost) tell('error', whyLost(lost, rest.jobs));
  await takeProject(project);
}

/** Where what went wrong is written down. */
function keptIn(file: string): string {
  return `what happened is written down in ${file}, on this machine only.`;
}

/** Tells of a fault of this window, and where it was written down. */
export function tellFault(error: unknown, file: string | null): void {
  const { message } = error as Error;
  if (isHostError(error)) tellError(error);
  else tell('error', `Something in this window went wrong: ${message}.${file ? ` W${keptIn(file).slice(1)}` : ''}`);
}

/** Work ends with its host; the next one knows how far it came. */
function whyLost({ title }: Job, jobs: readonly Job[]): string {
  const told = jobs.find((job) => job.title === title && job.state === 'failed')?.message;
  return told ?? `${title} was interrupted: its host ended. Start it again; what was done stays.`;
}

/** Starts to listen; returns what ends it. */
export function connect(): () => void {
  return listen(takeEvent, (live) => {
    const wasLive = useSession.getState().live;
    useSession.setState({ live });
    if (!live && wasLive) window.setTimeout(() => void askWhy(), PATIENCE_MS);
    // Read once events come: what happens before they do would be in neither.
    if (live) void refresh().catch(tellError);
  });
}

const PATIENCE_MS = 2500;

/** A host that was started anew turns this window away: that is told, as waiting would not help. */
async function askWhy(): Promise<void> {
  if (useSession.getState().live) return;
  await refresh().catch((error) => {
    if (isHostError(error) && error.code === 'unknown') tellError(error);
  });
}

function takeEvent(event: AppEvent): void {
  if (event.kind === 'job') takeJob(event.job);
  else if (event.kind === 'settings') useSession.setState({ settings: event.settings });
  else void takeProject(event.project);
}

/** A job as it is told now, or as it is known where an event has overtaken the answer that tells of it. */
function newer(job: Job, known: readonly Job[]): Job {
  const before = known.find(({ id }) => id === job.id);
  return before && before.change > job.change ? before : job;
}

export function takeJob(job: Job): void {
  const { jobs } = useSession.getState();
  const before = jobs.find(({ id }) => id === job.id);
  if (newer(job, jobs) !== job) return;
  useSession.setState({ jobs: [...jobs.filter(({ id }) => id !== job.id), job] });
  if (before?.state !== 'running' || job.state === 'running') return;
  if (job.state === 'failed') tell('error', job.message ?? `${job.title}: it failed.`);
  if (job.state === 'done') tell('done', job.message ?? `${job.title}: done.`);
}

/** A project of the host; its results are read where they may have changed. */
export async function takeProject(project: ProjectState | null): Promise<void> {
  const { project: before, results } = useSession.getState();
  if (!project) {
    useSession.setState({ project: null, results: null });
    return;
  }
  const same = before?.path === project.path;
  if (same && before.revision > project.revision) return;
  useSession.setState({ project, ...(same ? {} : { results: null }) });
  if (!same || before.revision !== project.revision || !results) await readResults(project.path);
}

async function readResults(path: string): Promise<void> {
  try {
    const results = resultsSchema.safeParse(await call('results', {}));
    if (useSession.getState().project?.path !== path) return;
    useSession.setState({ results: results.success ? (results.data as Results) : null });
  } catch (error) {
    tellError(error);
  }
}

/** Runs what may fail and tells of it; null where it failed. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    tellError(error);
    return null;
  }
}

export async function openProject(path: string): Promise<boolean> {
  const project = await attempt(() => call('open', { path }));
  if (project) await takeProject(project);
  return project !== null;
}

/** Throws where it could not be created: the page that asks keeps what was typed. */
export async function createProject(input: Input<'create'>): Promise<void> {
  await takeProject(await call('create', input));
}

export async function closeProject(): Promise<void> {
  if ((await attempt(() => call('close', {}))) === null) return;
  await attempt(refresh);
}

export async function openDemo(): Promise<void> {
  const job = await attempt(() => call('demo', { folder: null }));
  if (job) takeJob(job);
}

export async function runAnalysis(until: string | null = null): Promise<void> {
  const job = await attempt(() => call('run', { until }));
  if (job) takeJob(job);
}

export async function cancelJob(job: string): Promise<void> {
  await attempt(() => call('cancel', { job }));
}

/** Goes on with an export that an earlier host did not end. */
export async function resumeJob(id: string): Promise<void> {
  const job = await attempt(() => call('resume', { job: id }));
  if (!job) return;
  useSession.setState(({ jobs }) => ({ jobs: jobs.filter((one) => one.id !== id) }));
  takeJob(job);
}

export async function undo(): Promise<void> {
  const project = await attempt(() => call('undo', {}));
  if (project) await takeProject(project);
}

export async function redo(): Promise<void> {
  const project = await attempt(() => call('redo', {}));
  if (project) await takeProject(project);
}

export async function setRecipe(recipe: Recipe): Promise<void> {
  const project = await attempt(() => call('setRecipe', { recipe: recipe as Input<'setRecipe'>['recipe'] }));
  if (project) await takeProject(project);
}

export async function setSettings(change: Partial<Settings>): Promise<void> {
  const settings = await attempt(() => call('setSettings', change));
  if (settings) useSession.setState({ settings });
}
