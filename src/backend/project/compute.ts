import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkAgainst, parseRecipe } from '../../contract/recipe.ts';
import { asFailure, isFailure } from '../../core/failure.ts';
import { engineBuild } from '../../engine/build.ts';
import type { Project } from '../../store/project.ts';
import { type RunSummary, runProject } from '../jobs/run.ts';
import { relinkNearby } from './relink.ts';
import { reopen } from './scans.ts';
import type { Surroundings } from './surroundings.ts';
import { version } from './version.ts';

export interface ComputeOptions {
  /** URL of the module that exports the steps. */
  registry: string;
  /** A recipe's file to use from now on; null for the project's own. */
  recipePath: string | null;
  until?: string;
  threads: number;
  memoryBytes: number;
}

/** The analysis of this program. */
export const ANALYSIS = new URL('../../analysis/index.ts', import.meta.url).href;

/** Brings a project up to date: looks for changed scans, checks the recipe, runs what is missing. */
export async function compute(project: Project, options: ComputeOptions, around: Surroundings): Promise<RunSummary> {
  try {
    return await computed(project, options, around);
  } catch (error) {
    if (around.signal.aborted && !isFailure(error)) throw error;
    throw asFailure(error, 'Cannot run the recipe', project.directory);
  }
}

async function computed(
  project: Project,
  { recipePath, ...options }: ComputeOptions,
  { signal, notice, progress }: Surroundings,
): Promise<RunSummary> {
  const asked = recipePath === null ? null : parseRecipe(await readText(recipePath), recipePath);
  for (const name of await relinkNearby(project)) notice(`note: ${name} had been moved; it was found by its voxels`);
  for (const name of await project.refreshScans(reopen)) notice(`warning: ${name} has changed since it came in`);
  const recipe = asked ?? project.recipe();
  checkAgainst(recipe, project.series(), recipePath ?? project.directory);
  if (asked) project.setRecipe(asked);
  return await runProject(project, recipe, {
    ...options,
    runner: { script: fileURLToPath(new URL('../../cli/main.ts', import.meta.url)), args: ['run-step'], node: node() },
    engine: engineBuild(),
    software: version(),
    mendScans: () => project.refreshScans(reopen),
    signal,
    onProgress: progress,
    onNotice: (line) => notice(`warning: ${line}`),
  });
}

/** The Node that runs steps: this one, or the program's own where this is Electron's. */
function node(): string {
  if (!process.versions['electron']) return process.execPath;
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return fileURLToPath(new URL(`../../../node_modules/node/bin/${program}`, import.meta.url));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw asFailure(error, 'Cannot read the recipe', path);
  }
}
