import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { access, type Candidate, type Dataset, type Format, inBytes, type VolumeDescription } from './description.ts';
import { fortranPieces } from './fortran.ts';
import { HeaderReader } from './header_reader.ts';
import { arrayBytes, type Part, type StoredArray, storedDataset } from './stored.ts';
import { decodedBytes, type Encoding } from './streams.ts';
import { storedBytes, usedType } from './widen.ts';
import { isZip, readZip, type ZipEntry } from './zip.ts';

/** NumPy's arrays, alone (.npy) or in a ZIP archive (.npz, .npy.zip). See docs/formats/npy.md. */
export const npy: Format = {
  name: 'npy',
  recognises: ({ head }) => isNpy(head) || isZip(head),
  describe: (candidate) => (isZip(candidate.head) ? describeArchive(candidate) : describeArray(candidate)),
};

/** What the header of an array says. */
export interface NpyHeader {
  /** Bytes before the first voxel. */
  headerBytes: number;
  shape: number[];
  /** "uint16", or NumPy's own word for what is no number. */
  type: string;
  bigEndian: boolean;
  /** The first axis runs fastest. */
  fortran: boolean;
}

const LARGEST_HEADER = 2 ** 16;
const MOST_ARRAYS = 1000;
const WHAT = 'Cannot read the NumPy array';

async function describeArray({ path, head, size }: Candidate): Promise<VolumeDescription> {
  const header = readNpyHeader(head, path);
  const part = { path, offset: header.headerBytes, bytes: 0 };
  const dataset = await datasetOf(path, 'array', header, part, 'none');
  const bytes = size - header.headerBytes;
  const needed = dataset.refused ? bytes : arrayBytes(path, header.shape, storedBytes(header.type));
  const notes = bytes > needed ? [`Behind the array's ${inBytes(needed)} come ${inBytes(bytes - needed)} more.`] : [];
  return volume(path, [dataset], notes);
}

async function describeArchive({ path }: Candidate): Promise<VolumeDescription> {
  const reader = await HeaderReader.open(path);
  try {
    const entries = (await readZip(reader)).filter(({ name }) => /\.npy$/i.test(name));
    if (entries.length > MOST_ARRAYS)
      throw badInput({ what: 'Cannot read the ZIP archive', path, why: `there are ${entries.length} arrays in it` });
    if (entries.length === 0)
      throw badInput({
        what: 'Cannot read the ZIP archive',
        path,
        why: 'there is no NumPy array in it',
        whatToDo: 'Unpack it and give what is inside',
      });
    const datasets: Dataset[] = [];
    for (const entry of entries) datasets.push(await memberDataset(reader, entry));
    return volume(path, datasets, []);
  } finally {
    await reader.close();
  }
}

async function memberDataset(reader: HeaderReader, entry: ZipEntry): Promise<Dataset> {
  const { path } = reader;
  const name = entry.name.replace(/\.npy$/i, '');
  const [from, end] = [entry.offset, entry.offset + entry.storedBytes];
  if (entry.method !== 0 && entry.method !== 8)
    throw badInput({ what: WHAT, path, at: entry.name, why: `its compression (ZIP ${entry.method}) is not known` });
  const encoding: Encoding = entry.method === 0 ? 'none' : 'deflate';
  const start: Buffer[] = [];
  let length = 0;
  for await (const piece of decodedBytes({ path, from, end, encoding, type: 'uint8' })) {
    start.push(piece);
    if ((length += piece.length) >= LARGEST_HEADER) break;
  }
  const header = readNpyHeader(Buffer.concat(start), path, entry.name);
  const part: Part =
    encoding === 'none'
      ? { path, offset: from + header.headerBytes, end, bytes: 0 }
      : { path, offset: from, end, bytes: 0 };
  return await datasetOf(path, name, header, part, encoding);
}

