import { create } from 'zustand';
import type { Input } from '../../../contract/app.ts';
import { call } from '../../host/call.ts';
import { attempt, takeJob } from '../../state/actions.ts';
import { tell } from '../../state/notices.ts';
import { boardOf, useMovies } from './boards.ts';

type MovieExport = Extract<Input<'export'>, { kind: 'movie' }>;
export type Codec = MovieExport['codec'];

/** How the next movie is to be written; empty: as the storyboard says. */
export interface ExportChoice {
  codec: Codec;
  size: string;
  fps: number | null;
  samples: 'auto' | '1' | '4' | '16' | '64';
  /** Without its ending; null: the storyboard's name. */
  file: string | null;
  /** The second project of a movie of two cells. */
  other: string;
}

export const useExport = create<ExportChoice>(() => ({
  codec: 'h264',
  size: '',
  fps: null,
  samples: 'auto',
  file: null,
  other: '',
}));

const ENDINGS: Readonly<Record<Codec, string>> = {
  h264: '.mp4',
  vp9: '.webm',
  av1: '.webm',
  prores: '.mov',
  gif: '.gif',
  png: '',
};

export function endingOf(codec: Codec): string {
  return ENDINGS[codec];
}

/** The name of the file that a storyboard becomes. */
export function fileOf(name: string, { codec, file }: Pick<ExportChoice, 'codec' | 'file'>): string {
  const plain = (file ?? name).replace(/[^\p{L}\p{N} ._-]+/gu, '-').replace(/^[. ]+/, '');
  return `${plain || 'movie'}${endingOf(codec)}`;
}

/** What is asked of the host for a storyboard and a choice. */
export function requestOf(name: string, storyboard: unknown, choice: ExportChoice): MovieExport {
  const [width, height] = choice.size.split(' × ').map(Number);
  return {
    kind: 'movie',
    name,
    storyboard,
    file: fileOf(name, choice),
    codec: choice.codec,
    size: width && height ? [width, height] : null,
    fps: choice.fps,
    samples: choice.samples === 'auto' ? null : Number(choice.samples),
    other: choice.other === '' ? null : choice.other,
    logos: null,
  };
}

/** Begins to make the open storyboard's movie; it waits where something else runs. */
export async function makeMovie(): Promise<void> {
  const state = useMovies.getState();
  const board = boardOf(state);
  if (!board || state.open === null) return;
  const request = requestOf(state.open, board, useExport.getState());
  const job = await attempt(() => call('export', request));
  if (!job) return;
  takeJob(job);
  if (job.state === 'waiting') tell('done', `${job.title} waits for its turn`);
}
