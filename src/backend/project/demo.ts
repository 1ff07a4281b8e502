import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure, badInput } from '../../core/failure.ts';
import { append, writtenBeside } from '../../formats/beside.ts';
import type { PhantomSize } from '../../phantom/spec.ts';
import { readTruth, type Truth } from '../../phantom/truth.ts';
import { writePhantom } from '../../phantom/write.ts';
import { createProject } from '../../store/create_project.ts';
import { checkFolder } from './folders.ts';
import { gatherSeries } from './gather.ts';
import type { Surroundings } from './surroundings.ts';

/** By this file a demonstration knows its own folder; it holds what was asked for. */
const MARK = 'demo.json';

/** Which demonstration: another seed is another cell. */
export interface Asked {
  size: PhantomSize;
  seed: number;
}

/** Where a demonstration keeps its parts. */
export function demoPlaces(folder: string): { scans: string; project: string } {
  return { scans: join(folder, 'scans'), project: join(folder, 'cell.tomolapse') };
}

/**
 * Writes the demonstration's series into a new or empty folder and makes a project of it; what an earlier call left whole is
 * used. Returns what is true of it. Throws a Failure `input` where the folder holds something else.
 */
export async function demoSeries(folder: string, asked: Asked, threads: number, around: Surroundings): Promise<Truth> {
  const { signal, progress } = around;
  const { scans, project } = demoPlaces(folder);
  await checkFolder(folder, 'Cannot run the demonstration');
  await claim(folder, asked);
  const truth =
    (await wholeTruth(scans)) ??
    (await writePhantom(
      scans,
      { ...asked, threads },
      { signal, progress: (fraction) => progress({ fraction, title: 'Writing the series', secondsLeft: null }) },
    ));
  if (!existsSync(project)) {
    const { working, counter } = truth.electrodes;
    await createProject(project, (objects) =>
      gatherSeries(
        {
          paths: truth.scans.map(({ file }) => join(scans, file)),
          hints: { voxelSizeUm: truth.voxelSizeUm },
          timesPath: join(scans, 'scans.csv'),
          intervalH: null,
          cyclingPath: join(scans, 'cycling.csv'),
          platingSign: 'negative',
          workingAreaMm2: working.areaMm2,
          counterAreaMm2: counter.areaMm2,
        },
        objects,
        around,
      ),
    );
  }
  return truth;
}

/** The truth of a series that an earlier demonstration wrote whole, null where there is none. */
async function wholeTruth(folder: string): Promise<Truth | null> {
  return existsSync(join(folder, 'truth.json')) ? await readTruth(folder) : null;
}

/**
 * Makes a new or empty folder the demonstration's own, or finds that it is. Throws a Failure `input` for a folder with anything
 * else in it, or with another demonstration.
 */
async function claim(folder: string, asked: Asked): Promise<void> {
  const what = 'Cannot run the demonstration';
  const mark = join(folder, MARK);
  if (existsSync(mark)) {
    const earlier = JSON.parse(await readFile(mark, 'utf8')) as Asked;
    if (earlier.size === asked.size && earlier.seed === asked.seed) return;
    throw badInput({
      what,
      path: folder,
      why: `there is another one in it (--size ${earlier.size} --seed ${earlier.seed})`,
      whatToDo: 'Ask for the same, give another folder, or remove this one',
    });
  }
  const [other] = existsSync(folder) ? await readdir(folder) : [];
  if (other !== undefined)
    throw badInput({
      what,
      path: folder,
      why: `there is something else in it (${other})`,
      whatToDo: 'Give a folder that is new or empty',
    });
  try {
    await writtenBeside(mark, (file) => append(file, Buffer.from(`${JSON.stringify(asked)}\n`)));
  } catch (error) {
    throw asFailure(error, what, folder);
  }
}