async function datasetOf(
  path: string,
  name: string,
  { shape, type, bigEndian, fortran, headerBytes }: NpyHeader,
  part: Part,
  encoding: Encoding,
): Promise<Dataset> {
  const isArray = usedType(type) !== null && shape.length >= 2 && !shape.includes(0);
  const bytes = isArray ? arrayBytes(path, shape, storedBytes(type)) : 0;
  const skip = encoding === 'none' ? 0 : headerBytes;
  const array: StoredArray = { shape, type, bigEndian, encoding, parts: [{ ...part, bytes }], skip };
  const dataset = await storedDataset(path, name, array);
  // With one axis longer than 1 both orders are the same.
  if (!fortran || shape.filter((n) => n > 1).length < 2 || dataset.refused) return dataset;
  const { [access]: _, ...rest } = dataset;
  if (shape.length > 3)
    return {
      ...rest,
      mapped: false,
      refused: 'its four axes run with the first fastest (Fortran order); save numpy.ascontiguousarray(array) instead',
    };
  const stored = { path, from: part.offset, encoding, type: usedType(type)!, ...(part.end ? { end: part.end } : {}) };
  const fortranArray = { shape: rest.shape as Triple, type, bigEndian, stored, skip };
  return {
    ...rest,
    mapped: false,
    compression: encoding === 'none' ? 'Fortran order' : `${encoding}, Fortran order`,
    [access]: {
      type: usedType(type)!,
      decode: (planes, signal) => fortranPieces(fortranArray, planes, signal),
    },
  };
}

function volume(path: string, datasets: Dataset[], notes: string[]): VolumeDescription {
  const isVolume = datasets.some(({ shape }) => shape.length > 2 && shape[shape.length - 3] > 1);
  return {
    path,
    kind: isVolume ? 'volume' : 'image',
    format: 'npy',
    datasets,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function isNpy(head: Buffer): boolean {
  return head.length > 10 && head.subarray(0, 6).toString('latin1') === '\x93NUMPY';
}

/** Reads the header of an array from the first bytes of a file or archive member; `at` names the member. */
function readNpyHeader(head: Buffer, path: string, at?: string): NpyHeader {
  const damaged = (why: string): Failure =>
    badInput({ what: WHAT, path, ...(at ? { at } : {}), why, whatToDo: 'It is damaged: copy or save it again' });
  if (!isNpy(head)) throw damaged('it does not begin like one');
  const version = head[6];
  if (version < 1 || version > 3) throw damaged(`its version is ${version}, and 1 to 3 are known`);
  const start = version === 1 ? 10 : 12;
  if (head.length < start) throw damaged('it ends in its header');
  const length = version === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (length > LARGEST_HEADER) throw damaged(`its header is said to have ${inBytes(length)}`);
  if (head.length < start + length) throw damaged('it ends in its header');
  const text = head.subarray(start, start + length).toString(version === 3 ? 'utf8' : 'latin1');
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const sizes = /['"]shape['"]\s*:\s*\(([^)]{0,400})\)/.exec(text)?.[1];
  if (fortran === undefined || sizes === undefined) throw damaged('its header says nothing of shape or order');
  const shape = sizes
    .split(',')
    .map((part) => part.trim().replace(/L$/, ''))
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
  if (shape.some(Number.isNaN)) throw damaged(`its shape is said to be (${sizes.slice(0, 40)})`);
  const descr = /['"]descr['"]\s*:\s*(?:'([^']{0,200})'|"([^"]{0,200})"|(\[))/.exec(text);
  if (!descr) throw damaged('its header says nothing of the type of voxels');
  const word = descr[1] ?? descr[2] ?? 'structured';
  return { headerBytes: start + length, shape, ...typeOf(word), fortran: fortran === 'True' };
}

const KINDS: Readonly<Record<string, string>> = { u: 'uint', i: 'int', f: 'float', c: 'complex', b: 'bool' };

/** "<u2" is uint16, little endian. What is no number keeps its word. */
function typeOf(word: string): { type: string; bigEndian: boolean } {
  const parts = /^([<>|=]?)([a-zA-Z])(\d{1,2})$/.exec(word);
  const kind = parts && KINDS[parts[2]];
  if (!kind) return { type: word, bigEndian: false };
  return { type: kind === 'bool' ? 'bool' : `${kind}${Number(parts[3]) * 8}`, bigEndian: parts[1] === '>' };
}
