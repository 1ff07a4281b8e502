import type { Triple } from '../core/geometry.ts';
import type { VoxelType } from '../core/series.ts';
import { MICROMETRES } from '../core/units.ts';
import type { ByteOrder } from './description.ts';

/** What a text file beside headerless voxels says of them; what it leaves unsaid is null. */
export interface SidecarHeader {
  /** "VGStudio", "ESRF", … */
  of: string;
  /** Name of the file with the voxels, without its folder. */
  file: string | null;
  /** z, y, x. */
  shape: Triple;
  /** A VoxelType, or a word for what cannot be used. */
  type: string | null;
  byteOrder: ByteOrder;
  offset: number;
  /** z, y, x. */
  voxelSizeUm: Triple | null;
  voxelSizeFrom: string;
  /** Why it is not as simple as that. */
  refused?: string;
}

/**
 * Reads the text that programs write beside raw voxels: ESRF's .info and .xml, VGStudio's .vgi, phoenix' .pcr, ENVI's .hdr, volvis'
 * .dat, VisIt's .bov, and JSON with `shape` and `dtype`. Null when it is none of these.
 */
export function readSidecar(text: string): SidecarHeader | null {
  for (const read of [esrf, esrfXml, vgStudio, phoenix, envi, volvis, visit, json]) {
    const header = read(text);
    if (header?.shape.every((n) => Number.isSafeInteger(n) && n > 0)) return header;
  }
  return null;
}

/** "NAME = value" lines, names in lower case. */
function fieldsOf(text: string, separator: '=' | ':' = '='): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(separator);
    if (at <= 0) continue;
    const name = line.slice(0, at).trim().toLowerCase();
    if (!fields.has(name)) fields.set(name, line.slice(at + 1).trim());
  }
  return fields;
}

function esrf(text: string): SidecarHeader | null {
  const fields = fieldsOf(text);
  if (!['num_x', 'num_y', 'num_z'].every((name) => fields.has(name))) return null;
  const voxel = Number(fields.get('voxelsize'));
  return {
    of: 'ESRF',
    file: null,
    shape: ['num_z', 'num_y', 'num_x'].map((name) => Number(fields.get(name))) as Triple,
    type: null,
    byteOrder: /high/i.test(fields.get('byteorder') ?? '') ? 'big' : 'little',
    offset: 0,
    voxelSizeUm: voxel > 0 && Number.isFinite(voxel) ? [voxel, voxel, voxel] : null,
    voxelSizeFrom: 'ESRF voxelSize',
  };
}

function esrfXml(text: string): SidecarHeader | null {
  if (!/^\s*</.test(text)) return null;
  const field = (name: string) => new RegExp(`<${name}>([^<]{0,400})</${name}>`, 'i').exec(text)?.[1].trim();
  const sizes = ['SIZEZ', 'SIZEY', 'SIZEX'].map(field);
  if (sizes.some((size) => size === undefined)) return null;
  const voxel = Number(field('voxelSize'));
  return {
    of: 'ESRF',
    file: baseOf(field('SUBVOLUME_NAME')),
    shape: sizes.map(Number) as Triple,
    type: null,
    byteOrder: /high/i.test(field('BYTE_ORDER') ?? '') ? 'big' : 'little',
    offset: 0,
    voxelSizeUm: voxel > 0 && Number.isFinite(voxel) ? [voxel, voxel, voxel] : null,
    voxelSizeFrom: 'ESRF voxelSize',
  };
}

/** Fields of each "[section]". */
function sectionsOf(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  const parts = text.split(/^[ \t]*\[([^\]\r\n]{0,200})\][ \t\r]*$/m);
  for (let i = 1; i < parts.length; i += 2) {
    const name = parts[i].trim().toLowerCase();
    if (!sections.has(name)) sections.set(name, fieldsOf(parts[i + 1]));
  }
  return sections;
}

