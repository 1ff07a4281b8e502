import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { MICROMETRES } from '../core/units.ts';
import type { Candidate, Dataset, Format, VolumeDescription } from './description.ts';
import { numberedNames, readTextFile } from './detached.ts';
import { readInstant } from './instant.ts';
import { arrayBytes, type Part, storedDataset } from './stored.ts';
import { storedBytes, usedType } from './widen.ts';

/** MetaImage as ITK writes it: .mha, and .mhd with its voxels beside. See docs/formats/metaimage.md. */
export const metaimage: Format = {
  name: 'metaimage',
  recognises: ({ head }) => {
    const start = head.subarray(0, 2048).toString('latin1');
    return /^(?:\s*\w+\s*=[^\n]*\n)*\s*(?:NDims|DimSize)\s*=/.test(start) && /^\s*\w+\s*=/.test(start);
  },
  describe: describeMetaImage,
};

const WHAT = 'Cannot read the MetaImage volume';
const LONGEST_NAME = 1000;

const TYPES: Readonly<Record<string, string>> = Object.assign(
  Object.create(null) as object,
  {
    MET_CHAR: 'int8',
    MET_UCHAR: 'uint8',
    MET_SHORT: 'int16',
    MET_USHORT: 'uint16',
    MET_INT: 'int32',
    MET_UINT: 'uint32',
    MET_LONG: 'int32',
    MET_ULONG: 'uint32',
    MET_LONG_LONG: 'int64',
    MET_ULONG_LONG: 'uint64',
    MET_FLOAT: 'float32',
    MET_DOUBLE: 'float64',
  } as const,
);

async function describeMetaImage({ path, head, size }: Candidate): Promise<VolumeDescription> {
  const { fields, list, bytes: headerBytes } = await readHeader(head, path, size);
  const damaged = (why: string): Failure =>
    badInput({ what: WHAT, path, why, whatToDo: 'Its header is damaged: copy or save it again' });
  const sizes = numbers(fields.get('dimsize'));
  if (sizes.length === 0 || Number(fields.get('ndims')) !== sizes.length)
    throw damaged(`it names ${sizes.length} sizes for ${fields.get('ndims') ?? 'no number of'} axes`);
  const word = fields.get('elementtype') ?? '';
  const type = TYPES[word.toUpperCase()] ?? word;
  const channels = Number(fields.get('elementnumberofchannels') ?? 1);
  if (!Number.isSafeInteger(channels) || channels < 1) throw damaged('its number of channels is none');
  if (isFalse(fields.get('binarydata') ?? 'True'))
    throw badInput({
      what: WHAT,
      path,
      why: 'its voxels are written as text',
      whatToDo: 'Save it with BinaryData = True',
    });
  const data = fields.get('elementdatafile');
  if (data === undefined) throw damaged('it does not say where its voxels are (ElementDataFile)');
  const compressed = !isFalse(fields.get('compresseddata') ?? 'False');
  const usable = usedType(type) !== null && channels === 1;
  const bytes = usable ? arrayBytes(path, sizes, storedBytes(type)) : 0;
  const parts = partsOf({ path, data, list, sizes, bytes, headerBytes });
  const headerSize = Number(fields.get('headersize') ?? 0);
  if (!Number.isSafeInteger(headerSize) || headerSize < -1)
    throw damaged(`its HeaderSize is ${fields.get('headersize')}`);
  if (headerSize > 0 && !compressed) for (const part of parts) part.offset += part.path === path ? 0 : headerSize;
  if (headerSize === -1 && !compressed && usable)
    for (const part of parts) part.offset = Math.max(part.offset, (await sizeOf(part.path, path)) - part.bytes);
  const msb = fields.get('binarydatabyteordermsb') ?? fields.get('elementbyteordermsb') ?? 'False';
  const dataset: Dataset = {
    ...(await storedDataset(path, 'volume', {
      shape: sizes.toReversed(),
      type,
      bigEndian: !isFalse(msb),
      encoding: compressed ? 'zlib' : 'none',
      parts,
      ...(channels > 1 ? { colour: channels === 3 ? 'rgb or vectors' : `${channels} channels` } : {}),
    })),
    ...voxelSizeOf(fields),
    ...timeOf(fields),
  };
  return {
    path,
    kind: dataset.shape.slice(0, -2).some((n) => n > 1) ? 'volume' : 'image',
    format: 'metaimage',
    datasets: [dataset],
  };
}

