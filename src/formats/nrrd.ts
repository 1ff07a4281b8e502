import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { MICROMETRES } from '../core/units.ts';
import type { Candidate, Dataset, Format, VolumeDescription } from './description.ts';
import { numberedNames, readTextFile } from './detached.ts';
import { arrayBytes, type Part, type StoredArray, storedDataset } from './stored.ts';
import type { Encoding } from './streams.ts';
import { storedBytes, usedType } from './widen.ts';

/** NRRD, attached or with a detached header. See docs/formats/nrrd.md. */
export const nrrd: Format = {
  name: 'nrrd',
  recognises: ({ head }) => /^NRRD\d{4}\r?\n/.test(head.subarray(0, 16).toString('latin1')),
  describe: describeNrrd,
};

const WHAT = 'Cannot read the NRRD volume';
const LONGEST_NAME = 1000;

async function describeNrrd({ path, head, size }: Candidate): Promise<VolumeDescription> {
  const header = await readNrrdHeader(head, path, size);
  const { fields } = header;
  const damaged = (why: string): Failure =>
    badInput({ what: WHAT, path, why, whatToDo: 'Its header is damaged: copy or save it again' });
  const notes: string[] = [];
  const sizes = words(fields.get('sizes') ?? '').map(Number);
  if (sizes.length === 0 || Number(fields.get('dimension')) !== sizes.length)
    throw damaged(`it names ${sizes.length} sizes for dimension ${fields.get('dimension') ?? '(none)'}`);
  const type = typeOf(fields.get('type') ?? '');
  const encoding = ENCODINGS[(fields.get('encoding') ?? '').toLowerCase()];
  if (!encoding)
    throw badInput({ what: WHAT, path, why: `its encoding "${fields.get('encoding') ?? ''}" is not known` });
  const endian = fields.get('endian')?.toLowerCase();
  const wide = usedType(type) !== null && storedBytes(type) > 1 && encoding !== 'ascii';
  if (wide && endian !== 'little' && endian !== 'big') throw damaged('it does not say which byte comes first');
  const bytes = usedType(type) ? arrayBytes(path, sizes, storedBytes(type)) : 0;
  const axes = axesOf(fields, sizes);
  const parts = await partsOf({ path, size, header, encoding, sizes, bytes, type });
  const array: StoredArray = { ...axes, type, bigEndian: endian === 'big', encoding, ...parts };
  const voxelSize = voxelSizeOf(fields, axes.spatial, notes);
  const dataset: Dataset = {
    ...(await storedDataset(path, 'volume', array)),
    ...voxelSize,
  };
  return {
    path,
    kind: dataset.shape.slice(0, -2).some((n) => n > 1) ? 'volume' : 'image',
    format: 'nrrd',
    datasets: [dataset],
    ...(notes.length > 0 ? { notes } : {}),
  };
}

interface NrrdHeader {
  /** Lower-case names without blanks; key/value pairs are left out. */
  fields: Map<string, string>;
  /** File names after "data file: LIST". */
  list: string[];
  /** Bytes of the header with the line that ends it. */
  bytes: number;
}

