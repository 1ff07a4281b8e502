import { badInput, type Failure } from '../core/failure.ts';
import { inBytes } from './description.ts';
import type { HeaderReader } from './header_reader.ts';

/** A file in a ZIP archive. */
export interface ZipEntry {
  name: string;
  /** 0 stored, 8 deflate. */
  method: number;
  /** Where its stored bytes begin in the archive. */
  offset: number;
  storedBytes: number;
  bytes: number;
}

const LARGEST_DIRECTORY = 2 ** 24;

export function isZip(head: Buffer): boolean {
  return head.length > 30 && head.readUInt32LE(0) === 0x04034b50;
}

/**
 * The files in a ZIP archive, archives and members of more than 4 GB included. Throws an input failure when the archive is cut
 * short, encrypted, in several parts, or its directory points outside.
 */
export async function readZip(reader: HeaderReader): Promise<ZipEntry[]> {
  const damaged = (why: string): Failure =>
    badInput({
      what: 'Cannot read the ZIP archive',
      path: reader.path,
      why,
      whatToDo: 'It is cut short or damaged: copy or save it again',
    });
  const { entries, start, length } = await findDirectory(reader, damaged);
  if (entries === 0 || length === 0) return [];
  if (length > LARGEST_DIRECTORY || start + length > reader.size)
    throw damaged(`its directory is said to have ${inBytes(length)} from byte ${start.toLocaleString('en')}`);
  const directory = await reader.bytes(start, length, 'directory');
  const files: ZipEntry[] = [];
  for (let i = 0, at = 0; i < entries; i++) {
    if (at + 46 > length || directory.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory is broken');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > length) throw damaged('its directory is broken');
    const name = directory.subarray(at + 46, at + 46 + nameLength).toString('utf8');
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const sizes = largeSizes(directory.subarray(at), extra);
    if (directory.readUInt16LE(at + 8) & 1) throw damaged(`${name} in it is encrypted`);
    const local = await reader.bytes(sizes.local, 30, name);
    if (local.readUInt32LE(0) !== 0x04034b50) throw damaged(`${name} is not where its directory says`);
    const offset = sizes.local + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
    if (offset + sizes.stored > reader.size) throw damaged(`${name} in it reaches beyond its end`);
    files.push({
      name,
      method: directory.readUInt16LE(at + 10),
      offset,
      storedBytes: sizes.stored,
      bytes: sizes.whole,
    });
    at = next;
  }
  return files;
}

async function findDirectory(reader: HeaderReader, damaged: (why: string) => Failure) {
  const tailBytes = Math.min(reader.size, 22 + 0xffff);
  const tail = await reader.bytes(reader.size - tailBytes, tailBytes, 'its end');
  let at = tail.length - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at--;
  if (at < 0) throw damaged('its directory is missing from the end');
  const plain = {
    entries: tail.readUInt16LE(at + 10),
    length: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
  };
  if (at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) return plain;
  const record = await reader.bytes(Number(tail.readBigUInt64LE(at - 12)), 56, 'directory');
  if (record.readUInt32LE(0) !== 0x06064b50) throw damaged('its directory is broken');
  return {
    entries: Number(record.readBigUInt64LE(32)),
    length: Number(record.readBigUInt64LE(40)),
    start: Number(record.readBigUInt64LE(48)),
  };
}

/** Sizes and place of a member; those that do not fit 32 bits stand in a field of their own. */
function largeSizes(header: Buffer, extra: Buffer): { whole: number; stored: number; local: number } {
  const sizes = [header.readUInt32LE(24), header.readUInt32LE(20), header.readUInt32LE(42)];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    for (const [i, size] of sizes.entries())
      if (size === 0xffffffff && field + 8 <= extra.length) {
        sizes[i] = Number(extra.readBigUInt64LE(field));
        field += 8;
      }
    break;
  }
  return { whole: sizes[0], stored: sizes[1], local: sizes[2] };
}
