import { basename } from 'node:path';
import type { Exposure } from '../../core/cycling.ts';
import { badInput } from '../../core/failure.ts';
import type { Triple } from '../../core/geometry.ts';
import { shownVoxel } from '../../core/units.ts';
import { type CyclingFile, readCycling } from '../../formats/cycling.ts';
import type { Hints } from '../../formats/description.ts';
import { hoursBetween, type Instant, readInstant } from '../../formats/instant.ts';
import { matchTimes, readTimes, timesOfLog } from '../../formats/times.ts';
import type { NewScan, NewSeries } from '../../store/create_project.ts';
import type { Objects } from '../../store/objects.ts';
import { type FoundScan, findScans, keptHints, openScan } from './scans.ts';
import type { Surroundings } from './surroundings.ts';
import { version } from './version.ts';

/** What a series is made of, as it was asked for. */
export interface SeriesSources {
  paths: string[];
  hints: Hints;
  timesPath: string | null;
  intervalH: number | null;
  cyclingPath: string | null;
  platingSign: 'negative' | 'positive';
  workingAreaMm2: number | null;
  counterAreaMm2: number | null;
}

/** Voxel sizes that differ by less are one: files round them. */
const SAME_SIZE = 1e-3;

/**
 * The series that files make: found, checked against each other, put in order of time or name, opened. Other shapes or
 * types are warnings; voxel sizes that differ or are not known are errors. Throws a Failure `input` naming the file.
 */
export async function gatherSeries(
  sources: SeriesSources,
  objects: Objects,
  { signal, notice, progress }: Surroundings,
): Promise<NewSeries> {
  const found = await findScans(sources.paths, sources.hints);
  for (const { path, notes } of found) for (const note of notes) notice(`note: ${path}: ${note}`);
  const voxelSizeUm = commonVoxelSize(found, sources.hints.voxelSizeUm ?? null, notice);
  const { cyclingPath, platingSign } = sources;
  const sizesFrom = new Set(found.map(({ voxelSizeFrom }) => voxelSizeFrom).filter((from) => from !== null));
  if (!sources.hints.voxelSizeUm && sizesFrom.size > 0)
    notice(`note: voxels of ${shownVoxel(voxelSizeUm)}, as the scans say of themselves (${[...sizesFrom].join(', ')})`);
  const log = cyclingPath === null ? null : await readCycling(cyclingPath, { platingSign });
  if (log?.log.timeH.length === 0) notice(`warning: ${cyclingPath} has no rows`);
  const times = await scanTimes(sources, found, log, notice);
  const cycling = log?.log ?? null;
  const timesFrom = sources.timesPath ? basename(sources.timesPath) : sources.intervalH !== null ? 'interval' : null;
  const timed = found.map((scan, i) => ({ scan, time: times[i]! }));
  if (times.every(({ timeH }) => timeH !== null)) timed.sort((a, b) => a.time.timeH! - b.time.timeH!);
  for (const [i, { scan, time }] of timed.entries())
    if (time.timeH !== null && time.timeH === timed[i - 1]?.time.timeH)
      notice(`warning: ${scan.path} has the same time as ${timed[i - 1]!.scan.path}`);
  const scans: NewScan[] = [];
  for (const [i, { scan, time }] of timed.entries()) {
    signal.throwIfAborted();
    progress({ fraction: i / timed.length, title: `Opening ${scan.name}`, secondsLeft: null });
    const opened = await openScan(scan, sources.hints, objects, signal);
    const { name, path, frame, voxelSizeFrom } = scan;
    const origin = { voxelSizeFrom, timeFrom: time.timeH === null ? null : (timesFrom ?? scan.timeFrom) };
    scans.push({ ...opened, name, path, hints: keptHints(sources.hints, frame), ...time, origin });
  }
  progress(null);
  const [first] = scans;
  for (const { path, source } of scans.slice(1)) {
    if (source.shape.join() !== first!.source.shape.join())
      notice(
        `warning: ${path} has ${source.shape.join(' × ')} voxels, the first scan ${first!.source.shape.join(' × ')}`,
      );
    if (source.type !== first!.source.type)
      notice(`warning: ${path} is of type ${source.type}, the first scan of ${first!.source.type}`);
  }
  const { workingAreaMm2, counterAreaMm2 } = sources;
  return { scans, voxelSizeUm, cycling, cyclingPath, workingAreaMm2, counterAreaMm2, software: version() };
}

