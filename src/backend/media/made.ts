import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/canonical.ts';
import type { Triple } from '../../core/geometry.ts';
import type { Recipe } from '../../core/recipe.ts';
import { append, writtenBeside } from '../../formats/beside.ts';
import type { Analysed } from './analysed.ts';

/** What can be made again; `reproduce` has a line for each. */
export type MadeKind = 'figure' | 'movie' | 'table' | 'methods';

/**
 * What made a file: enough to make it again, and to say what differs if it comes out otherwise. No dates and nothing of where
 * things lie, so that the same project gives the same record everywhere.
 */
export interface Made {
  /** Of this form of record. */
  record: 1;
  kind: MadeKind;
  /** Of the figure or table, or the storyboard's. */
  name: string;
  /** The layout or storyboard, whole; null where the name says all. */
  source: unknown;
  /** How it was asked for: width, journal, dots an inch; size, frames a second, samples, codec. */
  options: Readonly<Record<string, unknown>>;
  software: { name: 'tomolapse'; version: string; engine: string };
  /** In the order in which the source counts them. */
  projects: MadeProject[];
}

/** The part of a project that a file was made from. */
export interface MadeProject {
  /** The same wherever the same scans are analysed. */
  id: string;
  name: string;
  /** As it was asked for, and as it was resolved: automatic regions included. */
  asked: Recipe;
  recipe: Recipe;
  voxelSizeUm: Triple;
  /** Scans by name, in order of time. */
  inputs: { file: string; fingerprint: string }[];
  /** Keys of the stored results, by step, one a scan or one for the series. */
  results: Record<string, string[]>;
}

/** What stands in `FILE.json` beside a file: its record, and what came out. */
export interface MadeFile extends Made {
  file: { name: string; bytes: number; sha256: string };
  /** Of a movie: SHA-256 of each frame's pixels and the pictures averaged for it. */
  frames?: { sha256: string; samples: number }[];
}

/** What stands in `NAME.json` beside a figure: its record, and the files that it came out as. */
export interface MadeFiles extends Made {
  files: MadeFile['file'][];
}

/** The record of something made from projects. */
export function madeOf(
  kind: MadeKind,
  name: string,
  source: unknown,
  options: Made['options'],
  projects: readonly Analysed[],
): Made {
  const { version, engine } = projects[0]!.results.software;
  return {
    record: 1,
    kind,
    name,
    source,
    options,
    software: { name: 'tomolapse', version, engine },
    projects: projects.map(madeProject),
  };
}

function madeProject({ name, asked, results, keys }: Analysed): MadeProject {
  const { recipe, voxelSizeUm } = results;
  const inputs = results.inputs.map(({ path, fingerprint }) => ({ file: path.split(/[\\/]/).at(-1)!, fingerprint }));
  const byStep: Record<string, string[]> = {};
  for (const { step, key } of keys) (byStep[step] ??= []).push(key);
  return { id: projectId(inputs), name, asked, recipe, voxelSizeUm, inputs, results: byStep };
}

/** A record as ASCII, which files can hold whose texts have no encoding; equal records give equal text, in whatever order they were told. */
export function recordText(made: Made): string {
  return canonicalJson(made).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** What a project is known by: its scans' voxels, in order of time. */
export function projectId(scans: readonly { fingerprint: string }[]): string {
  return sha256(Buffer.from(scans.map(({ fingerprint }) => fingerprint).join('\n'))).slice(0, 32);
}

/** Writes `PATH.json` beside a file that was written. Returns its path. */
export async function writeMade(
  path: string,
  made: Made,
  of: { bytes: number; sha256: string },
  frames?: MadeFile['frames'],
): Promise<string> {
  const name = path.split(/[\\/]/).at(-1)!;
  const document: MadeFile = { ...made, file: { name, ...of }, ...(frames ? { frames } : {}) };
  const beside = `${path}.json`;
  await writtenBeside(beside, (file) => append(file, Buffer.from(`${JSON.stringify(document, null, 2)}\n`, 'utf8')));
  return beside;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
