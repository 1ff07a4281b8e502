import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../core/recipe.ts';
import type { Series } from '../../core/series.ts';
import type { StepDefinition } from '../../core/step.ts';
import { steps } from './fixtures/steps.ts';
import { planTasks, type Task } from './plan.ts';

function seriesOf(fingerprints: string[]): Series {
  return {
    voxelSizeUm: [1, 1, 1],
    cycling: null,
    workingAreaMm2: null,
    counterAreaMm2: null,
    scans: fingerprints.map((fingerprint, index) => ({
      index,
      name: `scan_${index}`,
      path: `/scans/${index}.tif`,
      fingerprint,
      source: { segments: [], shape: [1, 1, 1], type: 'uint8', bigEndian: false },
      startH: null,
      timeH: null,
      endH: null,
    })),
  };
}

const series = seriesOf(['a', 'b', 'c']);
const plan = (recipe: Recipe = {}, of = series, engine = 'e1', all = steps) => planTasks(all, of, recipe, { engine });
const named = (tasks: Task[]) => tasks.map(({ step, scan }) => `${step.name} ${scan}`);
const keys = (tasks: Task[]) => Object.fromEntries(tasks.map(({ step, scan, key }) => [`${step.name} ${scan}`, key]));

/** Names of the tasks whose keys differ between two plans. */
function changed(a: Task[], b: Task[]): string[] {
  const [before, after] = [keys(a), keys(b)];
  return Object.keys(after).filter((name) => before[name] !== after[name]);
}

test('every task stands after those it needs', () => {
  expect(named(plan())).toEqual([
    'measure 0',
    'measure 1',
    'measure 2',
    'compare 0',
    'compare 1',
    'compare 2',
    'sum -1',
  ]);
  expect(named(plan({}, series, 'e1', steps.toReversed())).slice(0, 2)).toEqual(['measure 0', 'compare 0']);
});

describe('a key', () => {
  test('is the same for the same plan', () => {
    expect(keys(plan())).toEqual(keys(plan()));
    expect(new Set(Object.values(keys(plan()))).size).toBe(7);
  });

  test('changes with a parameter, for the step and what needs it', () => {
    expect(changed(plan(), plan({ denoise: { gaussianSigma: 2 } }))).toEqual([
      'compare 0',
      'compare 1',
      'compare 2',
      'sum -1',
    ]);
    expect(changed(plan(), plan({ lvf: { clip: true } }))).toEqual([]);
  });

  test('changes with the scans it reads, not with others', () => {
    expect(changed(plan(), plan({}, seriesOf(['a', 'b', 'other'])))).toEqual(['measure 2', 'compare 2', 'sum -1']);
  });

  test('changes with the engine and the version of the step', () => {
    expect(changed(plan(), plan({}, series, 'e2'))).toHaveLength(7);
    const newer = steps.map((step) => (step.name === 'sum' ? { ...step, version: 2 } : step));
    expect(changed(plan(), plan({}, series, 'e1', newer))).toEqual(['sum -1']);
  });
});

test('excluded scans are left out', () => {
  const tasks = plan({ scans: { '1': { exclude: true } } });
  expect(named(tasks)).toEqual(['measure 0', 'measure 2', 'compare 0', 'compare 2', 'sum -1']);
  expect(tasks.at(-1)!.needs['all']).toHaveLength(2);
  expect(() => plan({ scans: { '0': { exclude: true } } })).toThrow(
    'scan 0 is excluded, but the step compare needs it',
  );
});

test('until plans a step and what it needs; a wrong name has a suggestion', () => {
  const until = (name: string) => named(planTasks(steps, series, {}, { engine: 'e', until: name }));
  expect(until('measure')).toEqual(['measure 0', 'measure 1', 'measure 2']);
  expect(until('compare')).not.toContain('sum -1');
  expect(() => until('compar')).toThrow('there is no step of the name compar. Did you mean compare?');
});

test.each<[string, Partial<StepDefinition>, string]>([
  ['itself', { needs: () => ({ me: { step: 'sum' } }) }, 'the step sum needs itself'],
  ['what there is not', { needs: () => ({ other: { step: 'none' } }) }, 'the step sum needs none, which there is not'],
  [
    'what cannot be hashed',
    { params: () => ({ a: [Number.NaN] }) },
    'a parameter cannot be hashed: sum.params.a[0] is NaN',
  ],
])('a step that needs %s is an error', (_, fault, message) => {
  const broken = steps.map((step) => (step.name === 'sum' ? { ...step, ...fault } : step));
  expect(() => plan({}, series, 'e', broken)).toThrow(message);
});
