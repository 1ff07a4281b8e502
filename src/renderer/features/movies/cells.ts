import { useEffect, useState } from 'react';
import type { MovieProject } from '../../../core/movie/project.ts';
import type { Overlay, Storyboard } from '../../../core/movie/storyboard.ts';
import { call, request } from '../../host/call.ts';
import { httpMaps, readLogo, type StageProject } from '../../stage/index.ts';
import { tellError } from '../../state/notices.ts';
import { useProject } from '../../state/session.ts';
import { httpSource } from '../../viewer/index.ts';
import { useExport } from './choice.ts';

/** What a movie shows besides the open project. */
export interface Cells {
  /** The second cell; null where none was chosen. */
  second: StageProject | null;
  logo: (file: string) => Promise<ImageBitmap>;
}

const noLogo = (file: string): Promise<ImageBitmap> =>
  Promise.reject(new Error(`Cannot show the logo ${file}: its folder is not known. Choose the file in the overlay.`));
export const NO_CELLS: Cells = { second: null, logo: noLogo };

export function isOfTwo({ shots }: Storyboard): boolean {
  return shots.some(({ panels }) => panels.some((panel) => (panel.project ?? 0) > 0));
}

/** Files of the logos of a storyboard, each once. */
export function logosOf(board: Storyboard): string[] {
  const overlays: Overlay[] = [board, ...board.shots].flatMap((part) => part.overlays ?? []);
  return [...new Set(overlays.flatMap((overlay) => (overlay.kind === 'logo' ? [overlay.file] : [])))];
}

/** Asks the host for the second cell and the folder of logos. Throws a HostError. */
export async function cellsOf(other: string | null, logos: string | null, signal?: AbortSignal): Promise<Cells> {
  if (other === null && logos === null) return NO_CELLS;
  const { id } = await call('previewCells', { other, logos }, signal);
  const at = `/api/stage/${id}`;
  const fetched = async (file: string) =>
    await readLogo(await (await request(`${at}/files/${encodeURIComponent(file)}`)).blob());
  const logo = logos === null ? noLogo : fetched;
  if (other === null) return { second: null, logo };
  const { projects } = (await (await request(at, signal ? { signal } : {})).json()) as { projects: MovieProject[] };
  const base = `${at}/projects/1`;
  return { second: { ...projects[1]!, source: httpSource('', base), map: httpMaps(`${base}/map`) }, logo };
}

/** What the open storyboard needs of it, as it was chosen. */
export function useCells(board: Storyboard): Cells {
  const path = useProject()?.path ?? null;
  const chosen = useExport((choice) => choice.other);
  const folder = useExport((choice) => choice.logos);
  const other = isOfTwo(board) && chosen !== '' ? chosen : null;
  const logos = logosOf(board).length > 0 ? folder : null;
  const [cells, setCells] = useState<Cells>(NO_CELLS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the host forgets the cells with the project
  useEffect(() => {
    const stop = new AbortController();
    cellsOf(other, logos, stop.signal)
      .then((found) => !stop.signal.aborted && setCells(found))
      .catch((error) => {
        if (stop.signal.aborted) return;
        setCells(NO_CELLS);
        tellError(error);
      });
    return () => stop.abort(new DOMException('Other cells are wanted', 'AbortError'));
  }, [path, other, logos]);
  return cells;
}
