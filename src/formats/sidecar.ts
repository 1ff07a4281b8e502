import { existsSync, readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { badInput } from '../core/failure.ts';
import type { VoxelType } from '../core/series.ts';
import { access, type Candidate, type Format, inBytes, type VolumeDescription } from './description.ts';
import { readSidecar, type SidecarHeader } from './sidecar_headers.ts';
import { arrayBytes, storedDataset } from './stored.ts';
import { storedBytes, usedType } from './widen.ts';

/** Headerless voxels with a text beside them that says what they are; either may be given. See docs/formats/raw.md. */
export const sidecar: Format = {
  name: 'raw with header',
  recognises: (candidate) => found(candidate) !== null,
  describe: describeSidecar,
};

const WHAT = 'Cannot read the raw volume';
const LARGEST_TEXT = 2 ** 18;
/** Endings of voxels: after the file's own name, or in place of its ending. */
const VOXELS = ['.raw', '.vol', '.bin', '.img', '.dat', '.bsq', '.rec'];
const HEADERS = ['.info', '.xml', '.vgi', '.pcr', '.hdr', '.dat', '.bov', '.json'];

interface Found {
  header: SidecarHeader;
  headerPath: string;
  /** The file of voxels; null where it is not there. */
  voxels: string | null;
}

/** The header and voxels that a file belongs to; null where flags say what it is, or nothing does. */
function found({ path, isFolder, head, size, hints }: Candidate): Found | null {
  if (isFolder || hints.shape) return null;
  const isText = size <= LARGEST_TEXT && !head.subarray(0, 1024).includes(0);
  const own = isText && HEADERS.includes(extname(path).toLowerCase()) ? readSidecar(textOf(path)) : null;
  if (own) return { header: own, headerPath: path, voxels: voxelsOf(path, own) };
  if (!VOXELS.includes(extname(path).toLowerCase())) return null;
  const stem = path.slice(0, -extname(path).length);
  for (const headerPath of HEADERS.flatMap((ending) => [`${path}${ending}`, `${stem}${ending}`])) {
    const status = headerPath === path ? undefined : statSync(headerPath, { throwIfNoEntry: false });
    if (!status?.isFile() || status.size > LARGEST_TEXT) continue;
    const header = readSidecar(textOf(headerPath));
    // A header that names another file speaks of that one.
    if (header && (header.file === null || header.file.toLowerCase() === basename(path).toLowerCase()))
      return { header, headerPath, voxels: path };
  }
  return null;
}

/** Empty for what cannot be read: a neighbour's trouble is none of ours. */
function textOf(path: string): string {
  try {
    return readFileSync(path).toString('latin1');
  } catch {
    return '';
  }
}

function voxelsOf(headerPath: string, { file }: SidecarHeader): string | null {
  const folder = dirname(headerPath);
  if (file) return existsSync(join(folder, file)) ? join(folder, file) : null;
  const own = headerPath.slice(0, -extname(headerPath).length);
  // scan.vol.info stands beside scan.vol, scan.hdr beside scan.raw or scan.
  const names = [own, ...VOXELS.map((ending) => `${own}${ending}`)];
  return names.find((name) => name !== headerPath && statSync(name, { throwIfNoEntry: false })?.isFile()) ?? null;
}

async function describeSidecar(candidate: Candidate): Promise<VolumeDescription> {
  const { path, hints } = candidate;
  const pair = found(candidate);
  if (!pair) throw badInput({ what: WHAT, path, why: 'the header beside it went away while it was read' });
  const { header, headerPath, voxels } = pair;
  if (!voxels)
    throw badInput({
      what: WHAT,
      path,
      why: `the file with its voxels${header.file ? ` (${header.file})` : ''} is not beside it`,
      whatToDo: 'Put it into the same folder',
    });
  const offset = hints.offset ?? header.offset;
  const { size } = await stat(voxels);
  const shape = [...header.shape];
  const each = (size - offset) / shape.reduce((product, n) => product * n, 1);
  const type = hints.type ?? header.type ?? typeOfBytes(each);
  if (type === null || !Number.isSafeInteger(offset) || offset < 0)
    throw badInput({
      what: WHAT,
      path,
      at: basename(headerPath),
      why: `it says ${shape.toReversed().join(' × ')} voxels, and the file has ${inBytes(size)}`,
      whatToDo: 'Check that header and voxels belong together, or give --shape and --type',
    });
  const bytes = usedType(type) ? arrayBytes(headerPath, shape, storedBytes(type)) : 0;
  if (usedType(type) && size !== offset + bytes)
    throw badInput({
      what: WHAT,
      path,
      at: basename(headerPath),
      why: `${shape.toReversed().join(' × ')} voxels of ${type} are ${inBytes(bytes)}, and the file has ${inBytes(size)}`,
      whatToDo: 'Check that header and voxels belong together, or give --shape and --type',
    });
  const { [access]: reach, ...dataset } = await storedDataset(path, 'volume', {
    shape,
    type,
    bigEndian: (hints.byteOrder ?? header.byteOrder) === 'big',
    encoding: 'none',
    parts: [{ path: voxels, offset, bytes }],
  });
  const { voxelSizeUm } = header;
  return {
    path,
    kind: 'volume',
    format: 'raw',
    datasets: [
      {
        ...dataset,
        // Both files speak of the same voxels, whichever was given.
        ...(reach && !header.refused ? { [access]: { ...reach, files: [headerPath, voxels] } } : {}),
        ...(header.refused ? { mapped: false, refused: header.refused } : {}),
        voxelSizeUm,
        ...(voxelSizeUm ? { voxelSizeFrom: header.voxelSizeFrom } : {}),
      },
    ],
    notes: [`Size and type are read from ${basename(headerPath)} (${header.of}).`],
  };
}

/** Of reconstructions: one byte and two are unsigned, four are float. */
function typeOfBytes(bytes: number): VoxelType | null {
  return bytes === 1 ? 'uint8' : bytes === 2 ? 'uint16' : bytes === 4 ? 'float32' : null;
}
