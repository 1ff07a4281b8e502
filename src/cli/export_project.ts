import { join } from 'node:path';
import type { Analysed } from '../backend/media/analysed.ts';
import { writeEvents } from '../backend/media/events.ts';
import { writeFigures } from '../backend/media/figures/index.ts';
import { writeTables } from '../backend/media/tables.ts';
import { type VolumeForm, writeVolumes } from '../backend/media/volumes.ts';
import type { Surroundings } from './command.ts';

/** What can be written of a project. */
export const PARTS = ['tables', 'events', 'figures', 'volumes'] as const;
export type Part = (typeof PARTS)[number];

export interface ExportOptions {
  /** Of the volumes. */
  form?: VolumeForm;
  /** Of the figures as PNG. */
  dotsPerInch?: number;
}

/** Writes parts of what a project's last run found, each into its folder. Returns the paths. */
export async function exportProject(
  analysed: Analysed,
  folders: Readonly<Partial<Record<Part, string>>>,
  { signal, progress }: Pick<Surroundings, 'signal' | 'progress'>,
  { form = 'zarr', dotsPerInch }: ExportOptions = {},
): Promise<string[]> {
  const paths: string[] = [];
  const hooks = (title: string) => ({
    signal,
    progress: (fraction: number) => progress({ fraction, title, secondsLeft: null }),
  });
  for (const part of PARTS) {
    const folder = folders[part];
    if (folder === undefined) continue;
    signal.throwIfAborted();
    if (part === 'tables') paths.push(...(await writeTables(analysed.results, folder)));
    if (part === 'events') paths.push(...(await writeEvents(analysed.results, folder)));
    if (part === 'figures') {
      const size = dotsPerInch === undefined ? {} : { dotsPerInch };
      paths.push(...(await writeFigures([analysed], folder, { ...hooks('Drawing figures'), ...size })));
    }
    if (part === 'volumes')
      paths.push(...(await writeVolumes(analysed.results, analysed.stored, folder, form, hooks('Writing volumes'))));
  }
  progress(null);
  return paths;
}

/** Where `export` writes each part: lists beside each other, pictures and volumes in folders of their own. */
export function foldersIn(out: string, parts: readonly Part[]): Partial<Record<Part, string>> {
  const places: Record<Part, string> = {
    tables: out,
    events: out,
    figures: join(out, 'figures'),
    volumes: join(out, 'volumes'),
  };
  return Object.fromEntries(parts.map((part) => [part, places[part]]));
}
