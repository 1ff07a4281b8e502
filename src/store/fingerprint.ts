import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { canonicalJson } from '../core/canonical.ts';
import { asFailure, badInput } from '../core/failure.ts';
import type { VolumeSource } from '../core/series.ts';
import type { Json } from '../core/step.ts';

const MISSING = 'Put it back where it was, or open the project in the app and show where it is now';
/** Files up to this many bytes together are hashed whole. */
const WHOLE_BYTES = 256 * 2 ** 20;
const ENDS_BYTES = 2 ** 20;
const SAMPLE_BYTES = 64 * 2 ** 10;
const SAMPLES = 256;

export interface FileState {
  path: string;
  bytes: number;
  /** Nanoseconds since 1970, as text because it does not fit a number. */
  modifiedNs: string;
}

/** The files of a source, each once, in order of first use. */
export function filesOf(source: VolumeSource): string[] {
  return [...new Set(source.segments.map(({ path }) => path))];
}

/** Size and time of last change of every file. Throws a Failure `input` naming one that is missing. */
export async function statesOf(paths: readonly string[]): Promise<FileState[]> {
  const states: FileState[] = [];
  for (let first = 0; first < paths.length; first += 64)
    states.push(
      ...(await Promise.all(
        paths.slice(first, first + 64).map(async (path) => {
          try {
            const { size, mtimeNs } = await stat(path, { bigint: true });
            return { path, bytes: Number(size), modifiedNs: mtimeNs.toString() };
          } catch (error) {
            const failure = asFailure(error, 'Cannot read the scan', path);
            if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
            throw badInput({ ...failure.fields, whatToDo: MISSING, cause: error });
          }
        }),
      )),
    );
  return states;
}

/**
 * What tells these voxels from others: a hash of the geometry (shape, type, byte order, offsets), and of the bytes. Where the
 * voxels were brought in, the bytes are those of `originals` and `hints` say which of its volumes it is. Up to 256 MiB every byte counts; larger scans
 * are told by sizes, 1 MiB at either end and 256 samples of 64 KiB evenly between, so that 28 GB take a fraction of a
 * second. `changed` (times of change) is mixed in for those: samples cannot prove that a rewritten file is the same.
 */
export async function fingerprint(
  source: VolumeSource,
  originals: string[] | null,
  hints: Json,
  changed: string | null = null,
): Promise<string> {
  const paths = originals ?? filesOf(source);
  const states = await statesOf(paths);
  const order = new Map(paths.map((path, i) => [path, i]));
  const hash = createHash('sha256');
  const geometry = {
    shape: source.shape,
    type: source.type,
    bigEndian: source.bigEndian,
    segments: originals ? null : source.segments.map(({ path, offset, rows }) => [order.get(path)!, offset, rows]),
    bytes: states.map(({ bytes }) => bytes),
    hints: originals ? hints : null,
  };
  hash.update(canonicalJson(geometry));
  const total = states.reduce((sum, { bytes }) => sum + bytes, 0);
  const whole = total <= WHOLE_BYTES;
  if (!whole && changed !== null) hash.update(changed);
  const spacing = Math.max(SAMPLE_BYTES, total / SAMPLES);
  const buffer = Buffer.allocUnsafe(ENDS_BYTES);
  let before = 0;
  for (const [i, { path, bytes }] of states.entries()) {
    const ranges: [number, number][] = [];
    if (whole) ranges.push([0, bytes]);
    else {
      if (i === 0) ranges.push([0, Math.min(bytes, ENDS_BYTES)]);
      for (let next = Math.ceil(before / spacing) * spacing; next < before + bytes; next += spacing) {
        const begin = Math.floor(next) - before;
        ranges.push([begin, Math.min(bytes, begin + SAMPLE_BYTES)]);
      }
      if (i === states.length - 1) ranges.push([Math.max(0, bytes - ENDS_BYTES), bytes]);
    }
    before += bytes;
    if (ranges.length === 0) continue;
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      for (const [begin, end] of ranges)
        for (let at = begin; at < end; ) {
          const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
          if (bytesRead === 0) throw new Error(`the file ended at ${at} of ${bytes} bytes while it was read`);
          hash.update(buffer.subarray(0, bytesRead));
          at += bytesRead;
        }
    } catch (error) {
      throw asFailure(error, 'Cannot read the scan', path);
    } finally {
      await file?.close();
    }
  }
  return hash.digest('hex');
}
