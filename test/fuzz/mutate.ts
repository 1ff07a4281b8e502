import { gunzipSync, gzipSync } from 'node:zlib';
import { lookup3 } from '../../src/formats/hdf5_checksum.ts';
import type { Random } from './random.ts';

/** Bytes to bytes; never larger than a few times the original. */
type Change = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const HDF = Buffer.from('HDF');
const LARGEST_PLAIN = 4 * 2 ** 20;

/** A damaged copy: one to four changes of a kind that fits the bytes (numbers of headers, lines of text, a page list, a gzip stream). */
export function mutated(bytes: Buffer, random: Random, others: readonly Buffer[] = []): Buffer {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && random.chance(0.5)) {
    const inside = plainOf(bytes);
    if (inside) return gzipSync(mutated(inside, random, others), { level: 1 });
  }
  if (bytes.subarray(1, 4).equals(HDF) && random.chance(0.5)) return damagedUnderSeal(bytes, random);
  const fitting = [
    ...ANY,
    ...(isText(bytes) ? TEXT : []),
    ...(isTiff(bytes) ? TIFF : []),
    ...(isJson(bytes) ? JSONS : []),
  ];
  let changed: Buffer = Buffer.from(bytes);
  for (let count = 1 + random.skewed(4); count > 0; count--) changed = random.pick(fitting)(changed, random, others);
  return changed;
}

function plainOf(bytes: Buffer): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_PLAIN });
  } catch {
    return null;
  }
}

function isText(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 256);
  return (
    start.length > 0 && start.filter((byte) => byte >= 0x20 || (byte >= 9 && byte <= 13)).length >= start.length - 1
  );
}

function isTiff(bytes: Buffer): boolean {
  return /^(II[*+]\0|MM\0[*+])/.test(bytes.toString('latin1', 0, 4));
}

function isJson(bytes: Buffer): boolean {
  return /^\s*[[{]/.test(bytes.toString('latin1', 0, 64));
}

/** Where in a file: mostly in its header, sometimes at its end, else anywhere. */
function place(bytes: Buffer, random: Random): number {
  const way = random.fraction();
  if (way < 0.6) return random.skewed(bytes.length);
  if (way < 0.75) return Math.max(0, bytes.length - 1 - random.skewed(bytes.length));
  return random.below(bytes.length);
}

/** Numbers at which sizes, signs and types end. */
function telling(random: Random, bytes: Buffer, at: number): bigint {
  const limits = [8, 16, 31, 32, 53, 63, 64].map((bits) => 2n ** BigInt(bits));
  switch (random.below(7)) {
    case 0:
      return BigInt(random.pick([0, 0, 1, 2, 3, 255, -1, -2]));
    case 1:
      return random.pick(limits) + BigInt(random.pick([-1, 0, 1]));
    case 2:
      return BigInt(bytes.length + random.pick([-1, 0, 1, 8]));
    case 3:
      return BigInt(at + random.pick([0, -4, 4, -8, 8]));
    case 4:
      return BigInt(random.below(bytes.length + 1));
    case 5:
      return -random.pick(limits);
    default:
      return BigInt(random.below(2 ** 31)) * BigInt(random.below(2 ** 31));
  }
}

function write(bytes: Buffer, at: number, width: number, big: boolean, value: bigint): void {
  const text = BigInt.asUintN(width * 8, value);
  for (let i = 0; i < width && at + i < bytes.length; i++)
    bytes[at + i] = Number((text >> BigInt(8 * (big ? width - 1 - i : i))) & 255n);
}

function read(bytes: Buffer, at: number, width: number, big: boolean): bigint {
  let value = 0n;
  for (let i = 0; i < width; i++) value |= BigInt(bytes[at + i] ?? 0) << BigInt(8 * (big ? width - 1 - i : i));
  return value;
}

const flipBit: Change = (bytes, random) => {
  if (bytes.length > 0) bytes[place(bytes, random)]! ^= 1 << random.below(8);
  return bytes;
};

const setByte: Change = (bytes, random) => {
  if (bytes.length > 0)
    bytes[place(bytes, random)] = random.pick([0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a, random.below(256)]);
  return bytes;
};

const setNumber: Change = (bytes, random) => {
  const width = random.pick([2, 4, 4, 8]);
  const at = random.chance(0.8) ? Math.floor(place(bytes, random) / width) * width : place(bytes, random);
  write(bytes, at, width, random.chance(0.2), telling(random, bytes, at));
  return bytes;
};

const nudgeNumber: Change = (bytes, random) => {
  const width = random.pick([2, 4, 8]);
  const at = Math.floor(place(bytes, random) / width) * width;
  const big = random.chance(0.2);
  const value = read(bytes, at, width, big);
  write(bytes, at, width, big, random.pick([value + 1n, value - 1n, value * 2n, value / 2n, -value, value << 16n]));
  return bytes;
};

/** A pointer that points where another one does: lists become circles. */
const copyNumber: Change = (bytes, random) => {
  const width = random.pick([2, 4, 8]);
  const [from, to] = [place(bytes, random), place(bytes, random)].map((at) => Math.floor(at / width) * width) as [
    number,
    number,
  ];
  bytes.copy(bytes, to, from, Math.min(bytes.length, from + width));
  return bytes;
};

const truncate: Change = (bytes, random) => {
  const kept = random.chance(0.3) ? bytes.length - 1 - random.skewed(64) : place(bytes, random);
  return bytes.subarray(0, Math.max(1, kept));
};

const extend: Change = (bytes, random) =>
  Buffer.concat([bytes, Buffer.alloc(1 + random.skewed(8192), random.pick([0, 0xff, 0x20]))]);

const remove: Change = (bytes, random) => {
  const at = place(bytes, random);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.skewed(1024))]);
};

