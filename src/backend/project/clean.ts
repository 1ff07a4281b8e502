import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isFailure } from '../../core/failure.ts';
import type { StepDefinition } from '../../core/step.ts';
import { engineBuild } from '../../engine/build.ts';
import type { Project } from '../../store/project.ts';
import { planTasks } from '../jobs/plan.ts';
import type { Surroundings } from './surroundings.ts';

/** Results and the bytes that they take. */
export interface Amount {
  results: number;
  bytes: number;
}

/** A stored result that nothing refers to. */
export interface UnusedResult {
  key: string;
  bytes: number;
  /** What it is of, where its manifest is whole: a step, and a scan or -1. */
  step: string | null;
  scan: number | null;
}

export interface Usage {
  unused: UnusedResult[];
  kept: Amount;
}

/** Larger JSON in the folder of exports is no record of this program. */
const MOST_RECORD_BYTES = 2 ** 24;
const RECORDS_DEPTH = 3;
const IS_KEY = /^[0-9a-f]{64}$/;

/**
 * Which stored results nothing refers to: not the last run, no recipe that undo or redo leads to (as this engine computes
 * it), no record in the folder of exports, and no scan that was brought in. `registry` is the URL of the module that
 * exports the steps.
 */
export async function usageOf(project: Project, registry: string, signal?: AbortSignal): Promise<Usage> {
  const used = await usedKeys(project, registry);
  const usage: Usage = { unused: [], kept: { results: 0, bytes: 0 } };
  for (const key of project.objects.keys()) {
    signal?.throwIfAborted();
    if (!IS_KEY.test(key)) continue;
    const bytes = await project.objects.bytesOf(key);
    if (used.has(key)) {
      usage.kept.results++;
      usage.kept.bytes += bytes;
      continue;
    }
    const made = project.objects.provenance(key);
    usage.unused.push({ key, bytes, step: made?.step ?? null, scan: made?.scan ?? null });
  }
  return usage;
}

/** Removes results, each whole or not at all; one that is needed once more is computed again. Returns what was removed. */
export async function removeResults(
  project: Project,
  unused: readonly UnusedResult[],
  { signal, progress }: Pick<Surroundings, 'signal' | 'progress'>,
): Promise<Amount> {
  const removed: Amount = { results: 0, bytes: 0 };
  for (const { key, bytes } of unused) {
    signal.throwIfAborted();
    progress({ fraction: removed.results / unused.length, title: 'Removing unused results', secondsLeft: null });
    await project.objects.remove(key);
    removed.results++;
    removed.bytes += bytes;
  }
  await project.objects.sweep();
  progress(null);
  return removed;
}

async function usedKeys(project: Project, registry: string): Promise<Set<string>> {
  const series = project.series();
  const used = new Set([
    ...project.plannedResults().map(({ key }) => key),
    ...series.scans.flatMap((scan) => project.broughtIn(scan) ?? []),
    ...(await recordedKeys(join(project.directory, 'exports'), RECORDS_DEPTH)),
  ]);
  const { steps } = (await import(registry)) as { steps: StepDefinition[] };
  const engine = engineBuild();
  for (const { recipe, ...areas } of project.reachable())
    try {
      for (const { key } of planTasks(steps, { ...series, ...areas }, recipe, { engine })) used.add(key);
    } catch (error) {
      // A recipe that cannot be run has no results.
      if (!isFailure(error)) throw error;
    }
  return used;
}

/** Keys of the results that exported files were made from, as their records name them. */
async function recordedKeys(folder: string, depth: number): Promise<string[]> {
  const keys: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) keys.push(...(await recordedKeys(path, depth - 1)));
    if (!entry.isFile() || !entry.name.endsWith('.json') || (await stat(path)).size > MOST_RECORD_BYTES) continue;
    keys.push(...keysIn(await readFile(path, 'utf8')));
  }
  return keys;
}

function keysIn(text: string): string[] {
  try {
    const record = JSON.parse(text) as { projects?: { results?: Record<string, string[]> }[] };
    return (record.projects ?? []).flatMap(({ results }) => Object.values(results ?? {}).flat());
  } catch {
    // Not every JSON that lies there is a record.
    return [];
  }
}
