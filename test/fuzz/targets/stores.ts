import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Triple } from '../../../src/core/geometry.ts';
import { openVolume, readBlock } from '../../../src/engine/volume.ts';
import { createProject } from '../../../src/store/create_project.ts';
import { writeSeries } from '../../../src/store/fixtures/series.ts';
import { Project } from '../../../src/store/project.ts';
import { createZarr, openZarr } from '../../../src/store/zarr/index.ts';
import { folderSpecimen } from '../specimens.ts';
import type { Specimen, Target } from '../target.ts';

/** A folder that `write` makes, as a specimen. */
async function made(name: string, open: string, write: (folder: string) => Promise<void>): Promise<Specimen> {
  const folder = await mkdtemp(join(tmpdir(), 'tomolapse-fuzz-made-'));
  try {
    await write(folder);
    return textFirst({ ...folderSpecimen(folder, open), name });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is damaged is mostly one of the first files. */
function textFirst(specimen: Specimen): Specimen {
  const rank = (path: string) => Number(!/\.(json|db)$/.test(path));
  return { ...specimen, files: specimen.files.toSorted((a, b) => rank(a.path) - rank(b.path)) };
}

/** Volumes as steps leave them. */
export const stored: Target = {
  name: 'stored',
  specimens: async () => [
    await made('grey', 'v.zarr', async (folder) => {
      const shape: Triple = [9, 10, 11];
      const channels = [{ label: 'grey', color: 'FFFFFF', window: [0, 255] as [number, number] }];
      const writer = await createZarr(join(folder, 'v.zarr'), {
        name: 'test',
        type: 'uint16',
        shape,
        voxelSizeUm: [1, 1, 1],
        channels,
        levels: [0, 1],
        chunk: 4,
        shard: 8,
      });
      await writer.writeSlab(
        0,
        Uint16Array.from({ length: 990 }, (_, i) => i + 1),
        0,
      );
      await writer.writeSlab(
        0,
        Uint16Array.from({ length: 150 }, (_, i) => i + 1),
        1,
      );
      await writer.close();
    }),
  ],
  attempt: async ({ path }) => {
    const volume = await openZarr(path);
    for (const exponent of volume.spec.levels!) {
      const { shape } = volume.level(exponent);
      if (shape[0] * shape[1] * shape[2] > 1e7) throw new RangeError('more than is read');
      const place = await volume.chunkPlace([0, 0, 0], exponent);
      if (place) {
        const rows = place.bytes / 2;
        const mapped = openVolume({
          segments: [{ path: place.path, offset: place.offset, rows }],
          shape: [1, rows, 1],
          type: 'uint16',
          bigEndian: false,
        });
        await readBlock({ volume: mapped, axis: [0, 1, 2], flip: [false, false, false] }, [0, 0, 0], [1, rows, 1]);
      }
      await volume.readBlock([0, 0, 0], shape, exponent);
    }
    await volume.damage();
  },
  cases: 150,
};

/** The database of a project, its results, and what lies around them. */
export const project: Target = {
  name: 'project',
  specimens: async () => [
    await made('project', 'cell.tomolapse', async (folder) => {
      const cell = join(folder, 'cell.tomolapse');
      await createProject(cell, async () => writeSeries(folder, 2));
      const opened = new Project(cell, { command: 'run', writes: true });
      try {
        opened.setRecipe({ version: 1, reference: 1 });
        opened.setAreas(5, null);
        opened.undo();
        const key = 'a'.repeat(64);
        const draft = await opened.objects.begin(key);
        const provenance = {
          step: 'lvf',
          version: 1,
          scan: 0,
          engine: 'e',
          software: '0',
          params: {},
          scans: {},
          needs: {},
          finishedAt: '',
          seconds: 0,
        };
        await opened.objects.commit(draft, { mean: [1, 2, 3] }, provenance);
        opened.setPlannedResults([{ step: 'lvf', scan: 0, key, done: true }]);
      } finally {
        opened.close();
      }
    }),
  ],
  attempt: async ({ path, random }) => {
    const opened = new Project(path, { command: random.pick(['results', 'verify']), writes: false });
    try {
      if (random.chance(0.3)) await opened.verify();
      opened.series();
      opened.recipe();
      opened.figures();
      opened.storyboards();
      opened.history();
      opened.reach();
      opened.workspace();
      opened.missingFiles();
      for (const { key } of opened.plannedResults()) {
        opened.objects.has(key);
        opened.objects.provenance(key);
        opened.objects.read(key);
      }
    } finally {
      opened.close();
    }
  },
  cases: 120,
};
