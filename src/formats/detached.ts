import { open } from 'node:fs/promises';
import { badInput } from '../core/failure.ts';

const MOST_FILES = 100_000;
const LARGEST_TEXT = 2 ** 20;

/**
 * The names that a pattern of C's ("slice_%04d.raw") stands for, from `first` to `last`. Throws an input failure naming `path`
 * when the pattern has not one number, or stands for too many files.
 */
export function numberedNames(pattern: string, first: number, last: number, step: number, path: string): string[] {
  const place = /%(0?)(\d{0,2})d/;
  const count = Math.floor((last - first) / step) + 1;
  if (!place.test(pattern.trim()) || !(count > 0 && count <= MOST_FILES))
    throw badInput({
      what: 'Cannot read the header',
      path,
      at: pattern.trim(),
      why: `its pattern stands for ${count > 0 && Number.isFinite(count) ? `${count} files or` : 'no'} names that can be made`,
    });
  return Array.from({ length: count }, (_, i) => {
    const number = first + i * step;
    return pattern
      .trim()
      .replace(place, (_, zero: string, width: string) =>
        String(number).padStart(Number(width || 0), zero ? '0' : ' '),
      );
  });
}

/** The bytes of a file of text from `from` on; a mebibyte at most. */
export async function readTextFile(path: string, from = 0): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(LARGEST_TEXT);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
