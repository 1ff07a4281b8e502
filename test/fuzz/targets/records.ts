import { encodePng } from '../../../src/backend/media/png.ts';
import { readMade } from '../../../src/backend/media/read_made.ts';
import { encodeTiff } from '../../../src/backend/media/tiff.ts';
import { single } from '../specimens.ts';
import type { Specimen, Target } from '../target.ts';

/** What figures, tables and movies say of how they were made, in them and beside them. */
export const records: Target = {
  name: 'records',
  specimens: async () => written(),
  attempt: async ({ path }) => {
    await readMade(path);
  },
  cases: 150,
};

const HASH = 'ab'.repeat(32);

const RECORD = JSON.stringify({
  record: 1,
  kind: 'figure',
  name: 'thickness_evolution',
  source: { title: 'Lithium over time', rows: [{ panels: [{ kind: 'efficiency' }] }] },
  options: { dotsPerInch: 300 },
  software: { name: 'tomolapse', version: '0.1.0', engine: 'a1b2' },
  projects: [
    {
      id: '0123456789abcdef',
      name: 'cell (2) \\ 4',
      asked: { reference: 0, denoise: { gaussianSigma: 1 } },
      recipe: { reference: 0, regions: { stable: null } },
      voxelSizeUm: [1.625, 1.625, 1.625],
      inputs: [{ file: 'scan_000.tif', fingerprint: HASH }],
      results: { register: [HASH], layers: [HASH] },
    },
  ],
});

/** A small picture, table or movie of each form that can carry a record. */
export function written(): Specimen[] {
  const picture = {
    width: 4,
    height: 3,
    channels: 3 as const,
    pixels: Uint8Array.from({ length: 36 }, (_, i) => 7 * i),
  };
  const escaped = RECORD.replace(/[\\()]/g, '\\$&');
  const markup = RECORD.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const beside = JSON.stringify({
    ...JSON.parse(RECORD),
    kind: 'table',
    file: { name: 'scans.csv', bytes: 9, sha256: HASH },
    frames: [{ sha256: HASH, samples: 1 }],
  });
  return [
    single('figure.png', encodePng(picture, { texts: { tomolapse: RECORD } })),
    single('figure.tiff', encodeTiff(picture, { dotsPerInch: 300, description: RECORD, software: 'tomolapse' })),
    single('figure.svg', Buffer.from(`<svg><metadata><tomolapse>${markup}</tomolapse></metadata><g/></svg>`)),
    single('figure.pdf', Buffer.from(`%PDF-1.3\n1 0 obj\n<< /Tomolapse (${escaped}) >>\nendobj\n%%EOF\n`, 'latin1')),
    single('figure.json', Buffer.from(RECORD)),
    {
      name: 'scans.csv',
      open: 'scans.csv',
      files: [
        { path: 'scans.csv.json', bytes: Buffer.from(beside) },
        { path: 'scans.csv', bytes: Buffer.from('index,0\r\n') },
      ],
    },
  ];
}