const repeat: Change = (bytes, random) => {
  const at = place(bytes, random);
  const piece = bytes.subarray(at, at + 1 + random.skewed(4096));
  return Buffer.concat([
    bytes.subarray(0, at),
    ...Array<Buffer>(1 + random.skewed(16)).fill(piece),
    bytes.subarray(at),
  ]);
};

const move: Change = (bytes, random) => {
  const from = place(bytes, random);
  bytes.copy(bytes, place(bytes, random), from, Math.min(bytes.length, from + 1 + random.skewed(1024)));
  return bytes;
};

const blank: Change = (bytes, random) => {
  const at = place(bytes, random);
  return bytes.fill(random.pick([0, 0xff]), at, Math.min(bytes.length, at + 1 + random.skewed(1024)));
};

/** The beginning of one file and the end of another. */
const splice: Change = (bytes, random, others) => {
  if (others.length === 0) return bytes;
  const other = random.pick(others);
  return Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]);
};

/** Blocks of an HDF5 file that end with a checksum: where they begin, and how long they are with it. */
const sealed = new WeakMap<Buffer, [at: number, length: number][]>();
const SEALED = /OHDR|OCHK|BTHD|BTLF|BTIN|FRHP|FHDB|FHIB|FADB|FAHD|EAHD|EAIB|EASB|EADB|\x89HDF\r\n/g;
const LONGEST_SEALED = 400;

function sealedBlocks(bytes: Buffer): [at: number, length: number][] {
  const known = sealed.get(bytes);
  if (known) return known;
  const found: [number, number][] = [];
  for (const { index } of bytes.toString('latin1').matchAll(SEALED))
    for (let length = 12; length <= LONGEST_SEALED && index + length <= bytes.length; length++)
      if (lookup3(bytes.subarray(index, index + length - 4)) === bytes.readUInt32LE(index + length - 4)) {
        found.push([index, length]);
        break;
      }
  sealed.set(bytes, found);
  return found;
}

