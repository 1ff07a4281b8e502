import { join } from 'node:path';
import type { Analysed } from '../backend/media/analysed.ts';
import { writeEvents } from '../backend/media/events.ts';
import type { DrawStills } from '../backend/media/figures/drawing.ts';
import { type FigureChange, writeFigures } from '../backend/media/figures/index.ts';
import type { NamedLayout } from '../backend/media/figures/layouts.ts';
import { writeMethods } from '../backend/media/methods.ts';
import { writeTables } from '../backend/media/tables.ts';
import { type VolumeForm, writeVolumes } from '../backend/media/volumes.ts';
import type { FigureForm } from '../contract/figure.ts';
import type { Surroundings } from './command.ts';

/** What can be written of a project. */
export const PARTS = ['tables', 'events', 'methods', 'figures', 'volumes'] as const;
export type Part = (typeof PARTS)[number];

export interface ExportOptions extends FigureChange {
  /** Of the volumes. */
  form?: VolumeForm;
  /** The scans too, laid over the reference. */
  grey?: boolean;
  /** Figures that are asked for; all that come with the program unless told. */
  figures?: readonly NamedLayout[] | undefined;
  forms?: readonly FigureForm[] | undefined;
  /** Of the figures as pixels. */
  dotsPerInch?: number | undefined;
  stills?: DrawStills | null;
}

/**
 * Writes parts of what a project's last run found, each into its folder; figures show the other projects beside it. Returns the
 * paths.
 */
export async function exportProject(
  projects: readonly [Analysed, ...Analysed[]],
  folders: Readonly<Partial<Record<Part, string>>>,
  { signal, progress, notice }: Pick<Surroundings, 'signal' | 'progress' | 'notice'>,
  { form = 'zarr', grey = false, ...figures }: ExportOptions = {},
): Promise<string[]> {
  const [analysed] = projects;
  const paths: string[] = [];
  const hooks = (title: string) => ({
    signal,
    progress: (fraction: number) => progress({ fraction, title, secondsLeft: null }),
  });
  for (const part of PARTS) {
    const folder = folders[part];
    if (folder === undefined) continue;
    signal.throwIfAborted();
    if (part === 'tables') paths.push(...(await writeTables(analysed, folder)));
    if (part === 'events') paths.push(...(await writeEvents(analysed, folder)));
    if (part === 'methods') paths.push(...(await writeMethods(analysed, folder)));
    if (part === 'figures')
      paths.push(...(await writeFigures(projects, folder, { ...hooks('Drawing figures'), ...figures, notice })));
    if (part === 'volumes')
      paths.push(...(await writeVolumes(analysed, folder, form, { grey, ...hooks('Writing volumes') })));
  }
  progress(null);
  return paths;
}

/** Where `export` writes each part: lists beside each other, pictures and volumes in folders of their own. */
export function foldersIn(out: string, parts: readonly Part[]): Partial<Record<Part, string>> {
  const places: Record<Part, string> = {
    tables: out,
    events: out,
    methods: out,
    figures: join(out, 'figures'),
    volumes: join(out, 'volumes'),
  };
  return Object.fromEntries(parts.map((part) => [part, places[part]]));
}
