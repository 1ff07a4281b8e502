import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure, badInput } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { LITHIUM_UM_PER_MAH_CM2 } from '../core/recipe.ts';
import type { CyclingLog } from '../core/series.ts';
import { PHANTOM_MATERIALS, type PureGrey, renderPhantom } from '../engine/phantom.ts';
import { append, checkRoom, writtenBeside } from '../formats/beside.ts';
import { writeHdf5 } from '../formats/hdf5_writer.ts';
import { writeTiff } from '../formats/tiff_writer.ts';
import { writeRaw } from '../formats/write_voxels.ts';
import { type Cell, cellAt, drawCell, placeOf, registrationOf } from './cell.ts';
import { crackLives, type Layers, layersOf, type Measured, measure } from './measure.ts';
import { apply } from './motion.ts';
import { opticsOf } from './optics.ts';
import { cyclingLog, lithiumUm } from './program.ts';
import type { PhantomFormat, PhantomOptions } from './spec.ts';
import { valueAt } from './spline.ts';
import { readTruth, type Truth, type TruthCycle, type TruthScan } from './truth.ts';
import { specOf } from './variants.ts';

export interface WriteHooks {
  signal?: AbortSignal;
  /** `fraction` of the series written, 0 to 1. */
  progress?: (fraction: number) => void;
}

/**
 * Writes a synthetic operando series into a folder: the scans, `scans.csv` (for `--times`), `cycling.csv`, `truth.json` and
 * the maps it names. Same options, same bytes. An earlier phantom in the folder is taken away first; other files stay. When
 * it fails, nothing of it stays. Throws a Failure (`usage` for options that cannot be, `input` for files of these names that
 * no phantom wrote, `resources` when the disk is full), or the signal's reason.
 */
export async function writePhantom(
  directory: string,
  options: PhantomOptions = {},
  hooks: WriteHooks = {},
): Promise<Truth> {
  const cell = drawCell(specOf(options));
  let made: string | undefined;
  let claimed = false;
  try {
    made = await mkdir(directory, { recursive: true });
    await claim(directory);
    claimed = true;
    await clear(directory);
    await checkRoom(join(directory, 'truth.json'), bytesOf(cell));
    const truth = await writeInto(directory, cell, options, hooks);
    await rm(join(directory, UNFINISHED), { force: true });
    return truth;
  } catch (error) {
    if (claimed) {
      await clear(directory).catch(() => {});
      await rm(join(directory, UNFINISHED), { force: true }).catch(() => {});
    }
    if (made !== undefined) await rmdir(directory).catch(() => {});
    hooks.signal?.throwIfAborted();
    const inTheWay = (error as { code?: string }).code === 'EEXIST';
    if (inTheWay)
      throw badInput({
        what: 'Cannot write the phantom',
        path: directory,
        why: 'it is a file',
        whatToDo: 'Give a folder',
        cause: error,
      });
    throw asFailure(error, 'Cannot write the phantom', directory);
  }
}

