import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { badInput } from '../core/failure.ts';
import type { Format, VolumeDescription } from './description.ts';
import { naturalOrder } from './natural_order.ts';
import { bySample, greyDataset, oneStack, pageKind, readPlanes, sizeAndTimes } from './tiff.ts';
import { readCalibration } from './tiff_calibration.ts';

const AT_ONCE = 16;

/** A folder of TIFF slices in natural order; other files in it are left alone. See docs/formats/slices.md. */
export const slices: Format = {
  name: 'slices',
  recognises: ({ isFolder }) => isFolder,
  describe: ({ path }) => describeSlices(path),
};

async function describeSlices(path: string): Promise<VolumeDescription> {
  const what = 'Cannot read the folder of slices';
  const names = (await readdir(path, { withFileTypes: true }))
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.tiff?$/i.test(entry.name))
    .map((entry) => entry.name)
    .sort(naturalOrder);
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
  const calibration = readCalibration(files[0].description, planes[0].page.resolution);
  const times = sizeAndTimes(calibration, planes, stacking, 0);
  const datasets = stacks.map((stack) => ({ ...greyDataset(stack.name, stack.planes, stacking, 0), ...times }));
  const notes = gaps(names);
  return {
    path,
    kind: datasets[0].colour || names.length === 1 ? 'image' : 'volume',
    format: 'slices',
    datasets,
    ...(notes.length > 0 ? { notes } : {}),
  };
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
