import type { Triple } from '../core/geometry.ts';
import type { VoxelType } from '../core/series.ts';
import { VOXEL_BYTES } from './description.ts';
import { lookup3 } from './hdf5_checksum.ts';
import { type VolumeToWrite, voxelBytes, writeVoxels } from './write_voxels.ts';

export interface Hdf5ToWrite extends VolumeToWrite {
  shape: Triple;
  /** z, y, x. */
  voxelSizeUm: Triple;
}

/** Voxels begin at a page of memory. */
const ALIGNMENT = 4096;

/**
 * Writes a volume as NXtomoproc: `entry/data/data`, contiguous, so that it can be mapped in place, with the positions along
 * z, y and x in µm beside it. HDF5 1.8 and later read it. Beside and renamed; throws as `writeRaw`.
 */
export async function writeHdf5(path: string, volume: Hdf5ToWrite): Promise<void> {
  const bytes = voxelBytes(volume);
  const headBytes = Math.ceil(headOf(volume, 0, 0).length / ALIGNMENT) * ALIGNMENT;
  const head = Buffer.alloc(headBytes);
  headOf(volume, headBytes, headBytes + bytes).copy(head);
  await writeVoxels(path, volume, head, Buffer.alloc(0));
}

/** Everything before the voxels. Its length does not depend on where they are. */
function headOf({ shape, type, voxelSizeUm }: Hdf5ToWrite, voxelsAt: number, end: number): Buffer {
  const parts: Buffer[] = [Buffer.alloc(48)];
  let at = 48;
  const put = (bytes: Buffer): number => {
    const padded = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]);
    parts.push(padded);
    at += padded.length;
    return at - padded.length;
  };
  const axes = { z: 0, y: 1, x: 2 } as const;
  const positions = Object.entries(axes).map(([name, axis]): [string, number] => {
    const along = Float64Array.from({ length: shape[axis] }, (_, i) => i * voxelSizeUm[axis]);
    const own = Buffer.from(along.buffer);
    return [name, put(dataset([shape[axis]], 'float64', put(own), own.length, [attribute('units', ['um'])]))];
  });
  const voxels = put(dataset(shape, type, voxelsAt, shape[0] * shape[1] * shape[2] * VOXEL_BYTES[type], []));
  const data = put(
    group(
      [['data', voxels], ...positions],
      [attribute('NX_class', ['NXdata']), attribute('signal', ['data']), attribute('axes', Object.keys(axes))],
    ),
  );
  const definition = Buffer.from('NXtomoproc');
  const named = put(
    header([
      message(0x01, space([])),
      message(0x03, text(definition.length)),
      ...plain(put(definition), definition.length),
    ]),
  );
  const entry = put(
    group(
      [
        ['data', data],
        ['definition', named],
      ],
      [attribute('NX_class', ['NXentry']), attribute('default', ['data'])],
    ),
  );
  const root = put(group([['entry', entry]], [attribute('default', ['entry'])]));

  const start = Buffer.concat([
    Buffer.from('894844460d0a1a0a', 'hex'),
    Buffer.from([2, 8, 8, 0]),
    words(0, null, end, root),
  ]);
  parts[0] = sealed(start);
  return Buffer.concat(parts);
}

function dataset(shape: readonly number[], type: VoxelType, at: number, bytes: number, attributes: Buffer[]): Buffer {
  return header([message(0x01, space(shape)), message(0x03, number(type)), ...plain(at, bytes), ...attributes]);
}

/** No fill value, and contiguous elements. */
function plain(at: number, bytes: number): Buffer[] {
  return [message(0x05, Buffer.from([3, 0x0a])), message(0x08, Buffer.concat([Buffer.from([3, 1]), words(at, bytes)]))];
}

function group(links: readonly (readonly [string, number])[], attributes: Buffer[]): Buffer {
  const named = links.map(([name, address]) =>
    message(0x06, Buffer.concat([Buffer.from([1, 0, name.length]), Buffer.from(name, 'latin1'), words(address)])),
  );
  const info = Buffer.concat([Buffer.from([0, 0]), words(null, null)]);
  return header([message(0x02, info), message(0x0a, Buffer.from([0, 0])), ...named, ...attributes]);
}

/** One text, or a list of them. */
function attribute(name: string, texts: readonly string[]): Buffer {
  const length = Math.max(...texts.map((one) => one.length));
  const type = text(length);
  const extent = space(texts.length > 1 ? [texts.length] : []);
  const head = Buffer.alloc(9);
  head[0] = 3;
  head.writeUInt16LE(name.length + 1, 2);
  head.writeUInt16LE(type.length, 4);
  head.writeUInt16LE(extent.length, 6);
  const values = texts.map((one) => Buffer.from(one.padEnd(length, '\0'), 'latin1'));
  return message(0x0c, Buffer.concat([head, Buffer.from(`${name}\0`, 'latin1'), type, extent, ...values]));
}

function space(shape: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from([2, shape.length, 0, shape.length > 0 ? 1 : 0]), words(...shape)]);
}

/** Text of a fixed length, filled with 0. */
function text(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.set([0x13, 1]);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

function number(type: VoxelType): Buffer {
  const bytes = VOXEL_BYTES[type];
  const isFloat = type.startsWith('float');
  const head = Buffer.alloc(12);
  head[0] = isFloat ? 0x11 : 0x10;
  head[1] = isFloat ? 0x20 : type.startsWith('int') ? 8 : 0;
  head[2] = isFloat ? 8 * bytes - 1 : 0;
  head.writeUInt32LE(bytes, 4);
  head.writeUInt16LE(8 * bytes, 10);
  if (!isFloat) return head;
  const ieee = Buffer.alloc(8);
  ieee.set(bytes === 4 ? [23, 8, 0, 23] : [52, 11, 0, 52]);
  ieee.writeUInt32LE(bytes === 4 ? 127 : 1023, 4);
  return Buffer.concat([head, ieee]);
}

function message(type: number, content: Buffer): Buffer {
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUInt16LE(content.length, 1);
  return Buffer.concat([head, content]);
}

/** An object header of the second version, in one block. */
function header(messages: Buffer[]): Buffer {
  const content = Buffer.concat(messages);
  const head = Buffer.concat([Buffer.from('OHDR'), Buffer.from([2, 2, 0, 0, 0, 0])]);
  head.writeUInt32LE(content.length, 6);
  return sealed(Buffer.concat([head, content]));
}

function sealed(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(lookup3(bytes));
  return Buffer.concat([bytes, checksum]);
}

/** Numbers of 8 bytes; null is the address of nothing. */
function words(...numbers: (number | null)[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length, 0xff);
  for (const [i, n] of numbers.entries()) if (n !== null) bytes.writeBigUInt64LE(BigInt(n), 8 * i);
  return bytes;
}
