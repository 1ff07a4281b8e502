import { create } from 'zustand';
import type { Job, Output, ProjectState, Settings } from '../../contract/app.ts';
import type { Results } from '../../core/results.ts';

export type Recent = Output<'state'>['recent'][number];
export type Root = Output<'state'>['roots'][number];

/** What the host told: the window never changes it by itself. */
export interface Session {
  ready: boolean;
  live: boolean;
  version: string;
  project: ProjectState | null;
  results: Results | null;
  recent: Recent[];
  roots: Root[];
  settings: Settings;
  jobs: Job[];
}

export const useSession = create<Session>(() => ({
  ready: false,
  live: true,
  version: '',
  project: null,
  results: null,
  recent: [],
  roots: [],
  settings: { theme: 'dark', graphics: 'default', memoryMiB: 2048, gpuMiB: 512 },
  jobs: [],
}));

export function useProject(): ProjectState | null {
  return useSession((session) => session.project);
}

export function runningJobs(jobs: readonly Job[]): Job[] {
  return jobs.filter(({ state }) => state === 'running');
}
