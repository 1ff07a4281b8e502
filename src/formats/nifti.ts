import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { badInput, type Failure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { access, type Candidate, type Dataset, type Format, type VolumeDescription } from './description.ts';
import { arrayBytes, storedDataset } from './stored.ts';
import { storedBytes, usedType } from './widen.ts';

/** NIfTI-1 and -2 in one file (.nii, .nii.gz) or two (.hdr, .img), and their ancestor Analyze. See docs/formats/nifti.md. */
export const nifti: Format = {
  name: 'nifti',
  recognises: ({ path, head, isFolder }) =>
    !isFolder && (dialectOf(unpacked(head)) !== null || (/\.img(\.gz)?$/i.test(path) && headerBeside(path) !== null)),
  describe: describeNifti,
};

const WHAT = 'Cannot read the NIfTI volume';

/** NIfTI's codes of types; what is left out cannot be used. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'bit',
  2: 'uint8',
  4: 'int16',
  8: 'int32',
  16: 'float32',
  32: 'complex64',
  64: 'float64',
  128: 'rgb24',
  256: 'int8',
  512: 'uint16',
  768: 'uint32',
  1024: 'int64',
  1280: 'uint64',
  1536: 'float128',
  1792: 'complex128',
  2048: 'complex256',
  2304: 'rgba32',
};

const UNITS: Readonly<Record<number, number>> = { 1: 1e6, 2: 1e3, 3: 1 };

interface Dialect {
  version: 1 | 2;
  bigEndian: boolean;
  /** Header and voxels in one file. */
  single: boolean;
  name: 'nifti' | 'analyze';
}

interface NiftiHeader {
  shape: number[];
  code: number;
  offset: number;
  /** x, y, z in the file's unit; and the unit's code. */
  spacing: number[];
  units: number;
  slope: number;
  intercept: number;
}