async function readNrrdHeader(head: Buffer, path: string, size: number): Promise<NrrdHeader> {
  const blank = /\r?\n\r?\n/;
  // Headers that list thousands of files are longer than the start of a file.
  const start = head.length < size && !blank.test(head.toString('latin1')) ? await readTextFile(path) : head;
  const end = blank.exec(start.toString('latin1'));
  const bytes = end ? end.index + end[0].length : start.length;
  if (!end && bytes < size)
    throw badInput({ what: WHAT, path, why: 'its header has no end', whatToDo: 'It is damaged: save it again' });
  const lines = start.subarray(0, bytes).toString('utf8').split(/\r?\n/).slice(1);
  const fields = new Map<string, string>();
  const list: string[] = [];
  for (const line of lines) {
    if (/^\s*#/.test(line)) continue;
    if (/^list\b/i.test(fields.get('datafile') ?? '')) {
      if (line.trim() !== '') list.push(line.trim());
      continue;
    }
    const field = /^([^:]+): ?(.*)$/.exec(line);
    if (field && !field[2].startsWith('=')) fields.set(field[1].toLowerCase().replace(/\s/g, ''), field[2].trim());
    // Some write a field's name like a key; those of the format are never keys.
    const key = /^((?:byte|line) ?skip):=(.*)$/i.exec(line);
    if (key) fields.set(key[1].toLowerCase().replace(/\s/g, ''), key[2].trim());
  }
  return { fields, list, bytes };
}

const ENCODINGS: Readonly<Record<string, Encoding>> = Object.assign(
  Object.create(null) as object,
  {
    raw: 'none',
    gz: 'gzip',
    gzip: 'gzip',
    bz2: 'bzip2',
    bzip2: 'bzip2',
    txt: 'ascii',
    text: 'ascii',
    ascii: 'ascii',
    hex: 'hex',
  } as const,
);

/** The names that C and the format have for one type. */
const TYPES: readonly (readonly [string, RegExp])[] = [
  ['int8', /^(?:signed char|int8(?:_t)?)$/],
  ['uint8', /^(?:uchar|unsigned char|uint8(?:_t)?)$/],
  ['int16', /^(?:(?:signed )?short(?: int)?|int16(?:_t)?)$/],
  ['uint16', /^(?:ushort|unsigned short(?: int)?|uint16(?:_t)?)$/],
  ['int32', /^(?:(?:signed )?int|int32(?:_t)?)$/],
  ['uint32', /^(?:uint|unsigned int|uint32(?:_t)?)$/],
  ['int64', /^(?:longlong|(?:signed )?long long(?: int)?|int64(?:_t)?)$/],
  ['uint64', /^(?:ulonglong|unsigned long long(?: int)?|uint64(?:_t)?)$/],
  ['float32', /^float$/],
  ['float64', /^double$/],
];

function typeOf(word: string): string {
  return TYPES.find(([, names]) => names.test(word.toLowerCase().replace(/\s+/g, ' ')))?.[0] ?? word;
}

interface Axes {
  shape: number[];
  interleaved?: boolean;
  colour?: string;
  /** Which of the file's axes are z, y and x. */
  spatial: number[];
}

/** Axes of the file run fastest first: one that is none of space is the fastest or the slowest. */
function axesOf(fields: Map<string, string>, sizes: number[]): Axes {
  const kinds = words(fields.get('kinds') ?? '').map((kind) => kind.toLowerCase());
  const directions = vectorsOf(fields.get('spacedirections') ?? '');
  const isSpace = (axis: number) => {
    if (directions.length === sizes.length) return directions[axis] !== null;
    return !kinds[axis] || /^(?:domain|space|\?+|none)$/.test(kinds[axis]);
  };
  const all = sizes.map((_, axis) => axis);
  const shape = sizes.toReversed();
  const plain = { shape, spatial: all.slice(0, 3).reverse() };
  if (sizes.length !== 4 && !(sizes.length === 3 && !isSpace(0))) return plain;
  if (isSpace(0)) return plain;
  const spatial = all.slice(1).reverse();
  const kind = kinds[0] ?? 'list';
  const [samples] = sizes;
  if (samples === 1) return { shape: spatial.map((axis) => sizes[axis]), spatial };
  if (!/^(?:list|time|\?+|none|domain)$/.test(kind)) return { shape, spatial, colour: kind };
  return { shape: [samples, ...spatial.map((axis) => sizes[axis])], interleaved: true, spatial };
}

interface Layout {
  path: string;
  size: number;
  header: NrrdHeader;
  encoding: Encoding;
  sizes: number[];
  bytes: number;
  type: string;
}

async function partsOf(layout: Layout): Promise<{ parts: Part[]; skip: number | 'end' }> {
  const { path, size, header, encoding, sizes, bytes, type } = layout;
  const { fields, list } = header;
  const detached = fields.get('datafile');
  if (detached && detached.length > LONGEST_NAME)
    throw badInput({ what: WHAT, path, at: 'data file', why: 'the name of its file is longer than names can be' });
  const byteSkip = skipOf(fields, 'byteskip', path);
  const lineSkip = skipOf(fields, 'lineskip', path);
  let files: string[];
  let slab = 0;
  if (detached === undefined) files = [path];
  else if (/^list\b/i.test(detached)) {
    files = list;
    slab = Number(words(detached)[1] ?? 0);
  } else {
    const pattern = /^(.*%.*?)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(?:\s+(\d+))?$/.exec(detached);
    files = pattern
      ? numberedNames(pattern[1], Number(pattern[2]), Number(pattern[3]), Number(pattern[4]), path)
      : [detached];
    slab = Number(pattern?.[5] ?? 0);
  }
  if (files.length === 0 || bytes % files.length !== 0)
    throw badInput({
      what: WHAT,
      path,
      why: `${files.length} files cannot hold ${sizes.join(' × ')} voxels in equal parts`,
    });
  const dimensions = slab || (files.length > 1 ? sizes.length - 1 : sizes.length);
  if (files.length > 1 && dimensions < sizes.length - 1)
    throw badInput({ what: WHAT, path, why: `its files hold ${dimensions} of ${sizes.length} axes each` });
  const each = bytes / files.length;
  const parts: Part[] = [];
  for (const name of files) {
    const file = resolve(dirname(path), name);
    let offset = detached === undefined ? header.bytes : 0;
    if (lineSkip > 0) offset = await afterLines(file, offset, lineSkip);
    if (byteSkip > 0 && encoding === 'none') offset += byteSkip;
    // Counted from the end: -1 stands for the last voxels, -2 for those with one byte behind them.
    if (byteSkip < 0 && encoding === 'none' && usedType(type)) {
      const whole = file === path ? size : await sizeOf(file, path);
      offset = whole - each + byteSkip + 1;
      if (offset < 0)
        throw badInput({
          what: WHAT,
          path,
          at: name,
          why: `its voxels need ${each} bytes before the last ${-byteSkip - 1} (byte skip ${byteSkip}), and the file has ${whole}`,
          whatToDo: 'Write byte skip: -1 where the voxels are the last bytes of the file',
        });
    }
    parts.push({ path: file, offset, bytes: each });
  }
  if (encoding === 'none' || byteSkip === 0) return { parts, skip: 0 };
  if (byteSkip < -1)
    throw badInput({ what: WHAT, path, why: `a byte skip of ${byteSkip} means nothing in compressed voxels` });
  return { parts, skip: byteSkip < 0 ? 'end' : byteSkip };
}

function skipOf(fields: Map<string, string>, name: string, path: string): number {
  const skip = Number(fields.get(name) ?? 0);
  if (!Number.isSafeInteger(skip) || (name === 'lineskip' && skip < 0))
    throw badInput({ what: WHAT, path, at: name, why: `"${fields.get(name)}" is no number of bytes or lines` });
  return skip;
}

async function sizeOf(file: string, path: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw badInput({
      what: WHAT,
      path,
      at: file,
      why: 'the file with its voxels is not there',
      whatToDo: 'Put it beside the header, under the name that it gives',
      cause: error,
    });
  }
}

