import { call } from '../../host/call.ts';
import { attempt, takeJob } from '../../state/actions.ts';
import { tell } from '../../state/notices.ts';
import { boardOf, useMovies } from './boards.ts';
import { type Codec, type ExportChoice, type MovieExport, useExport } from './choice.ts';

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

/** A file in a folder, with the separator that the folder's system has. */
function placeOf(folder: string | null, file: string): string {
  if (folder === null) return file;
  const separator = folder.includes('\\') ? '\\' : '/';
  return folder.endsWith(separator) ? `${folder}${file}` : `${folder}${separator}${file}`;
}

/** What is asked of the host for a storyboard and a choice. */
export function requestOf(name: string, storyboard: unknown, choice: ExportChoice): MovieExport {
  const [width, height] = choice.size.split(' × ').map(Number);
  return {
    kind: 'movie',
    name,
    storyboard,
    file: placeOf(choice.folder, fileOf(name, choice)),
    codec: choice.codec,
    size: width && height ? [width, height] : null,
    fps: choice.fps,
    samples: choice.samples === 'auto' ? null : Number(choice.samples),
    other: choice.other === '' ? null : choice.other,
    logos: choice.logos,
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