async function describeNifti(candidate: Candidate): Promise<VolumeDescription> {
  const { path } = candidate;
  const { header: headerPath, head, voxels } = await filesOf(candidate);
  const dialect = dialectOf(head);
  const damaged = (why: string): Failure =>
    badInput({ what: WHAT, path: headerPath, why, whatToDo: 'It is damaged: copy or save it again' });
  if (!dialect) throw damaged('its header is none');
  if (head.length < (dialect.version === 1 ? 348 : 540)) throw damaged('it ends in its header');
  const header = readNiftiHeader(head, dialect);
  const type = TYPES[header.code] ?? `NIfTI type ${header.code}`;
  const notes: string[] = [];
  const bytes = usedType(type) ? arrayBytes(path, header.shape, storedBytes(type)) : 0;
  const zipped = await isGzip(voxels);
  const offset = Number.isSafeInteger(header.offset) && header.offset >= 0 ? header.offset : Number.NaN;
  const first = dialect.single ? Math.max(offset, dialect.version === 1 ? 348 : 540) : offset;
  if (Number.isNaN(first)) throw damaged(`its voxels are said to begin at byte ${header.offset}`);
  const dataset: Dataset = {
    ...(await storedDataset(path, 'volume', {
      shape: header.shape,
      type,
      bigEndian: dialect.bigEndian,
      encoding: zipped ? 'gzip' : 'none',
      parts: [{ path: voxels, offset: zipped ? 0 : first, bytes }],
      skip: zipped ? first : 0,
      ...(/^rgb/.test(type) ? { colour: type } : {}),
    })),
    ...voxelSizeOf(header, dialect, notes),
  };
  // Both files speak of the same voxels, whichever was given.
  const reach = dataset[access];
  if (reach && headerPath !== voxels) dataset[access] = { ...reach, files: [headerPath, voxels] };
  const { slope, intercept } = header;
  if (dialect.name === 'nifti' && slope !== 0 && Number.isFinite(slope) && (slope !== 1 || intercept !== 0))
    notes.push(
      `Its header scales grey values by ${slope} and adds ${intercept}; grey values are used as they are stored.`,
    );
  return {
    path,
    kind: dataset.shape.slice(0, -2).some((n) => n > 1) ? 'volume' : 'image',
    format: dialect.name,
    datasets: [dataset],
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** The header and the file of voxels, whichever of the two was given. */
async function filesOf({ path, head }: Candidate): Promise<{ header: string; head: Buffer; voxels: string }> {
  const own = unpacked(head);
  const dialect = dialectOf(own);
  if (dialect?.single) return { header: path, head: own, voxels: path };
  if (!dialect) {
    const header = headerBeside(path);
    if (!header) throw badInput({ what: WHAT, path, why: 'the header beside it went away while it was read' });
    return { header, head: unpacked(startOf(header)), voxels: path };
  }
  const stem = path.replace(/\.hdr(\.gz)?$/i, '');
  const voxels = ['.img', '.img.gz', '.IMG'].map((extension) => `${stem}${extension}`).find((file) => existsSync(file));
  if (!voxels)
    throw badInput({
      what: WHAT,
      path,
      why: 'the file with its voxels is not beside it',
      whatToDo: `Put ${stem.replace(/^.*[\\/]/, '')}.img into the same folder`,
    });
  return { header: path, head: own, voxels };
}

/** The header beside a file of voxels; others, such as ENVI's, have the same name. */
function headerBeside(path: string): string | null {
  const stem = path.replace(/\.img(\.gz)?$/i, '');
  const headers = ['.hdr', '.hdr.gz', '.HDR']
    .map((extension) => `${stem}${extension}`)
    .filter((file) => existsSync(file));
  return headers.find((header) => dialectOf(unpacked(startOf(header))) !== null) ?? null;
}

function startOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(64 * 1024);
    return start.subarray(0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}

async function isGzip(path: string): Promise<boolean> {
  if (!(await stat(path)).isFile()) return false;
  const start = startOf(path);
  return start.length > 2 && start[0] === 0x1f && start[1] === 0x8b;
}

/** The bytes themselves, or what the start of a gzip file unfolds to. */
function unpacked(head: Buffer): Buffer {
  if (head.length < 20 || head[0] !== 0x1f || head[1] !== 0x8b) return head;
  try {
    // The start of a file ends in the middle of the stream; a small window of it is all that is asked for.
    return gunzipSync(head.subarray(0, 4096), { finishFlush: 2, maxOutputLength: 2 ** 23 });
  } catch {
    return Buffer.alloc(0);
  }
}

function dialectOf(head: Buffer): Dialect | null {
  if (head.length < 348) return null;
  for (const bigEndian of [false, true]) {
    const size = bigEndian ? head.readInt32BE(0) : head.readInt32LE(0);
    if (size === 348) {
      const magic = head.subarray(344, 348).toString('latin1');
      const rank = bigEndian ? head.readInt16BE(40) : head.readInt16LE(40);
      if (magic === 'n+1\0') return { version: 1, bigEndian, single: true, name: 'nifti' };
      if (magic === 'ni1\0') return { version: 1, bigEndian, single: false, name: 'nifti' };
      // Analyze has no magic word: its own length, and the number of axes in place.
      if (rank >= 1 && rank <= 7 && magic === '\0\0\0\0')
        return { version: 1, bigEndian, single: false, name: 'analyze' };
    }
    if (size === 540) {
      const magic = head.subarray(4, 8).toString('latin1');
      if (magic === 'n+2\0') return { version: 2, bigEndian, single: true, name: 'nifti' };
      if (magic === 'ni2\0') return { version: 2, bigEndian, single: false, name: 'nifti' };
    }
  }
  return null;
}

/** Places of fields from the definitions of both versions (nifti1.h, nifti2.h). */
function readNiftiHeader(head: Buffer, { version, bigEndian }: Dialect): NiftiHeader {
  const short = (at: number) => (bigEndian ? head.readInt16BE(at) : head.readInt16LE(at));
  const int = (at: number) => (bigEndian ? head.readInt32BE(at) : head.readInt32LE(at));
  const long = (at: number) => Number(bigEndian ? head.readBigInt64BE(at) : head.readBigInt64LE(at));
  const float = (at: number) => (bigEndian ? head.readFloatBE(at) : head.readFloatLE(at));
  const double = (at: number) => (bigEndian ? head.readDoubleBE(at) : head.readDoubleLE(at));
  const axis = [1, 2, 3, 4, 5, 6, 7];
  const first = version === 1;
  const rank = Math.max(0, Math.min(7, first ? short(40) : long(16)));
  const sizes = axis.slice(0, rank).map((i) => (first ? short(40 + 2 * i) : long(16 + 8 * i)));
  // Axes behind the last that is longer than 1 say nothing; a volume of one time point has three.
  while (sizes.length > 3 && sizes[sizes.length - 1] === 1) sizes.pop();
  return {
    shape: sizes.reverse(),
    code: first ? short(70) : short(12),
    offset: first ? float(108) : long(168),
    spacing: [1, 2, 3].map((i) => (first ? float(76 + 4 * i) : double(104 + 8 * i))),
    units: first ? head[123] : int(500),
    slope: first ? float(112) : double(176),
    intercept: first ? float(116) : double(184),
  };
}

function voxelSizeOf(
  { spacing, units }: NiftiHeader,
  { name, version }: Dialect,
  notes: string[],
): Pick<Dataset, 'voxelSizeUm' | 'voxelSizeFrom'> {
  const unitUm = name === 'analyze' ? UNITS[2] : UNITS[units & 7];
  // A float32 of 0.65 is 0.64999998: nine digits of NIfTI-1 are more than it has.
  const lengths = spacing.map((n) =>
    Number((Math.abs(n) * (unitUm ?? Number.NaN)).toPrecision(version === 1 ? 7 : 15)),
  );
  if (!lengths.every((um) => um > 0 && Number.isFinite(um))) {
    if (!unitUm && spacing.some((n) => n !== 0 && n !== 1))
      notes.push('It gives distances of voxels without a unit; give --voxel-size.');
    return { voxelSizeUm: null };
  }
  return {
    voxelSizeUm: lengths.reverse() as Triple,
    voxelSizeFrom: name === 'analyze' ? 'Analyze pixdim (mm)' : 'NIfTI pixdim',
  };
}
