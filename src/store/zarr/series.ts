import { constants } from 'node:fs';
import { copyFile, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Json } from '../../core/step.ts';
import { arrayMetadata, groupMetadata, type Level, levelOf, type ZarrSpec } from './layout.ts';
import { openZarr, type ZarrVolume } from './reader.ts';

/** A time point of a series: stored volumes of one shape that give its levels, and when it was. */
export interface SeriesFrame {
  /** Folders of volumes that `createZarr` wrote; a level that several have is taken from the first. */
  volumes: readonly string[];
  scan: number;
  name: string;
  /** Hours; null where it is not known. */
  startH: number | null;
  timeH: number | null;
  endH: number | null;
}

export interface SeriesOptions {
  /** Under `tomolapse` in the group's attributes, beside the scans and their times. */
  attributes?: Record<string, Json>;
  /** Takes the shards out of their volumes instead of copying them. */
  move?: boolean;
  signal?: AbortSignal;
}

/** Intervals that differ by less are one: stages and scripts keep no better time. */
const REGULAR = 0.01;

/** Hours from one time point to the next, on average; `regular` where all are alike. Null where times are not known. */
export function frameInterval(
  frames: readonly Pick<SeriesFrame, 'timeH'>[],
): { hours: number; regular: boolean } | null {
  const times = frames.map(({ timeH }) => timeH);
  if (times.length < 2 || !times.every((time) => time !== null)) return null;
  const hours = (times.at(-1)! - times[0]!) / (times.length - 1);
  if (!(hours > 0)) return null;
  const regular = times.every((time, i) => Math.abs(time - times[0]! - i * hours) <= REGULAR * hours);
  return { hours, regular };
}

/** Bytes that `writeZarrSeries` copies. Throws as it does. */
export async function seriesBytes(frames: readonly SeriesFrame[]): Promise<number> {
  let bytes = 0;
  for (const { shards } of (await openFrames(frames)).flat())
    for (const { from } of shards) bytes += (await stat(from)).size;
  return bytes;
}

/**
 * Writes stored volumes as one OME-Zarr 0.5 image with the axes t, (c), z, y, x into the folder `directory`, which is made. Shards
 * are taken as they are, so it costs a copy and no computing. OME-Zarr has one interval of time for all: the mean one, so that
 * the first and the last time point lie where they were; each one's own time is under `tomolapse`. Throws a Failure for damaged
 * volumes, RangeError for such that do not go together, and the signal's reason.
 */
export async function writeZarrSeries(
  directory: string,
  name: string,
  frames: readonly SeriesFrame[],
  { attributes = {}, move = false, signal }: SeriesOptions = {},
): Promise<void> {
  const opened = await openFrames(frames);
  const levels = opened[0]!.map(({ level }) => level);
  for (const [t, own] of opened.entries())
    for (const { level, shards } of own)
      for (const { from, path } of shards) {
        signal?.throwIfAborted();
        const to = join(directory, level.path, 'c', String(t), path);
        await mkdir(dirname(to), { recursive: true });
        await (move ? rename(from, to) : copyFile(from, to, constants.COPYFILE_FICLONE));
      }
  for (const level of levels) await writeJson(join(directory, level.path), withTime(level, frames.length));
  const spec = { ...opened[0]![0]!.volume.spec, name, levels: levels.map(({ exponent }) => exponent) };
  const scans = frames.map(({ volumes: _, ...frame }) => frame as unknown as Json);
  await writeJson(directory, seriesMetadata(spec, frames, { ...attributes, scans }));
}

interface FrameLevel {
  level: Level;
  volume: ZarrVolume;
  /** The file of a shard, and its path below `LEVEL/c/`. */
  shards: { from: string; path: string }[];
}