/** Damage that a checksum does not show. */
function damagedUnderSeal(bytes: Buffer, random: Random): Buffer {
  const blocks = sealedBlocks(bytes);
  if (blocks.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  const [at, length] = random.pick(blocks);
  const inside = changed.subarray(at, at + length - 4);
  for (let count = 1 + random.skewed(3); count > 0; count--) random.pick(IN_PLACE)(inside, random, []);
  changed.writeUInt32LE(lookup3(inside), at + length - 4);
  return changed;
}

/** Changes that leave every byte where it is. */
const IN_PLACE: readonly Change[] = [flipBit, setByte, setNumber, setNumber, nudgeNumber, copyNumber, move, blank];

const ANY: readonly Change[] = [
  flipBit,
  flipBit,
  setByte,
  setNumber,
  setNumber,
  setNumber,
  nudgeNumber,
  copyNumber,
  truncate,
  extend,
  remove,
  repeat,
  move,
  blank,
  splice,
];

const WORDS = [
  '',
  '0',
  '-1',
  '1e308',
  '-1e-320',
  'NaN',
  'inf',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '99999999999999999999',
  '0x10',
  '1.5',
  '1 2 3',
  'null',
  'true',
  '""',
  '../../../../etc/passwd',
  '/dev/zero',
  '/dev/stdin',
  '%d%d%d 0 1000000000 1',
  '%n%s',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  'é',
  '__proto__',
  'constructor',
];

const changeNumber: Change = (bytes, random) => changeToken(bytes, random, /[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?/gi);
const changeWord: Change = (bytes, random) => changeToken(bytes, random, /[\w.%/-]+/g);

function changeToken(bytes: Buffer, random: Random, pattern: RegExp): Buffer {
  const head = bytes.toString('latin1', 0, 65536);
  const found = [...head.matchAll(pattern)];
  if (found.length === 0) return bytes;
  const token = found[random.skewed(found.length)]!;
  const word = random.chance(0.1) ? token[0].repeat(1 + random.skewed(20_000)) : random.pick(WORDS);
  return Buffer.concat([
    bytes.subarray(0, token.index),
    Buffer.from(word),
    bytes.subarray(token.index + token[0].length),
  ]);
}

/** Lines are left out, said twice, exchanged, or one is very long. */
const changeLines: Change = (bytes, random) => {
  const head = bytes.toString('latin1', 0, 65536);
  const lines = head.split(/(?<=\n)/);
  const [a, b] = [random.skewed(lines.length), random.skewed(lines.length)];
  switch (random.below(5)) {
    case 0:
      lines.splice(a, 1);
      break;
    case 1:
      lines.splice(a, 0, lines[b]!);
      break;
    case 2:
      [lines[a], lines[b]] = [lines[b]!, lines[a]!];
      break;
    case 3:
      lines[a] = `${lines[a]!.trimEnd()}${'x'.repeat(random.skewed(100_000))}\n`;
      break;
    default:
      lines[a] = lines[a]!.repeat(1 + random.skewed(200));
  }
  return Buffer.concat([Buffer.from(lines.join(''), 'latin1'), bytes.subarray(65536)]);
};

const TEXT: readonly Change[] = [changeNumber, changeNumber, changeNumber, changeWord, changeLines, changeLines];

type Tree = null | boolean | number | string | Tree[] | { [key: string]: Tree };

/** A value of the document in place of another, or something that does not belong there. */
const changeTree: Change = (bytes, random) => {
  let tree: Tree;
  try {
    tree = JSON.parse(bytes.toString()) as Tree;
  } catch {
    return bytes;
  }
  const places: [parent: { [key: string]: Tree } | Tree[], key: string][] = [];
  const visit = (node: Tree) => {
    if (node === null || typeof node !== 'object' || places.length > 5000) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      visit((node as { [key: string]: Tree })[key]!);
    }
  };
  visit(tree);
  if (places.length === 0) return bytes;
  const [parent, key] = random.pick(places);
  const own = parent as { [key: string]: Tree };
  switch (random.below(5)) {
    case 0:
      delete own[key];
      break;
    case 1: {
      const [from, other] = random.pick(places);
      own[key] = structuredClone((from as { [key: string]: Tree })[other]!);
      break;
    }
    case 2:
      if (!Array.isArray(own)) own[random.pick(['__proto__', 'constructor', 'length', '0', `${key}x`, ''])] = own[key]!;
      break;
    case 3:
      own[key] = random.chance(0.2)
        ? nested(random.pick([50, 2000]))
        : random.pick<Tree>([[], {}, null, [[]], 'x'.repeat(10_000)]);
      break;
    default:
      own[key] = random.pick<Tree>([0, -1, 1e308, -1e308, 2 ** 31, 2 ** 53, 1e-320, 0.5, true, false, '', ...WORDS]);
  }
  return Buffer.from(JSON.stringify(tree));
};

function nested(depth: number): Tree {
  let tree: Tree = [];
  for (let i = 0; i < depth; i++) tree = i % 2 ? [tree] : { a: tree };
  return tree;
}

/** More brackets than a parser that calls itself survives. */
const nestText: Change = (bytes, random) => {
  const text = bytes.toString();
  const at = text.indexOf(':') + 1;
  const depth = random.pick([100, 5000, 200_000]);
  return Buffer.from(
    `${text.slice(0, at)}${random.pick(['[', '{"a":'].map((open) => open.repeat(depth)))}${text.slice(at)}`,
  );
};

const JSONS: readonly Change[] = [changeTree, changeTree, changeTree, changeTree, nestText];

/** One field of one entry of a page's directory, or the place of the next directory. */
const changeDirectory: Change = (bytes, random) => {
  const big = bytes[0] === 0x4d;
  const wide = read(bytes, 2, 2, big) === 43n;
  const directories: number[] = [];
  let at = Number(wide ? read(bytes, 8, 8, big) : read(bytes, 4, 4, big));
  while (at > 0 && at + 8 < bytes.length && directories.length < 64 && !directories.includes(at)) {
    directories.push(at);
    const entries = Number(wide ? read(bytes, at, 8, big) : read(bytes, at, 2, big));
    at += wide ? 8 + 20 * entries : 2 + 12 * entries;
    if (at + 8 > bytes.length) break;
    at = Number(read(bytes, at, wide ? 8 : 4, big));
  }
  if (directories.length === 0) return bytes;
  const directory = random.pick(directories);
  const entries = Number(wide ? read(bytes, directory, 8, big) : read(bytes, directory, 2, big)) % 4096;
  if (random.chance(0.1)) {
    const next = directory + (wide ? 8 + 20 * entries : 2 + 12 * entries);
    write(
      bytes,
      next,
      wide ? 8 : 4,
      big,
      random.chance(0.5) ? BigInt(random.pick(directories)) : telling(random, bytes, next),
    );
    return bytes;
  }
  const entry = directory + (wide ? 8 + 20 * random.below(entries) : 2 + 12 * random.below(entries));
  switch (random.below(4)) {
    case 0:
      write(bytes, entry, 2, big, BigInt(random.pick(TAGS)));
      break;
    case 1:
      write(bytes, entry + 2, 2, big, BigInt(random.below(20)));
      break;
    case 2:
      write(bytes, entry + 4, wide ? 8 : 4, big, telling(random, bytes, entry));
      break;
    default:
      write(
        bytes,
        entry + (wide ? 12 : 8),
        random.pick(wide ? [2, 4, 8] : [2, 4]),
        big,
        random.chance(0.5) ? BigInt(random.below(70)) : telling(random, bytes, entry),
      );
  }
  return bytes;
};

const TAGS = [
  254, 256, 257, 258, 259, 262, 266, 270, 273, 277, 278, 279, 282, 283, 284, 296, 305, 306, 317, 322, 323, 324, 325,
  330, 339, 347, 50838, 50839, 32995, 65000,
];

const TIFF: readonly Change[] = Array<Change>(10).fill(changeDirectory);
