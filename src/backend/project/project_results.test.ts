import { expect, test } from 'vitest';
import type { PlannedResult, Project } from '../../store/project.ts';
import { storedResults } from './project_results.ts';

test('a result that was stored and is gone is an error, one that never was is none', () => {
  const plan: PlannedResult[] = [
    { step: 'layers', scan: -1, key: 'a', done: true },
    { step: 'cracks', scan: 2, key: 'b', done: true },
    { step: 'cycles', scan: -1, key: 'c', done: false },
  ];
  const objects = { read: () => null, directoryOf: (key: string) => `/p/objects/${key}` };
  const get = storedResults({ plannedResults: () => plan, objects } as unknown as Project);
  expect(get({ step: 'cycles' })).toBeNull();
  expect(get({ step: 'track' })).toBeNull();
  expect(() => get({ step: 'layers' })).toThrow(
    /\(\/p\/objects\/a\): the result of layers is missing\. Run the project again/,
  );
  expect(() => get({ step: 'cracks', scan: 2 })).toThrow(/the result of cracks of scan 2 is missing/);
});