/** The levels that every frame has, finest first. */
async function openFrames(frames: readonly SeriesFrame[]): Promise<FrameLevel[][]> {
  if (frames.length === 0) throw new RangeError('a series needs a time point');
  const all: Map<number, FrameLevel>[] = [];
  for (const { volumes } of frames) {
    const own = new Map<number, FrameLevel>();
    for (const folder of volumes) {
      const volume = await openZarr(folder);
      const paths = (volume.attributes['shards'] as [string, number, number][]).map(([path]) => path);
      for (const exponent of volume.spec.levels!) {
        const start = `${exponent}/c/`;
        const shards = paths
          .filter((path) => path.startsWith(start))
          .map((path) => ({ from: join(folder, path), path: path.slice(start.length) }));
        if (!own.has(exponent)) own.set(exponent, { level: levelOf(volume.spec, exponent), volume, shards });
      }
    }
    all.push(own);
  }
  const common = [...all[0]!.keys()].filter((exponent) => all.every((own) => own.has(exponent))).sort((a, b) => a - b);
  const [first] = all;
  for (const own of all)
    for (const exponent of common)
      if (JSON.stringify(own.get(exponent)!.level) !== JSON.stringify(first!.get(exponent)!.level))
        throw new RangeError('the volumes of a series differ in shape or type');
  if (common.length === 0) throw new RangeError('the volumes of a series have no level in common');
  return all.map((own) => common.map((exponent) => own.get(exponent)!));
}

type Tree = Record<string, Json>;

/** zarr.json of one level: that of a single volume, with a leading axis of which each shard and chunk holds one. */
function withTime(level: Level, frames: number): Json {
  const array = arrayMetadata(level) as Tree & { shape: number[]; dimension_names: string[] };
  const [sharding] = array['codecs'] as { name: string; configuration: Tree }[];
  const inner = sharding!.configuration;
  const codecs = (inner['codecs'] as { name: string; configuration?: { order?: number[] } }[]).map((codec) =>
    codec.name === 'transpose'
      ? { ...codec, configuration: { order: [0, ...codec.configuration!.order!.map((axis) => axis + 1)] } }
      : codec,
  );
  const grid = array['chunk_grid'] as { name: string; configuration: { chunk_shape: number[] } };
  const outer = { ...grid, configuration: { chunk_shape: [1, ...grid.configuration.chunk_shape] } };
  const chunk = [1, ...(inner['chunk_shape'] as number[])];
  return {
    ...array,
    shape: [frames, ...array.shape],
    chunk_grid: outer,
    codecs: [{ ...sharding!, configuration: { ...inner, chunk_shape: chunk, codecs } }],
    dimension_names: ['t', ...array.dimension_names],
  } as Json;
}

interface Multiscale {
  axes: Json[];
  datasets: { path: string; coordinateTransformations: { type: string; [values: string]: Json }[] }[];
}

/** zarr.json of the group: that of a single volume, with the axis of time. */
function seriesMetadata(spec: ZarrSpec, frames: readonly SeriesFrame[], attributes: Record<string, Json>): Json {
  const group = groupMetadata(spec, attributes) as Tree & { attributes: { ome: { multiscales: Multiscale[] } } };
  const interval = frameInterval(frames);
  const start = frames[0]!.timeH;
  const [multiscale] = group.attributes.ome.multiscales;
  const known = interval !== null || (frames.length === 1 && start !== null);
  multiscale!.axes.unshift({ name: 't', type: 'time', ...(known ? { unit: 'hour' } : {}) });
  const leading: Record<string, number> = { scale: interval?.hours ?? 1, translation: (known ? start : null) ?? 0 };
  for (const { coordinateTransformations } of multiscale!.datasets)
    for (const transformation of coordinateTransformations) {
      const { type } = transformation;
      transformation[type] = [leading[type]!, ...(transformation[type] as number[])];
    }
  const own = (group.attributes as unknown as { tomolapse: Tree }).tomolapse;
  own['regularTimes'] = interval?.regular ?? false;
  return group;
}

async function writeJson(folder: string, json: Json): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'zarr.json'), `${JSON.stringify(json, null, 1)}\n`);
}
