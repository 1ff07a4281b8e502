import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { MICROMETRES } from '../core/units.ts';
import type { Candidate, Dataset, Format, VolumeDescription } from './description.ts';
import { readTextFile } from './detached.ts';
import { arrayBytes, type Part, storedDataset } from './stored.ts';
import type { Encoding } from './streams.ts';
import { storedBytes, usedType } from './widen.ts';

/** Amira's and Avizo's lattices on a uniform grid (.am). See docs/formats/amira.md. */
export const amira: Format = {
  name: 'amira',
  recognises: ({ head }) => START.test(head.subarray(0, 128).toString('latin1')),
  describe: describeAmira,
};

const START = /^# (?:AmiraMesh|Avizo|HyperMesh)\b([^\r\n]*)/;
const WHAT = 'Cannot read the Amira volume';

const TYPES: Readonly<Record<string, string>> = Object.assign(Object.create(null) as object, {
  byte: 'uint8',
  sbyte: 'int8',
  ushort: 'uint16',
  short: 'int16',
  int: 'int32',
  int32: 'int32',
  uint: 'uint32',
  uint32: 'uint32',
  float: 'float32',
  double: 'float64',
});

async function describeAmira({ path, size }: Candidate): Promise<VolumeDescription> {
  const damaged = (why: string): Failure =>
    badInput({ what: WHAT, path, why, whatToDo: 'It is damaged: copy or save it again' });
  const text = (await readTextFile(path)).toString('latin1');
  const cut = text.search(/^@1[ \t\r]*$/m);
  if (cut < 0) throw damaged('its header does not end');
  const header = text.slice(0, cut);
  const [, how] = START.exec(header)!;
  const sizes = /^[ \t]*(?:define|nDataSet)[ \t]+Lattice[ \t]+(\d+)[ \t]+(\d+)[ \t]+(\d+)[ \t\r]*$/m
    .exec(header)
    ?.slice(1)
    .map(Number);
  if (!sizes) throw badInput({ what: WHAT, path, why: 'it holds no lattice of three axes, maybe a surface or a mesh' });
  const found = [
    ...header.matchAll(
      /^[ \t]*Lattice[ \t]*\{[ \t]*(\w+)(\[\d+\])?[ \t]+(\w+)[ \t]*\}[ \t]*=?[ \t]*@(\d+)(?:\((\w+),(\d+)\))?/gm,
    ),
  ];
  const lattice = found.find(([, , , , index]) => index === '1');
  if (!lattice) throw damaged('it does not say what its lattice holds');
  const [, word, vector, name, , codec, length] = lattice;
  const type = TYPES[word] ?? word;
  const encoding = encodingOf(codec, how);
  if (!encoding) throw badInput({ what: WHAT, path, why: `its lattice is stored as ${codec}, which cannot be read` });
  const shape = sizes.toReversed();
  const usable = usedType(type) !== null && !vector;
  const bytes = usable ? arrayBytes(path, shape, storedBytes(type)) : 0;
  const offset = cut + /^@1[^\n]*\n/.exec(text.slice(cut))![0].length;
  const part: Part = { path, offset, bytes, ...(codec ? { end: offset + Number(length) } : {}) };
  const notes: string[] = [];
  if (found.length > 1) notes.push(`It holds ${found.length} lattices; the first is used (${name}).`);
  const dataset: Dataset = {
    ...(await storedDataset(path, 'volume', {
      shape,
      type,
      // Before it was told, it was the order of the workstations of the time.
      bigEndian: !/LITTLE-ENDIAN/.test(how),
      encoding,
      parts: [part],
      ...(vector ? { colour: `vectors of ${vector.slice(1, -1)}` } : {}),
    })),
    ...voxelSizeOf(header, sizes, notes),
  };
  if (!/CoordType[ \t]{1,80}"uniform"/.test(header) && /CoordType/.test(header) && !dataset.refused)
    notes.push('Its grid is not uniform; it is read as if it were.');
  if (size < offset) throw damaged('it ends in its header');
  return {
    path,
    kind: shape[0] > 1 ? 'volume' : 'image',
    format: 'amira',
    datasets: [dataset],
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function encodingOf(codec: string | undefined, how: string): Encoding | null {
  if (codec === 'HxZip') return 'zlib';
  if (codec === 'HxByteRLE') return 'HxByteRLE';
  if (codec !== undefined) return null;
  return /ASCII/.test(how) ? 'ascii' : 'none';
}

/** The box goes from the centre of the first voxel to that of the last. */
function voxelSizeOf(
  header: string,
  [nx, ny, nz]: readonly number[],
  notes: string[],
): Pick<Dataset, 'voxelSizeUm' | 'voxelSizeFrom'> {
  const box = /^[ \t]*BoundingBox[ \t]+([^\n,}]{0,400})/m.exec(header)?.[1].trim().split(/\s+/).map(Number) ?? [];
  const unit = /Units\s{0,80}\{[^}]{0,400}?Coordinates[ \t]{1,80}"([^"]{0,80})"/.exec(header)?.[1];
  // Text is Latin-1 in some versions, UTF-8 in others.
  const said = unit && Buffer.from(unit, 'latin1').toString('utf8').includes('µ') ? 'µm' : (unit ?? '');
  const unitUm = MICROMETRES[said.toLowerCase()];
  if (box.length < 6) return { voxelSizeUm: null };
  const lengths = [nz, ny, nx].map((n, axis) => {
    const [low, high] = [box[4 - 2 * axis], box[5 - 2 * axis]];
    return Number((((high - low) / Math.max(1, n - 1)) * (unitUm ?? Number.NaN)).toPrecision(7));
  });
  if (!unitUm) notes.push('It gives distances of voxels without a unit; give --voxel-size.');
  if (!lengths.every((um) => um > 0 && Number.isFinite(um))) return { voxelSizeUm: null };
  return { voxelSizeUm: lengths as Triple, voxelSizeFrom: 'Amira BoundingBox' };
}
