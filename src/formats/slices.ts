import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { badInput } from '../core/failure.ts';
import type { Format, VolumeDescription } from './description.ts';
import { instantText } from './instant.ts';
import { naturalOrder } from './natural_order.ts';
import { scannerLogs } from './scanner_log.ts';
import {
  bySample,
  describeTiff,
  greyDataset,
  omeSizeAndTimes,
  oneStack,
  pageKind,
  readPlanes,
  sizeAndTimes,
} from './tiff.ts';
import { readCalibration } from './tiff_calibration.ts';
import { isOme, readOme } from './tiff_ome.ts';

const AT_ONCE = 16;

/** A folder of TIFF slices in natural order; other files in it are left alone. See docs/formats/slices.md. */
export const slices: Format = {
  name: 'slices',
  recognises: ({ isFolder }) => isFolder,
  describe: ({ path }) => describeSlices(path),
};

async function describeSlices(path: string): Promise<VolumeDescription> {
  const what = 'Cannot read the folder of slices';
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !entry.isDirectory());
  const all = entries.map(({ name }) => name).filter((name) => !name.startsWith('.'));
  const names = all.filter((name) => /\.tiff?$/i.test(name)).sort(naturalOrder);
  if (names.length === 0)
    throw badInput({ what, path, why: 'it holds no TIFF file', whatToDo: 'Give a file, or a folder of TIFF slices' });
  const files = new Array<Awaited<ReturnType<typeof readPlanes>>>(names.length);
  let next = 0;
  const readOn = async () => {
    while (next < names.length) {
      const index = next++;
      files[index] = await readPlanes(join(path, names[index]));
    }
  };
  const readers = await Promise.allSettled(Array.from({ length: AT_ONCE }, readOn));
  for (const reader of readers) if (reader.status === 'rejected') throw reader.reason;

  const { description } = files[0];
  const images = isOme(description) ? await readOme(join(path, names[0]), description, 1) : null;
  // One page a file, and the first one knows which is which.
  if (images?.some(({ frames, channels }) => frames > 1 || channels > 1))
    return { ...(await describeTiff(join(path, names[0]))), path, format: 'slices' };
  const planes = files.map((file) => file.planes[0]);
  for (const [index, file] of files.entries()) {
    if (file.planes.length > 1)
      throw badInput({
        what,
        path,
        at: names[index],
        why: `this file has ${file.planes.length} pages, a slice has one`,
        whatToDo: 'Give volumes in files of several pages one by one',
      });
    if (pageKind(planes[index]) !== pageKind(planes[0]) || planes[index].bigEndian !== planes[0].bigEndian)
      throw badInput({
        what,
        path,
        at: names[index],
        why: `this slice is ${pageKind(planes[index])}, the first is ${pageKind(planes[0])}`,
        whatToDo: 'Keep the slices of one volume in a folder of their own',
      });
    planes[index].name = names[index];
  }
  const stacking = oneStack(planes);
  const stacks = bySample('volume', planes);
  const notes = gaps(names);
  const calibration = readCalibration(description, planes[0].page.resolution);
  const told = {
    ...sizeAndTimes(calibration, planes, stacking, 0),
    ...(images ? omeSizeAndTimes(images[0]) : {}),
  };
  const logged = await fromLogs(path, all, notes);
  const datasets = stacks.map((stack) => ({
    ...greyDataset(stack.name, stack.planes, stacking, 0),
    ...told,
    ...(told.voxelSizeUm ? {} : logged.size),
    ...(told.time && told.timeFrom !== 'TIFF DateTime' ? {} : logged.time),
  }));
  return {
    path,
    kind: datasets[0].colour || names.length === 1 ? 'image' : 'volume',
    format: 'slices',
    datasets,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** Voxel size and time from a scanner's log among the files; nothing, and a note, where logs disagree. */
async function fromLogs(path: string, names: string[], notes: string[]) {
  const logs = [...(await scannerLogs(path, names))];
  const agree = new Set(logs.map(([, { voxelSizeUm, start }]) => JSON.stringify([voxelSizeUm, start]))).size === 1;
  if (logs.length > 1 && !agree)
    notes.push(`The logs ${logs.map(([name]) => name).join(', ')} disagree about voxel size or time: none is used.`);
  if (!agree) return { size: {}, time: {} };
  const [name, log] = logs[0];
  const { voxelSizeUm, start, end } = log;
  const size = voxelSizeUm ? { voxelSizeUm, voxelSizeFrom: `${log.voxelSizeFrom} (${name})` } : {};
  if (!start) return { size, time: {} };
  const timeFrom = `${log.timeFrom} (${name})`;
  if (!end) return { size, time: { time: start, timeFrom } };
  const middle = (Date.parse(`${start}Z`) + Date.parse(`${end}Z`)) / 2;
  return { size, time: { time: instantText(middle, false), timeFrom, exposure: [start, end] as const } };
}

/** Numbers that are left out between slices: a missing slice shifts all that follow. */
function gaps(names: string[]): string[] {
  const numbers = names.map((name) => Number(/(\d+)\D*$/.exec(basename(name))?.[1] ?? Number.NaN));
  const steps = numbers.slice(1).map((number, index) => number - numbers[index]);
  const step = Math.min(...steps.filter((size) => size > 0));
  const notes: string[] = [];
  for (const [index, size] of steps.entries())
    if (Number.isFinite(step) && size > step && notes.length < 5)
      notes.push(`Slices seem to be missing between ${names[index]} and ${names[index + 1]}.`);
  return notes;
}
