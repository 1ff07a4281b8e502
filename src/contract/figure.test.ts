import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { isFailure } from '../core/failure.ts';
import type { FigureLayout } from '../core/figure/layout.ts';
import type { Results } from '../core/results.ts';
import { checkFigure, checkFigureAgainst, type figureSchema, parseFigure } from './figure.ts';

const maps = { kind: 'maps', electrode: 'working' } as const;
const slices = { kind: 'slices', plane: 'through' } as const;

function messageOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (isFailure(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

test('the schema and the type agree', () => {
  expectTypeOf<z.infer<typeof figureSchema>>().toEqualTypeOf<FigureLayout>();
});

test.each([
  ['{', 'it is not JSON'],
  ['{"version":1,"rows":[]}', '(f.json, rows): it must hold at least 1 entries'],
  [
    JSON.stringify({ version: 1, rows: [[maps], [{ ...maps, limit: [0, 1] }]] }),
    '(f.json, rows[1][0].limit): there is no field of the name limit. Did you mean limits?',
  ],
  [
    JSON.stringify({ version: 1, rows: [[{ kind: 'map' }]] }),
    '(f.json, rows[0][0].kind): it must be "slices" or "maps"',
  ],
  [JSON.stringify({ version: 1, rows: [[{ ...maps, limits: [3, 1] }]] }), 'rows[0][0].limits): it must rise'],
  [JSON.stringify({ version: 1, rows: [[{ ...maps, scans: [{ day: 1 }] }]] }), 'rows[0][0].scans[0]'],
  [JSON.stringify({ version: 1, width: 'wide', rows: [[maps]] }), '(f.json, width): it must be "single"'],
])('%s is refused', (text, why) => {
  const message = messageOf(() => parseFigure(text, 'f.json'));
  expect(message).toContain('input: Cannot ');
  expect(message).toContain(why);
});

const results = {
  recipe: {},
  scans: [0, 1, 2].map((index) => ({ index, timeH: index, chargeMahCm2: null })),
  cracks: [{ id: 3, onsetScan: 1, volumeVoxels: [null, 4, 9] }],
  cycles: [],
} as unknown as Results;

test.each([
  [{ ...maps, cells: [1] }, 'rows[0][0].cells[0]): there is one cell, number 0. Name another one with --with'],
  [{ ...maps, scans: [{ scan: 3 }] }, 'rows[0][0].scans[0].scan): silver has the scans 0 to 2'],
  [{ ...maps, scans: [{ charge: 1 }] }, 'rows[0][0].scans[0]): the scans of silver have no charge'],
  [{ ...slices, marks: [{ kind: 'oval', at: { crack: 5 } }] }, 'marks[0].at.crack): the cracks of silver are 3'],
  [{ kind: 'line', of: 'grey', along: { crack: 9 } }, 'rows[0][0].along.crack): the cracks of silver are 3'],
  [{ ...slices, marks: [{ kind: 'arrow', at: 'cracks' }], scans: [{ hours: 1.2 }, { crack: 'first' }] }, 'accepted'],
])('%j against a series', (panel, said) => {
  const layout = checkFigure({ version: 1, rows: [[panel]] }, 'f.json');
  expect(messageOf(() => checkFigureAgainst(layout, [{ name: 'silver', results }], 'f.json'))).toContain(said);
});