async function writeInto(directory: string, cell: Cell, options: PhantomOptions, hooks: WriteHooks): Promise<Truth> {
  const { spec } = cell;
  const threads = options.threads ?? 0;
  const scans: TruthScan[] = [];
  const measured: Measured[] = [];
  let reference: Layers | null = null;
  let pure: Partial<Record<string, PureGrey>> = {};
  const voxels = voxelsFor(spec.type, cell.shape);
  for (let scan = 0; scan < spec.scans; scan++) {
    hooks.signal?.throwIfAborted();
    const state = await cellAt(cell, scan);
    const seen = await renderPhantom(state.scene, placeOf(cell, scan), opticsOf(cell, scan), voxels, threads);
    if (scan === 0) pure = seen;
    const file = await writeScan(directory, scan, voxels, cell, options.format ?? 'tiff');
    const layers = await layersOf(cell, state, threads);
    reference ??= layers;
    const found = await measure(cell, state, layers, reference);
    measured.push(found);
    scans.push(await describe(cell, scan, state.chargeMahCm2, file, found, directory));
    hooks.progress?.((scan + 1) / spec.scans);
  }
  const cracks = crackLives(cell, measured, scans);
  const truth: Omit<Truth, 'directory'> = {
    version: 1,
    seed: spec.seed,
    size: spec.size,
    variants: spec.variants,
    cell: spec.cell,
    stack: { axis: spec.axis, collectorEnd: spec.collectorEnd },
    voxelSizeUm: [spec.voxelUm, spec.voxelUm, spec.voxelUm],
    shape: cell.shape,
    type: spec.type,
    phases: Object.fromEntries(
      PHANTOM_MATERIALS.map((material) => [material, { grey: cell.grey[material], ...pure[material] }]),
    ) as Truth['phases'],
    electrodes: {
      working: electrode(cell.radiusUm, spec.voxelUm),
      counter: electrode(cell.counterRadiusUm, spec.voxelUm),
      lithiumUmPerMahCm2: LITHIUM_UM_PER_MAH_CM2,
    },
    cylinder: {
      center: [cell.axisUm[1] / spec.voxelUm, cell.axisUm[2] / spec.voxelUm],
      radius: cell.radiusUm / spec.voxelUm,
      wallRadius: cell.wallRadiusUm / spec.voxelUm,
    },
    interfaces: await writeInterfaces(cell, directory),
    optics: { blur: cell.blur, noise: spec.noise, noiseWidth: spec.noiseWidth },
    scans,
    cycles: cyclesOf(cell, scans),
    cracks,
  };
  await writeText(join(directory, 'scans.csv'), scansTable(scans));
  const log = cyclingLog(cell.program, truth.electrodes.working.areaMm2, spec.seed);
  await writeText(join(directory, 'cycling.csv'), cyclingTable(log));
  await writeText(join(directory, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
  return { ...truth, directory };
}

/** In a folder while its phantom is being written; one that was killed leaves it. */
const UNFINISHED = '.phantom-unfinished';
const OWN = /^(scan_\d+(_[\dx]+_\w+\.raw|\.tif|\.h5)|scans\.csv|cycling\.csv|truth|truth\.json|\.phantom-unfinished)$/;

/** Marks a folder as that of a phantom. Throws a Failure `input` where files of the phantom's names come from elsewhere. */
async function claim(directory: string): Promise<void> {
  const names = await readdir(directory);
  const taken = names.find((name) => OWN.test(name));
  if (taken !== undefined && !names.includes(UNFINISHED) && !(await isPhantom(directory)))
    throw badInput({
      what: 'Cannot write the phantom',
      path: directory,
      why: `${taken} in it is not of a phantom, and would be replaced`,
      whatToDo: 'Give a folder that is new or empty',
    });
  await writeText(join(directory, UNFINISHED), '');
}

async function isPhantom(directory: string): Promise<boolean> {
  try {
    return Array.isArray((await readTruth(directory)).variants);
  } catch {
    return false;
  }
}

/** Takes away what an earlier phantom wrote. */
async function clear(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (OWN.test(name) && name !== UNFINISHED) await rm(join(directory, name), { recursive: true, force: true });
}

/** What the series will take on the disk: scans, two maps a scan, and the tables. */
function bytesOf({ spec, shape }: Cell): number {
  const width = spec.type === 'uint8' ? 1 : spec.type === 'uint16' ? 2 : 4;
  const plane = spec.field[1] * spec.field[2];
  return spec.scans * (width * shape[0] * shape[1] * shape[2] + 300 * shape[0] + 8 * plane) + 12 * plane + 1e6;
}

const TYPE_NAMES = { uint8: 'u8', uint16: 'u16', float32: 'f32' } as const;

function voxelsFor(type: 'uint8' | 'uint16' | 'float32', shape: Triple): Uint8Array | Uint16Array | Float32Array {
  const count = shape[0] * shape[1] * shape[2];
  return type === 'uint8'
    ? new Uint8Array(count)
    : type === 'uint16'
      ? new Uint16Array(count)
      : new Float32Array(count);
}

const nameOf = (scan: number): string => `scan_${String(scan).padStart(3, '0')}`;

async function writeScan(
  directory: string,
  scan: number,
  voxels: Uint8Array | Uint16Array | Float32Array,
  { shape, spec }: Cell,
  format: PhantomFormat,
): Promise<string> {
  const volume = { shape, type: spec.type, voxels };
  const [nz, ny, nx] = shape;
  const endings = { tiff: '.tif', hdf5: '.h5', raw: `_${nx}x${ny}x${nz}_${TYPE_NAMES[spec.type]}.raw` };
  const file = `${nameOf(scan)}${endings[format]}`;
  const calibrated = { ...volume, voxelSizeUm: [spec.voxelUm, spec.voxelUm, spec.voxelUm] as Triple };
  if (format === 'raw') await writeRaw(join(directory, file), volume);
  else await (format === 'hdf5' ? writeHdf5 : writeTiff)(join(directory, file), calibrated);
  return file;
}

async function writeMap(directory: string, name: string, map: Float32Array, cell: Cell): Promise<string> {
  const [, rows, columns] = cell.spec.field;
  const file = `truth/${name}_${columns}x${rows}x1_f32.raw`;
  await writeRaw(join(directory, file), { shape: [rows, columns], type: 'float32', voxels: map });
  return file;
}

async function writeText(path: string, text: string): Promise<void> {
  await writtenBeside(path, (file) => append(file, Buffer.from(text)));
}

function electrode(radiusUm: number, voxelUm: number): { areaMm2: number; radius: number } {
  return { areaMm2: (Math.PI * radiusUm ** 2) / 1e6, radius: radiusUm / voxelUm };
}

async function describe(
  cell: Cell,
  scan: number,
  chargeMahCm2: number,
  file: string,
  found: Measured,
  directory: string,
): Promise<TruthScan> {
  const { spec, program, motions } = cell;
  const { startH, endH, segment } = program.exposures[scan]!;
  const optics = opticsOf(cell, scan);
  const matrix = registrationOf(cell, scan);
  const centre = cell.shape.map((n) => (n - 1) / 2) as Triple;
  const moved = apply(matrix, centre);
  const maps = {
    working: await writeMap(directory, `working_${String(scan).padStart(3, '0')}`, found.working.map, cell),
    counter: await writeMap(directory, `counter_${String(scan).padStart(3, '0')}`, found.counter.map, cell),
  };
  const volumeVoxels = found.cracks.reduce((sum, crack) => sum + crack.volumeVoxels, 0);
  return {
    index: scan,
    name: nameOf(scan),
    file,
    startH,
    timeH: (startH + endH) / 2,
    endH,
    chargeMahCm2,
    currentMaCm2: segment.currentMaCm2,
    cycle: segment.cycle,
    step: segment.step,
    registration: {
      matrix,
      driftUm: Math.hypot(...moved.map((p, k) => p - centre[k]!)) * spec.voxelUm,
      rotationDeg: motions[scan]!.rotationDeg,
    },
    intensity: {
      gain: optics.gain,
      offset: optics.offset,
      limits: spec.type === 'uint8' ? [optics.black, optics.white] : null,
    },
    flaw: cell.flawScan === scan ? spec.flaw : null,
    thickness: {
      working: { ...found.working, map: maps.working },
      counter: { ...found.counter, map: maps.counter },
      electrochemicalUm: lithiumUm(chargeMahCm2),
    },
    cracks: {
      count: found.components.length,
      volumeVoxels,
      volumeUm3: volumeVoxels * spec.voxelUm ** 3,
      components: [],
    },
  };
}

/** Interfaces of the reference in the file's voxels along the stack. */
async function writeInterfaces(cell: Cell, directory: string): Promise<Truth['interfaces']> {
  const { spec, orientation, surfaces } = cell;
  const [n, rows, columns] = spec.field;
  const write = async (name: 'working' | 'counter' | 'back') => {
    const map = new Float32Array(rows * columns);
    let sum = 0;
    let count = 0;
    for (let v = 0; v < rows; v++)
      for (let u = 0; u < columns; u++) {
        const s = valueAt(surfaces[name], v * spec.voxelUm, u * spec.voxelUm) / spec.voxelUm;
        const along = orientation.flip[0] ? n - 1 - s : s;
        map[v * columns + u] = along;
        if (Math.hypot(v * spec.voxelUm - cell.axisUm[1], u * spec.voxelUm - cell.axisUm[2]) > cell.radiusUm) continue;
        sum += along;
        count++;
      }
    return { mean: sum / count, map: await writeMap(directory, `interface_${name}`, map, cell) };
  };
  return { working: await write('working'), counter: await write('counter'), back: await write('back') };
}

function cyclesOf(cell: Cell, scans: TruthScan[]): TruthCycle[] {
  const { exposures } = cell.program;
  const lastOf = (phase: string) => exposures.findLastIndex((e) => e.phase === phase);
  const plateEnd = lastOf('plating');
  if (plateEnd < 0) return [];
  const stripEnd = lastOf('stripping');
  const thickness = (scan: number) => scans[scan]!.thickness.working.meanUm;
  const charge = (scan: number) => scans[scan]!.chargeMahCm2;
  const cycles: TruthCycle[] = [
    {
      index: 1,
      plateEndScan: plateEnd,
      stripEndScan: stripEnd < 0 ? null : stripEnd,
      ceTomography: stripEnd < 0 ? null : (thickness(plateEnd) - thickness(stripEnd)) / thickness(plateEnd),
      ceElectrochemistry: stripEnd < 0 ? null : (charge(plateEnd) - charge(stripEnd)) / charge(plateEnd),
      residualUm: stripEnd < 0 ? null : thickness(stripEnd),
    },
  ];
  const again = lastOf('replating');
  if (again >= 0)
    cycles.push({
      index: 2,
      plateEndScan: again,
      stripEndScan: null,
      ceTomography: null,
      ceElectrochemistry: null,
      residualUm: null,
    });
  return cycles;
}

function scansTable(scans: TruthScan[]): string {
  return ['file,start_h,end_h', ...scans.map((s) => `${s.file},${s.startH.toFixed(6)},${s.endH.toFixed(6)}`), ''].join(
    '\n',
  );
}

function cyclingTable({ timeH, voltageV, currentMa }: CyclingLog): string {
  const rows = timeH.map((t, i) => `${t.toFixed(7)},${voltageV[i]!.toFixed(5)},${currentMa[i]!.toPrecision(8)}`);
  return ['time_h,voltage_V,current_mA', ...rows, ''].join('\n');
}
