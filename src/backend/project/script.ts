import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { storyboardSchema } from '../../contract/storyboard.ts';
import { recipeText, withoutDefaults } from '../../core/recipe_text.ts';
import type { CyclingLog, Scan, Series } from '../../core/series.ts';
import type { Json } from '../../core/step.ts';
import { readCycling } from '../../formats/cycling.ts';
import type { Hints } from '../../formats/description.ts';
import type { Project } from '../../store/project.ts';
import { version } from './version.ts';

/**
 * The commands that make a project again from its scans, as a POSIX shell script: its times and its recipe stand in it.
 * What the window only shows (names given by hand, scans left out of a folder) follows from the files that are named.
 */
export async function scriptOf(project: Project): Promise<string> {
  const series = project.series();
  const name = basename(project.directory).replace(/\.tomolapse$/i, '');
  const recipe = withoutDefaults(project.recipe());
  const times = timesTable(series.scans);
  const cycling = await cyclingOptions(series.cycling, project.cyclingPath());
  const options = [
    ...[...new Set(series.scans.map(({ path }) => path))].map((path) => `--scans ${quoted(path)}`),
    `--voxel-size ${voxelSize(series)}`,
    ...rawHints(project.hints(0) as unknown as Hints),
    ...(times ? ['--times times.csv'] : []),
    ...cycling.options,
    ...area('working', series.workingAreaMm2),
    ...area('counter', series.counterAreaMm2),
  ];
  const folder = quoted(`${name}.tomolapse`);
  const told = Object.keys(recipe).length > 0;
  return [
    '#!/bin/sh',
    `# ${oneLine(name)}, from its scans to its results. Tomolapse ${version()}`,
    'set -eu',
    ...(times ? ["cat > times.csv <<'END'", ...times, 'END'] : []),
    ...cycling.notes,
    [`tomolapse create ${folder}`, ...options].join(' \\\n  '),
    ...(told ? ["cat > recipe.json <<'END'", recipeText(recipe).trimEnd(), 'END'] : []),
    `tomolapse run ${folder}${told ? ' --recipe recipe.json' : ''}`,
    `tomolapse export ${folder} --out ${quoted(name)} --tables --figures`,
    ...figuresOf(project.figures(), folder, quoted(name)),
    ...moviesOf(project.storyboards(), folder, name),
    '',
  ].join('\n');
}

/** The project's own figures: their layouts, and what draws them. */
function figuresOf(figures: Record<string, Json>, project: string, out: string): string[] {
  return Object.entries(figures).flatMap(([name, layout]) => {
    const file = quoted(`${fileName(name)}.figure.json`);
    return [...written(file, layout), `tomolapse export ${project} --out ${out} --figures --figure ${file}`];
  });
}

/** Its movies. One of two cells needs the other, which this project does not know. */
function moviesOf(storyboards: Record<string, Json>, project: string, out: string): string[] {
  return Object.entries(storyboards).flatMap(([name, storyboard]) => {
    const file = quoted(`${fileName(name)}.storyboard.json`);
    const movie = quoted(`${out}/${fileName(name)}.mp4`);
    const line = `tomolapse movie ${project} --storyboard ${file} --out ${movie}`;
    const { success, data } = storyboardSchema.safeParse(storyboard);
    // What is kept may be half done: no movie can be made of it yet.
    if (!success) return [`# ${oneLine(name)} is no storyboard yet`];
    const two = data.shots.some(({ panels }) => panels.some((panel) => (panel.project ?? 0) > 0));
    return [...written(file, storyboard), two ? `# Of two cells: ${line} --with OTHER.tomolapse` : line];
  });
}

function written(file: string, document: Json): string[] {
  return [`cat > ${file} <<'END'`, JSON.stringify(document, null, 2), 'END'];
}

function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'plan';
}

/** A row a scan; null where times are not known, or files of the same name cannot be told apart. */
function timesTable(scans: readonly Scan[]): string[] | null {
  const isFrame = (scan: Scan) => scans.filter(({ path }) => path === scan.path).length > 1;
  const names = scans.map((scan) => (isFrame(scan) ? scan.name : basename(scan.path)));
  if (scans.some(({ timeH }) => timeH === null) || new Set(names).size < names.length) return null;
  const exposed = scans.every(({ startH, endH }) => startH !== null && endH !== null);
  const cell = (name: string) => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
  const row = ({ startH, timeH, endH }: Scan) => (exposed ? `${startH},${endH}` : `${timeH}`);
  return [exposed ? 'file,start_h,end_h' : 'file,time_h', ...scans.map((scan, i) => `${cell(names[i]!)},${row(scan)}`)];
}

/** The log where it still lies, with the sign that its current was read with. */
async function cyclingOptions(log: CyclingLog | null, path: string | null) {
  const none = { options: [] as string[], notes: [] as string[] };
  if (!log || path === null) return none;
  if (!existsSync(path)) return { options: [], notes: [`# The cycling log was ${oneLine(path)}`] };
  const read = await readCycling(path).catch(() => null);
  const at = log.currentMa.findIndex((current) => Math.abs(current) > 0);
  const turned = at >= 0 && read !== null && Math.sign(read.log.currentMa[at] ?? 0) === -Math.sign(log.currentMa[at]!);
  return { options: [`--cycling ${quoted(path)}`, ...(turned ? ['--plating-sign positive'] : [])], notes: [] };
}

/** What a headerless file does not say of itself. */
function rawHints({ shape, type, byteOrder, offset, dataset }: Hints): string[] {
  return [
    ...(dataset ? [`--dataset ${quoted(dataset)}`] : []),
    ...(shape ? [`--shape ${shape.join('x')}`] : []),
    ...(type ? [`--type ${type}`] : []),
    ...(byteOrder ? [`--byte-order ${byteOrder}`] : []),
    ...(offset ? [`--offset ${offset}`] : []),
  ];
}

function voxelSize({ voxelSizeUm: [z, y, x] }: Series): string {
  return z === y && y === x ? `${z}um` : `${z}x${y}x${x}um`;
}

function area(electrode: string, mm2: number | null): string[] {
  return mm2 === null ? [] : [`--${electrode}-area ${mm2}mm2`];
}

function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
