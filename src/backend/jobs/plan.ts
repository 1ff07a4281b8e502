import { canonicalJson } from '../../core/canonical.ts';
import { badInput, Failure } from '../../core/failure.ts';
import type { Recipe } from '../../core/recipe.ts';
import type { Series } from '../../core/series.ts';
import { nearest } from '../../core/spelling.ts';
import type { Json, ResultRef, StepDefinition } from '../../core/step.ts';
import { sha256 } from '../../store/checksum.ts';

/** One step on one scan (or on the series), with the key of its result. */
export interface Task {
  step: StepDefinition;
  /** -1 for a step of the whole series. */
  scan: number;
  key: string;
  params: Json;
  /** Keys of the results it needs, by the step's own names for them. */
  needs: Record<string, string | string[]>;
  /** Fingerprints of the scans it reads, by index. */
  reads: Record<string, string>;
}

export interface PlanOptions {
  engine: string;
  /** Plan only this step and what it needs. */
  until?: string;
}

/**
 * Every task of a recipe, each after those it needs: steps in the order of the registry, scans in order. Excluded scans
 * have no tasks and are left out where a step needs the results of many. Throws a Failure: `usage` for an unknown
 * `until`, `input` where a step needs the result of an excluded scan, `internal` where steps need each other or a
 * parameter cannot be hashed.
 */
export function planTasks(
  steps: readonly StepDefinition[],
  series: Series,
  recipe: Recipe,
  { engine, until }: PlanOptions,
): Task[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const excluded = new Set(series.scans.filter(({ index }) => isExcluded(recipe, index)).map(({ index }) => index));
  const tasks = new Map<string, Task>();
  const underway = new Set<string>();

  const keyOf = (asker: StepDefinition, ref: ResultRef): string => {
    const step = byName.get(ref.step);
    if (!step) throw broken(`the step ${asker.name} needs ${ref.step}, which there is not`);
    const scan = step.scope === 'series' ? -1 : ref.scan;
    if (scan === undefined) throw broken(`the step ${asker.name} needs ${ref.step} without saying of which scan`);
    if (excluded.has(scan))
      throw badInput({
        what: 'Cannot run the recipe',
        at: `scans.${scan}.exclude`,
        why: `scan ${scan} is excluded, but the step ${asker.name} needs it`,
        whatToDo: 'Choose another reference or include the scan',
      });
    return add(step, scan).key;
  };

  const add = (step: StepDefinition, scan: number): Task => {
    const id = `${step.name} ${scan}`;
    const known = tasks.get(id);
    if (known) return known;
    if (underway.has(id)) throw broken(`the step ${step.name} needs itself`);
    underway.add(id);
    const needs: Task['needs'] = {};
    for (const [name, refs] of Object.entries(step.needs(recipe, series, scan)))
      needs[name] = Array.isArray(refs)
        ? refs.filter((ref) => ref.scan === undefined || !excluded.has(ref.scan)).map((ref) => keyOf(step, ref))
        : keyOf(step, refs);
    const reads: Task['reads'] = {};
    for (const index of step.reads(recipe, series, scan)) {
      const read = series.scans[index];
      if (!read) throw broken(`the step ${step.name} reads scan ${index}, which there is not`);
      reads[index] = read.fingerprint;
    }
    const params = step.params(recipe, series, scan);
    let material: string;
    try {
      material = canonicalJson(
        { step: step.name, version: step.version, scan, engine, params, needs, reads },
        step.name,
      );
    } catch (error) {
      throw new Failure('internal', {
        what: 'Cannot plan the run',
        why: `a parameter cannot be hashed: ${(error as Error).message}`,
        cause: error,
      });
    }
    // As the runner receives it: what JSON leaves out, the step does not see.
    const plain = JSON.parse(canonicalJson(params)) as Json;
    const task: Task = { step, scan, key: sha256(material), params: plain, needs, reads };
    tasks.set(id, task);
    return task;
  };

  if (until !== undefined && !byName.has(until)) {
    const meant = nearest(until, [...byName.keys()]);
    throw new Failure('usage', {
      what: 'Cannot run the recipe',
      at: '--until',
      why: `there is no step of the name ${until}`,
      whatToDo: meant ? `Did you mean ${meant}?` : `The steps are ${[...byName.keys()].join(', ')}`,
    });
  }
  for (const step of steps) {
    if (until !== undefined && step.name !== until) continue;
    if (step.scope === 'series') add(step, -1);
    else for (const { index } of series.scans) if (!excluded.has(index)) add(step, index);
  }
  return [...tasks.values()];
}

/** Whether the recipe leaves a scan out. */
export function isExcluded(recipe: Recipe, scan: number): boolean {
  return recipe.scans?.[String(scan)]?.exclude === true;
}

function broken(why: string): Failure {
  return new Failure('internal', { what: 'Cannot plan the run', why });
}
