import { afterEach, expect, test, vi } from 'vitest';
import type { Job, Output } from '../../contract/app.ts';
import { connect, refresh, takeJob } from './actions.ts';
import { useNotices } from './notices.ts';
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
const done: Job = { ...begun, change: 9, state: 'done', fraction: 1 };

/** A host without a project whose answer to `state` is what is set, and the streams of events that were asked of it. */
function stubHost() {
  const state: Output<'state'> = {
    version: '0',
    project: null,
    recent: [],
    settings: useSession.getState().settings,
    roots: [],
    jobs: [],
    change: 6,
    crash: null,
  };
  const host = { state, answers: [] as Promise<unknown>[], streams: [] as { onopen?(): void; close(): void }[] };
  vi.stubGlobal('fetch', async (path: string) => {
    if (path !== '/api/state') return new Response(null, { status: 401 });
    const answer = Response.json(host.state);
    await host.answers.shift();
    return answer;
  });
  class Stream {
    constructor() {
      host.streams.push(this);
    }
    close() {}
  }
  vi.stubGlobal('EventSource', Stream);
  vi.stubGlobal('window', globalThis);
  return host;
}

afterEach(() => {
  vi.unstubAllGlobals();
  useSession.setState(useSession.getInitialState());
  useNotices.setState(useNotices.getInitialState());
});

test('an answer that its events have overtaken does not bring an ended job back', () => {
  takeJob(done);
  takeJob(begun);
  expect(useSession.getState().jobs).toMatchObject([{ id: 'a', state: 'done', fraction: 1 }]);
  takeJob({ ...begun, change: 10, state: 'failed' });
  expect(useSession.getState().jobs).toMatchObject([{ id: 'a', state: 'failed' }]);
});

test('what ends before the first events come is read once they do', async () => {
  const host = stubHost();
  const close = connect();
  await new Promise((resolve) => setTimeout(resolve, 20));
  takeJob(begun);
  host.state = { ...host.state, jobs: [done], change: 9 };
  host.streams[0]!.onopen!();
  await vi.waitFor(() => expect(useSession.getState().jobs).toEqual([done]));
  close();
});

test('a job that began while the host was asked for its state stays, one that it no longer has is told as lost', async () => {
  const host = stubHost();
  let answer = () => {};
  host.answers.push(new Promise<void>((resolve) => (answer = resolve)));
  const asked = refresh();
  takeJob(begun);
  answer();
  await asked;
  expect(useSession.getState().jobs).toEqual([begun]);
  expect(useNotices.getState().notices).toEqual([]);
  host.state = { ...host.state, change: 20 };
  await refresh();
  expect(useSession.getState().jobs).toEqual([]);
  expect(useNotices.getState().notices).toMatchObject([{ kind: 'error', title: 'Analysis was interrupted' }]);
});
