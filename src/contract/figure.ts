import { z } from 'zod';
import { badInput, type Failure } from '../core/failure.ts';
import { JOURNALS, type JournalName } from '../core/figure/journals.ts';
import type { FigureLayout, FigurePanel } from '../core/figure/layout.ts';
import { scanOf } from '../core/figure/scans.ts';
import type { CellPlace, Moment } from '../core/movie/storyboard.ts';
import type { Results } from '../core/results.ts';
import { firstFault, parseDocument, placeOf } from './issues.ts';
import { cameraSchema, cellPlaceSchema, layersSchema, mapName, momentSchema } from './storyboard.ts';

const positive = z.number().positive();
const pair = z.tuple([z.number(), z.number()]);
const span = pair.refine(([low, high]) => high > low, { error: 'must rise from its first to its second number' });
const triple = z.tuple([z.number(), z.number(), z.number()]);
const share = z.number().min(0).max(1);
const shares = z.tuple([share, share, share]);
const text = z.string().max(500);
const electrode = z.enum(['working', 'counter']);
const flag = z.boolean().exactOptional();
const crack = z.union([z.int(), z.enum(['first', 'largest'])], {
  error: 'must be the number of a crack, "first" or "largest"',
});
const scans = z
  .union([z.enum(['all', 'turns']), z.array(momentSchema).min(1)], {
    error: 'must be "all", "turns" or a list of moments',
  })
  .exactOptional();

const panelPlace = {
  width: positive.exactOptional(),
  height: positive.exactOptional(),
  title: text.exactOptional(),
  cells: z.array(z.int().nonnegative()).min(1).exactOptional(),
  unlettered: flag,
  ownScale: flag,
};
const pictures = { ...panelPlace, scans, columns: z.int().positive().max(20).exactOptional(), numbered: flag };

const mark = z.strictObject({
  kind: z.enum(['arrow', 'oval', 'box']),
  at: z.union([z.literal('cracks'), cellPlaceSchema], {
    error: 'must be "cracks" or an object with one of crack, voxel',
  }),
  radiusUm: positive.exactOptional(),
  colour: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour as "#rrggbb"' })
    .exactOptional(),
  scans: z.array(momentSchema).min(1).exactOptional(),
});

const KINDS = ['slices', 'maps', 'volumes', 'curve', 'histogram', 'efficiency', 'profile', 'line'] as const;

const panel = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('slices'),
      ...pictures,
      plane: z.enum(['through', 'in-plane']),
      atUm: z.number().exactOptional(),
      show: z
        .array(z.enum(['grey', 'lvf', 'lithium']))
        .min(1)
        .exactOptional(),
      view: z
        .union([z.enum(['whole', 'working', 'counter']), z.strictObject({ acrossUm: span, upUm: span })], {
          error: 'must be "whole", "working", "counter" or an object with acrossUm and upUm',
        })
        .exactOptional(),
      outlines: flag,
      marks: z.array(mark).exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('maps'),
      ...pictures,
      electrode,
      limits: span.exactOptional(),
      map: mapName.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('volumes'),
      ...pictures,
      camera: cameraSchema.exactOptional(),
      layers: layersSchema.exactOptional(),
      clip: z
        .union([z.enum(['working', 'whole']), z.strictObject({ min: shares, max: shares })], {
          error: 'must be "working", "whole" or an object with min and max',
        })
        .exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('curve'),
      ...panelPlace,
      of: z.enum(['voltage', 'current', 'charge', 'thickness', 'difference', 'crackVolume']),
      over: z.enum(['time', 'charge']).exactOptional(),
      electrode: electrode.exactOptional(),
      band: flag,
      published: flag,
      expected: flag,
      scanMarks: flag,
      births: flag,
      axis: flag,
      legend: flag,
    }),
    z.strictObject({ kind: z.literal('histogram'), ...panelPlace, scans, electrode: electrode.exactOptional() }),
    z.strictObject({ kind: z.literal('efficiency'), ...panelPlace }),
    z.strictObject({
      kind: z.literal('profile'),
      ...panelPlace,
      as: z.enum(['curves', 'colours']),
      scans,
      upUm: span.exactOptional(),
    }),
    z.strictObject({
      kind: z.literal('line'),
      ...panelPlace,
      of: z.enum(['grey', 'lvf']),
      along: z.union(
        [z.strictObject({ crack, lengthUm: positive.exactOptional() }), z.strictObject({ from: triple, to: triple })],
        { error: 'must be an object with a crack, or with from and to' },
      ),
      scans,
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union' ? `must be ${KINDS.map((name) => `"${name}"`).join(' or ')}` : undefined,
  },
);

const column = z.enum(['single', 'one-and-half', 'double']);

