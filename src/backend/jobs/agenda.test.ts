import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';
import type { Task } from './plan.ts';

const task = (key: string, ...needs: string[]): Task => ({ key, needs: { all: needs } }) as unknown as Task;
const keys = (tasks: readonly Task[]) => tasks.map(({ key }) => key);

test('what begins the longest chain of steps comes first, and of those what most tasks wait for', () => {
  const agenda = new Agenda([
    task('judge 0'),
    task('judge 1'),
    task('layers'),
    task('align 0', 'judge 0', 'layers'),
    task('align 1', 'judge 0', 'judge 1', 'layers'),
    task('measure 0', 'align 0'),
    task('measure 1', 'align 1'),
    task('alone'),
  ]);
  // Layers and the judging of scan 0 gate both scans, the judging of scan 1 one.
  expect(keys(agenda.ready())).toEqual(['judge 0', 'layers', 'judge 1', 'alone']);
  const many = new Agenda([
    task('judge 0'),
    task('judge 1'),
    task('layers'),
    task('align 0', 'judge 0', 'layers'),
    task('align 1', 'judge 1', 'layers'),
  ]);
  expect(keys(many.ready())).toEqual(['layers', 'judge 0', 'judge 1']);
});

test('a task is ready once all it needs is there, and not again while it is under way', () => {
  const [first, second] = [task('first'), task('second', 'first', 'stored before')];
  const agenda = new Agenda([first, second]);
  agenda.begin(first);
  expect(agenda.ready()).toEqual([]);
  expect(agenda.underWay).toEqual([first]);
  agenda.done(first);
  expect(agenda.ready()).toEqual([second]);
  agenda.begin(second);
  agenda.postpone(second);
  expect(agenda.ready()).toEqual([second]);
});
