import { expect, test } from 'vitest';
import type { Job } from '../../contract/app.ts';
import type { Surroundings } from '../project/surroundings.ts';
import { Jobs, type Task } from './jobs.ts';

/** Jobs whose work ends when it is told to, and what was told of them. */
function watched() {
  const told: Job[] = [];
  const jobs = new Jobs((job) => told.push(job));
  const begun = new Map<string, { around: Surroundings; end: () => void }>();
  const ends: string[] = [];
  const task = (title: string, rest: Partial<Task> = {}): Task => ({
    kind: 'movie',
    title,
    work: (around) =>
      new Promise((resolve, reject) => {
        begun.set(title, { around, end: resolve });
        around.signal.addEventListener('abort', () => reject(new Error('stopped')));
      }),
    ended: (state, closing) => ends.push(`${title} ${state}${closing ? ' closing' : ''}`),
    ...rest,
  });
  const states = () => jobs.list().map(({ title, state }) => `${title} ${state}`);
  const calm = () => new Promise((resolve) => setTimeout(resolve, 5));
  return { jobs, told, begun, ends, task, states, calm };
}

test('one runs at a time; the others wait in the order in which they were asked for', async () => {
  const { jobs, begun, task, states, calm } = watched();
  expect(jobs.start(task('a')).state).toBe('running');
  expect(jobs.start(task('b')).state).toBe('waiting');
  jobs.start(task('c'));
  await calm();
  expect([...begun.keys()]).toEqual(['a']);
  begun.get('a')!.end();
  await calm();
  expect(states()).toEqual(['a done', 'b running', 'c waiting']);
  begun.get('b')!.end();
  await calm();
  expect(states()).toEqual(['a done', 'b done', 'c running']);
});

test('what waits is cancelled before it begins, what runs is asked to stop, and the next begins', async () => {
  const { jobs, begun, ends, task, states, calm } = watched();
  const [a, b] = [jobs.start(task('a')), jobs.start(task('b'))];
  jobs.start(task('c'));
  await calm();
  jobs.cancel(b.id);
  expect(states()).toEqual(['a running', 'b cancelled', 'c waiting']);
  jobs.cancel(a.id);
  await calm();
  expect(states()).toEqual(['a cancelled', 'b cancelled', 'c running']);
  expect(begun.has('b')).toBe(false);
  expect(ends).toEqual(['b cancelled', 'a cancelled']);
  expect(() => jobs.cancel('other')).toThrow(/no job of this name/);
});

test('work that fails makes way, and its reason is told', async () => {
  const { jobs, begun, task, states, calm } = watched();
  jobs.start(task('a', { work: () => Promise.reject(new Error('the disk is full')) }));
  jobs.start(task('b'));
  await calm();
  expect(states()).toEqual(['a failed', 'b running']);
  expect(jobs.list()[0]!.message).toContain('the disk is full');
  expect(begun.has('b')).toBe(true);
});

test('an analysis is not asked for twice, running or waiting', async () => {
  const { jobs, task, calm } = watched();
  jobs.start(task('movie'));
  jobs.start(task('Analysis', { kind: 'analysis', alone: true }));
  await calm();
  expect(() => jobs.start(task('Analysis', { kind: 'analysis', alone: true }))).toThrow(/"Analysis" is waiting/);
});

test('when the app ends, nothing begins any more, and each hears that it was not a person', async () => {
  const { jobs, begun, ends, task, calm } = watched();
  jobs.start(task('a'));
  jobs.start(task('b'));
  await calm();
  await jobs.stop();
  await calm();
  expect(ends).toEqual(['b cancelled closing', 'a cancelled closing']);
  expect([...begun.keys()]).toEqual(['a']);
});

test('a picture of how far it is can be asked for, and each new one is told', async () => {
  const { jobs, told, begun, task, calm } = watched();
  const { id } = jobs.start(task('a'));
  await calm();
  expect(jobs.preview(id)).toBeNull();
  const picture = { type: 'image/png' as const, bytes: Uint8Array.of(1, 2) };
  begun.get('a')!.around.preview!(picture);
  begun.get('a')!.around.preview!(picture);
  expect(jobs.preview(id)).toEqual(picture);
  expect(told.at(-1)!.preview).toBe(2);
});