/** A figure's layout; a field that is not listed is an error. Agrees with `FigureLayout` (figure.test.ts). */
export const figureSchema = z.strictObject({
  version: z.literal(1),
  title: text.exactOptional(),
  journal: z.enum(Object.keys(JOURNALS) as [JournalName, ...JournalName[]]).exactOptional(),
  width: z
    .union([column, z.number().min(20).max(1000)], { error: 'must be "single", "one-and-half", "double" or mm' })
    .exactOptional(),
  letters: z.enum(['a', 'A', '(a)', 'a)', 'none']).exactOptional(),
  needs: z.literal('cracks').exactOptional(),
  cells: z.array(z.string().max(80)).exactOptional(),
  rows: z.array(z.array(panel).min(1).max(12)).min(1).max(20),
});

/** The forms of a figure's file. */
export const figureForms = ['svg', 'pdf', 'png', 'tiff'] as const;
export type FigureForm = (typeof figureForms)[number];

const WHAT = 'Cannot use the layout';

/** A layout from the text of its file; `path` is named in errors. Throws a Failure `input` with the first place that is wrong. */
export function parseFigure(content: string, path: string): FigureLayout {
  return checkFigure(parseDocument(content, 'layout', path), path);
}

/** `parseFigure` for a document that is already parsed. */
export function checkFigure(document: unknown, path: string): FigureLayout {
  const parsed = figureSchema.safeParse(document);
  if (!parsed.success) throw firstFault(parsed.error.issues, { what: WHAT, path, schema: figureSchema, document });
  return parsed.data;
}

/**
 * Checks that what a layout names by number is there: cells, scans, cracks, voxels. What cannot be drawn because nothing was measured is no
 * fault, the panel is left out. Throws a Failure `input` with the place.
 */
export function checkFigureAgainst(
  layout: FigureLayout,
  projects: readonly { name: string; results: Results }[],
  path: string,
): void {
  for (const [row, panels] of layout.rows.entries())
    for (const [k, panel] of panels.entries()) checkPanel(panel, projects, ['rows', row, k], path);
}

function checkPanel(
  panel: FigurePanel,
  projects: readonly { name: string; results: Results }[],
  at: readonly PropertyKey[],
  path: string,
): void {
  const refuse = (more: readonly PropertyKey[], why: string, whatToDo?: string): Failure =>
    badInput({ what: WHAT, path, at: placeOf([...at, ...more]), why, ...(whatToDo ? { whatToDo } : {}) });
  for (const [k, cell] of (panel.cells ?? []).entries())
    if (!projects[cell])
      throw refuse(
        ['cells', k],
        projects.length === 1 ? 'there is one cell, number 0' : `the cells are numbered 0 to ${projects.length - 1}`,
        'Name another one with --with',
      );
  const named = projects.filter((_, k) => panel.cells?.includes(k) ?? true);
  const crack = (which: number | string, more: readonly PropertyKey[]): void => {
    for (const { name, results } of named) {
      if (typeof which !== 'number' || results.cracks.some(({ id }) => id === which)) continue;
      const ids = results.cracks.map(({ id }) => id);
      throw refuse(
        more,
        ids.length === 0 ? `no crack was found in ${name}` : `the cracks of ${name} are ${ids.join(', ')}`,
      );
    }
  };
  const moment = (one: Moment, more: readonly PropertyKey[]): void => {
    if (typeof one !== 'object') return;
    if ('crack' in one) crack(one.crack, [...more, 'crack']);
    for (const { name, results } of named) {
      if ('crack' in one || scanOf(one, results) !== null) continue;
      if ('scan' in one) throw refuse([...more, 'scan'], `${name} has the scans 0 to ${results.scans.length - 1}`);
      const what = 'hours' in one ? 'times' : 'charge';
      throw refuse(more, `the scans of ${name} have no ${what}`);
    }
  };
  const place = (where: CellPlace, more: readonly PropertyKey[]): void => {
    if ('crack' in where) crack(where.crack, [...more, 'crack']);
  };
  if ('scans' in panel && Array.isArray(panel.scans))
    for (const [k, one] of panel.scans.entries()) moment(one, ['scans', k]);
  if (panel.kind === 'slices')
    for (const [k, { at: where, scans: some }] of (panel.marks ?? []).entries()) {
      if (where !== 'cracks') place(where, ['marks', k, 'at']);
      for (const [n, one] of (some ?? []).entries()) moment(one, ['marks', k, 'scans', n]);
    }
  if (panel.kind === 'line' && 'crack' in panel.along) crack(panel.along.crack, ['along', 'crack']);
  if (panel.kind === 'volumes' && typeof panel.camera?.target === 'object' && 'crack' in panel.camera.target)
    crack(panel.camera.target.crack, ['camera', 'target', 'crack']);
}
