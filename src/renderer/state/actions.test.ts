import { expect, test } from 'vitest';
import type { Job } from '../../contract/app.ts';
import { takeJob } from './actions.ts';
import { useSession } from './session.ts';

const begun: Job = {
  id: 'a',
  change: 7,
  title: 'Analysis',
  kind: 'analysis',
  state: 'running',
  fraction: 0,
  step: '',
  secondsLeft: null,
  message: null,
  preview: null,
  resumable: false,
  file: null,
};

test('an answer that its events have overtaken does not bring an ended job back', () => {
  takeJob({ ...begun, change: 9, state: 'done', fraction: 1 });
  takeJob(begun);
  expect(useSession.getState().jobs).toMatchObject([{ id: 'a', state: 'done', fraction: 1 }]);
  takeJob({ ...begun, change: 10, state: 'failed' });
  expect(useSession.getState().jobs).toMatchObject([{ id: 'a', state: 'failed' }]);
});