function vgStudio(text: string): SidecarHeader | null {
  if (!/^[ \t]*\{volume\d{0,9}\}/im.test(text)) return null;
  const sections = sectionsOf(text);
  const file = sections.get('file1');
  const told = sections.get('representation');
  const field = (name: string) => file?.get(name) ?? told?.get(name) ?? '';
  const [x, y, z] = numbers(field('size'));
  if (x === undefined || y === undefined || z === undefined) return null;
  const geometry = sections.get('geometry');
  const unitUm = MICROMETRES[(geometry?.get('unit') ?? '').replace(/"/g, '').toLowerCase()];
  return {
    of: 'VGStudio',
    file: baseOf(file?.get('name')),
    shape: [z, y, x],
    type: typeOf(field('datatype'), Number(field('bitsperelement'))),
    byteOrder: /big/i.test(field('endian')) ? 'big' : 'little',
    offset: Number(file?.get('skipheader') || file?.get('headersize') || 0),
    voxelSizeUm: lengths(numbers(geometry?.get('resolution') ?? ''), unitUm),
    voxelSizeFrom: 'VGStudio resolution',
    ...(sections.has('file2') ? { refused: 'its voxels lie in several files' } : {}),
  };
}

/** Formats of phoenix datos|x; lengths are millimetres. */
const PHOENIX: Readonly<Record<string, VoxelType>> = { 2: 'uint8', 5: 'uint16', 10: 'float32' };

function phoenix(text: string): SidecarHeader | null {
  const volume = sectionsOf(text).get('volumedata');
  if (!volume?.has('volume_sizex')) return null;
  const voxel = Number(volume.get('voxelsizerec'));
  return {
    of: 'phoenix',
    file: baseOf(volume.get('vol_file')),
    shape: ['volume_sizez', 'volume_sizey', 'volume_sizex'].map((name) => Number(volume.get(name))) as Triple,
    type: PHOENIX[volume.get('format') ?? ''] ?? null,
    byteOrder: 'little',
    offset: 0,
    voxelSizeUm: lengths([voxel, voxel, voxel], 1000),
    voxelSizeFrom: 'phoenix VoxelSizeRec',
  };
}

const ENVI: Readonly<Record<string, string>> = {
  1: 'uint8',
  2: 'int16',
  3: 'int32',
  4: 'float32',
  5: 'float64',
  6: 'complex64',
  9: 'complex128',
  12: 'uint16',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};

function envi(text: string): SidecarHeader | null {
  if (!/^\s*ENVI\b/.test(text)) return null;
  const fields = fieldsOf(text);
  const interleave = (fields.get('interleave') ?? 'bsq').toLowerCase();
  return {
    of: 'ENVI',
    file: null,
    shape: ['bands', 'lines', 'samples'].map((name) => Number(fields.get(name))) as Triple,
    type: ENVI[fields.get('data type') ?? ''] ?? `ENVI type ${fields.get('data type')}`,
    byteOrder: fields.get('byte order') === '1' ? 'big' : 'little',
    offset: Number(fields.get('header offset') ?? 0),
    voxelSizeUm: null,
    voxelSizeFrom: '',
    ...(interleave === 'bsq' ? {} : { refused: `its bands are interleaved (${interleave})` }),
  };
}

const VOLVIS: Readonly<Record<string, VoxelType>> = {
  uchar: 'uint8',
  uint8: 'uint8',
  byte: 'uint8',
  char: 'int8',
  ushort: 'uint16',
  uint16: 'uint16',
  short: 'int16',
  int: 'int32',
  float: 'float32',
  float32: 'float32',
  double: 'float64',
};

/** Slice thicknesses have no unit there. */
function volvis(text: string): SidecarHeader | null {
  const fields = fieldsOf(text, ':');
  const [x, y, z] = numbers(fields.get('resolution') ?? '');
  if (!fields.has('objectfilename') || z === undefined) return null;
  return {
    of: 'volvis',
    file: baseOf(fields.get('objectfilename')),
    shape: [z, y!, x!],
    type: VOLVIS[(fields.get('format') ?? '').toLowerCase()] ?? null,
    byteOrder: /big/i.test(fields.get('byteorder') ?? fields.get('endianness') ?? '') ? 'big' : 'little',
    offset: Number(fields.get('byteoffset') ?? 0),
    voxelSizeUm: null,
    voxelSizeFrom: '',
  };
}

function visit(text: string): SidecarHeader | null {
  const fields = fieldsOf(text.replace(/^([ \t]*[A-Za-z_]+)[ \t]*=/gm, '$1:'), ':');
  const [x, y, z] = numbers(fields.get('data_size') ?? '');
  if (!fields.has('data_file') || z === undefined) return null;
  return {
    of: 'VisIt',
    file: baseOf(fields.get('data_file')),
    shape: [z, y!, x!],
    type: VOLVIS[(fields.get('data_format') ?? '').toLowerCase()] ?? null,
    byteOrder: /big/i.test(fields.get('data_endian') ?? '') ? 'big' : 'little',
    offset: Number(fields.get('byte_offset') ?? 0),
    voxelSizeUm: null,
    voxelSizeFrom: '',
    ...(Number(fields.get('data_components') ?? 1) > 1 ? { refused: 'its voxels are vectors' } : {}),
  };
}

/** `shape` (z, y, x) and `dtype` as NumPy names it, maybe `voxel_size` with `unit`. */
function json(text: string): SidecarHeader | null {
  if (!/^\s*\{/.test(text)) return null;
  let told: Record<string, unknown>;
  try {
    told = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { shape, dtype } = told;
  if (!Array.isArray(shape) || shape.length !== 3 || typeof dtype !== 'string') return null;
  const parts = /^([<>|=]?)(?:(u?int|float)(\d+)|([uif])(\d))$/.exec(dtype);
  const kinds: Record<string, string> = { u: 'uint', i: 'int', f: 'float' };
  const size = told['voxel_size'] ?? told['voxelSize'];
  const sizes = typeof size === 'number' ? [size, size, size] : Array.isArray(size) ? size.map(Number) : [];
  const unit = told['unit'] ?? told['voxel_size_unit'];
  const file = told['file'] ?? told['data'];
  return {
    of: 'JSON',
    file: typeof file === 'string' ? baseOf(file) : null,
    shape: shape.map(Number) as Triple,
    type: parts ? (parts[2] ? `${parts[2]}${parts[3]}` : `${kinds[parts[4]]}${Number(parts[5]) * 8}`) : dtype,
    byteOrder: parts?.[1] === '>' || told['byteOrder'] === 'big' ? 'big' : 'little',
    offset: typeof told['offset'] === 'number' ? told['offset'] : 0,
    voxelSizeUm: lengths(sizes.toReversed(), typeof unit === 'string' ? MICROMETRES[unit.toLowerCase()] : undefined),
    voxelSizeFrom: 'JSON voxel_size',
  };
}

function typeOf(word: string, bits: number): string | null {
  const kind = /float/i.test(word)
    ? 'float'
    : /unsigned/i.test(word)
      ? 'uint'
      : /integer|signed/i.test(word)
        ? 'int'
        : '';
  return kind && bits > 0 ? `${kind}${bits}` : null;
}

/** x, y, z of a length as z, y, x in micrometres; null where one is none. */
function lengths(xyz: readonly number[], unitUm: number | undefined): Triple | null {
  const um = xyz.slice(0, 3).map((n) => Number((n * (unitUm ?? Number.NaN)).toPrecision(12)));
  return um.length === 3 && um.every((n) => n > 0 && Number.isFinite(n)) ? (um.reverse() as Triple) : null;
}

function numbers(text: string): number[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(Number);
}

/** The last part of a path as Windows or Linux write it. */
function baseOf(path: string | undefined): string | null {
  const base = path
    ?.replace(/^["']|["']$/g, '')
    .split(/[\\/]/)
    .pop()
    ?.trim();
  return base ? base : null;
}