/** Where the line after `count` lines begins. */
async function afterLines(file: string, from: number, count: number): Promise<number> {
  const text = (await readTextFile(file, from)).toString('latin1');
  let at = -1;
  for (let line = 0; line < count; line++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) throw badInput({ what: WHAT, path: file, why: `it has fewer than ${count} lines before its voxels` });
  }
  return from + at + 1;
}

/** "(1,0,0) none (0,0.5,0)": null for an axis that is none of space. */
function vectorsOf(text: string): (number[] | null)[] {
  const found = text.match(/none|\([^()]{0,400}\)/gi) ?? [];
  return found.map((word) => (word.startsWith('(') ? word.slice(1, -1).split(',').map(Number) : null));
}

function voxelSizeOf(
  fields: Map<string, string>,
  spatial: readonly number[],
  notes: string[],
): Pick<Dataset, 'voxelSizeUm' | 'voxelSizeFrom'> {
  const quoted = (name: string) => [...(fields.get(name) ?? '').matchAll(/"([^"]*)"/g)].map((found) => found[1]);
  const directions = vectorsOf(fields.get('spacedirections') ?? '');
  const patient = /^(?:[lr][pa]s|[a-z]+-[a-z]+-[a-z]+|scanner-xyz)(?:-time)?$/i.test(fields.get('space') ?? '');
  let from = 'NRRD space directions';
  let lengths: number[];
  if (directions.length > 0) {
    const units = quoted('spaceunits');
    // Programs that write a patient's axes mean millimetres.
    const said = units.length > 0 ? units : patient ? ['mm', 'mm', 'mm'] : [];
    if (units.length === 0 && patient) from += ' (mm)';
    const scales = said.map((unit) => MICROMETRES[unit.trim().toLowerCase()] ?? Number.NaN);
    lengths = spatial.map((axis) =>
      Math.hypot(
        ...(directions[axis] ?? [Number.NaN]).map((part, i) => (part === 0 ? 0 : part * (scales[i] ?? Number.NaN))),
      ),
    );
    if (said.length === 0) notes.push('It gives distances of voxels without a unit; give --voxel-size.');
  } else {
    from = 'NRRD spacings';
    const spacings = words(fields.get('spacings') ?? '').map(Number);
    if (spacings.length === 0) return { voxelSizeUm: null };
    const units = quoted('units');
    lengths = spatial.map(
      (axis) => spacings[axis] * (MICROMETRES[(units[axis] ?? '').trim().toLowerCase()] ?? Number.NaN),
    );
    if (units.length === 0) notes.push('It gives distances of voxels without a unit; give --voxel-size.');
  }
  if (lengths.length !== 3 || !lengths.every((um) => um > 0 && Number.isFinite(um))) return { voxelSizeUm: null };
  return { voxelSizeUm: lengths as Triple, voxelSizeFrom: from };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