/** The voxel size that all scans share. Throws a Failure `input` where it is not known, or differs. */
export function commonVoxelSize(
  found: readonly { path: string; voxelSizeUm: Triple | null }[],
  told: Triple | null,
  notice: (line: string) => void,
): Triple {
  if (told) return told;
  const known = found.find(({ voxelSizeUm }) => voxelSizeUm);
  const whatToDo = 'Tell it with --voxel-size';
  if (!known?.voxelSizeUm)
    throw badInput({
      what: 'Cannot create the project',
      path: found[0]!.path,
      why: 'the scans do not say how large their voxels are',
      whatToDo,
    });
  for (const { path, voxelSizeUm } of found) {
    if (!voxelSizeUm)
      notice(`warning: ${path} does not say how large its voxels are; they are taken as those of ${known.path}`);
    else if (voxelSizeUm.some((size, k) => Math.abs(size / known.voxelSizeUm![k]! - 1) > SAME_SIZE))
      throw badInput({
        what: 'Cannot create the project',
        path,
        why: `its voxels are ${shownVoxel(voxelSizeUm)}, those of ${known.path} ${shownVoxel(known.voxelSizeUm)}`,
        whatToDo,
      });
  }
  return known.voxelSizeUm;
}

/** Times of the scans in their order, counted from the log's zero; null where nothing tells them. */
export async function scanTimes(
  { timesPath, intervalH, cyclingPath }: Pick<SeriesSources, 'timesPath' | 'intervalH' | 'cyclingPath'>,
  found: readonly FoundScan[],
  cycling: CyclingFile | null,
  notice: (line: string) => void,
): Promise<Exposure[]> {
  if (timesPath === null) return timesWithoutTable(found, intervalH, cycling, notice);
  const file = await readTimes(timesPath);
  if (file.startsAt && cycling && !cycling.startsAt)
    notice(
      `warning: ${timesPath} gives dates and ${cyclingPath} does not: hour 0 of both is taken to be the first scan`,
    );
  const times = timesOfLog(file, cycling?.startsAt ?? null, timesPath);
  const names = found.map(({ path, name }) => (found.filter((other) => other.path === path).length > 1 ? name : path));
  const { matched, unused } = matchTimes(times, names, timesPath);
  if (matched.every((time) => time === null))
    throw badInput({
      what: 'Cannot create the project',
      path: timesPath,
      why: 'none of its lines names a scan',
      whatToDo: `Its column file should hold names like ${basename(names[0]!)}`,
    });
  for (const { file: name, line } of unused) notice(`warning: ${timesPath}, line ${line}: there is no scan ${name}`);
  for (const [i, time] of matched.entries()) if (!time) notice(`warning: ${timesPath} has no time for ${names[i]}`);
  return matched.map((time) => ({
    startH: time?.startH ?? null,
    timeH: time?.timeH ?? null,
    endH: time?.endH ?? null,
  }));
}

/** Times from an interval, or from what the files say of themselves, or none. */
function timesWithoutTable(
  found: readonly FoundScan[],
  intervalH: number | null,
  cycling: CyclingFile | null,
  notice: (line: string) => void,
): Exposure[] {
  if (intervalH !== null) return found.map((_, i) => ({ startH: null, timeH: i * intervalH, endH: null }));
  const told = timesOfFiles(found, cycling?.startsAt ?? null, notice);
  if (told && cycling && !cycling.startsAt)
    notice('warning: the scans have dates and the log has none: hour 0 of both is taken to be the first scan');
  if (told) return told;
  notice('warning: the times of the scans are not known (--times, --interval): nothing can be compared with charge');
  return found.map(() => ({ startH: null, timeH: null, endH: null }));
}

/** Times as the files say them: exposures where they have both ends. Null where not all say one, or they cannot be compared. */
function timesOfFiles(
  found: readonly FoundScan[],
  logStartsAt: Instant | null,
  notice: (line: string) => void,
): Exposure[] | null {
  const said = found.map(({ time, exposure }) => {
    const [start, end] = (exposure ?? []).map(readInstant);
    if (start && end && end.milliseconds >= start.milliseconds) return { start, end };
    const middle = time === null ? null : readInstant(time);
    return middle && { start: middle, end: null };
  });
  if (said.length === 0 || !said.every((own) => own !== null)) return null;
  const origin =
    logStartsAt ?? said.map(({ start }) => start).reduce((a, b) => (a.milliseconds <= b.milliseconds ? a : b));
  const from = [...new Set(found.map(({ timeFrom }) => timeFrom ?? 'the files'))].join(', ');
  if (said.some(({ start }) => start.zoned !== origin.zoned)) {
    notice(
      `warning: the times that the scans say of themselves (${from}) are not used: some dates, or those of the log, have a time zone and others have none`,
    );
    return null;
  }
  const taken = said.every(({ end }) => end) ? '' : ', taken as the middle of the exposure';
  notice(`note: the times are those that the scans say of themselves (${from})${taken}`);
  return said.map(({ start, end }, i) => {
    const hours = (instant: Instant) => hoursBetween(origin, instant, found[i]!.path);
    const from = hours(start);
    if (!end) return { startH: null, timeH: from, endH: null };
    return { startH: from, timeH: (from + hours(end)) / 2, endH: hours(end) };
  });
}