async function readHeader(head: Buffer, path: string, size: number) {
  const wanted = /^[ \t]*ElementDataFile[ \t]*=([^\n]*)\n/im;
  const text = head.toString('latin1');
  const found = wanted.exec(text);
  const isList = /^(?:LIST\b|[^%]*%)/i.test(found?.[1].trim() ?? '');
  const end = found && !isList ? found.index + found[0].length : Math.min(size, head.length);
  const start = isList && size > head.length ? (await readTextFile(path)).toString('latin1') : text.slice(0, end);
  const fields = new Map<string, string>();
  const list: string[] = [];
  for (const line of start.split(/\r?\n/)) {
    if (fields.has('elementdatafile')) {
      if (line.trim() !== '') list.push(line.trim());
      continue;
    }
    const field = /^[ \t]*(\w+)[ \t]*[=:](.*)$/.exec(line);
    if (field) fields.set(field[1].toLowerCase(), field[2].trim());
  }
  return { fields, list, bytes: end };
}

interface Layout {
  path: string;
  data: string;
  list: string[];
  sizes: number[];
  bytes: number;
  headerBytes: number;
}

function partsOf({ path, data, list, sizes, bytes, headerBytes }: Layout): Part[] {
  if (/^local$/i.test(data)) return [{ path, offset: headerBytes, bytes }];
  if (data.length > LONGEST_NAME)
    throw badInput({
      what: WHAT,
      path,
      at: 'ElementDataFile',
      why: 'the name of its file is longer than names can be',
    });
  const pattern = /^(.*%.*?)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)$/.exec(data);
  let names = [data];
  if (/^list\b/i.test(data)) names = list;
  else if (pattern) names = numberedNames(pattern[1], Number(pattern[2]), Number(pattern[3]), Number(pattern[4]), path);
  if (names.length === 0 || bytes % names.length !== 0)
    throw badInput({
      what: WHAT,
      path,
      why: `${names.length} files cannot hold ${sizes.join(' × ')} voxels in equal parts`,
    });
  return names.map((name) => ({ path: resolve(dirname(path), name), offset: 0, bytes: bytes / names.length }));
}

async function sizeOf(file: string, path: string): Promise<number> {
  const status = await stat(file).catch((cause: unknown) => {
    throw badInput({
      what: WHAT,
      path,
      at: file,
      why: 'the file with its voxels is not there',
      whatToDo: 'Put it beside the header, under the name that it gives',
      cause,
    });
  });
  return status.size;
}

/** What ITK leaves unsaid is millimetres. */
function voxelSizeOf(fields: Map<string, string>): Pick<Dataset, 'voxelSizeUm' | 'voxelSizeFrom'> {
  const name = fields.has('elementspacing') ? 'ElementSpacing' : 'ElementSize';
  const spacing = numbers(fields.get(name.toLowerCase()));
  const unit = fields.get('distanceunits')?.toLowerCase();
  const unitUm = MICROMETRES[unit && unit !== '?' ? unit : 'mm'];
  const lengths = spacing.slice(0, 3).map((n) => Math.abs(n) * (unitUm ?? Number.NaN));
  if (lengths.length < 3 || !lengths.every((um) => um > 0 && Number.isFinite(um))) return { voxelSizeUm: null };
  const said = unit && unit !== '?';
  return { voxelSizeUm: lengths.reverse() as Triple, voxelSizeFrom: `MetaImage ${name}${said ? '' : ' (mm)'}` };
}

function timeOf(fields: Map<string, string>): Pick<Dataset, 'time' | 'timeFrom'> {
  const time = fields.get('acquisitiondate') ?? '';
  return readInstant(time) ? { time: time.trim(), timeFrom: 'MetaImage AcquisitionDate' } : { time: null };
}

function isFalse(word: string): boolean {
  return /^(?:false|no|0|f|n)$/i.test(word.trim());
}

function numbers(text = ''): number[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map(Number);
}
