import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asFailure } from '../core/failure.ts';
import type { Triple } from '../core/geometry.ts';
import { LITHIUM_UM_PER_MAH_CM2 } from '../core/recipe.ts';
import type { CyclingLog } from '../core/series.ts';
import { PHANTOM_MATERIALS, type PureGrey, renderPhantom } from '../engine/phantom.ts';
import { type Cell, cellAt, drawCell, opticsOf, placeOf, registrationOf } from './cell.ts';
import { crackLives, type Measured, measure } from './measure.ts';
import { apply } from './motion.ts';
import { cyclingLog, lithiumUm } from './program.ts';
import type { PhantomOptions } from './spec.ts';
import { valueAt } from './spline.ts';
import type { Truth, TruthCycle, TruthScan } from './truth.ts';
import { specOf } from './variants.ts';

export interface WriteHooks {
  signal?: AbortSignal;
  /** `fraction` of the series written, 0 to 1. */
  progress?: (fraction: number) => void;
}

/**
 * Writes a synthetic operando series into a folder: the scans, `scans.csv` (for `--times`), `cycling.csv`, `truth.json` and
 * the maps it names. Same options, same bytes. Throws a Failure: `usage` for options that cannot be, `resources` when the
 * disk is full, `cancelled` is the caller's.
 */
export async function writePhantom(
  directory: string,
  options: PhantomOptions = {},
  hooks: WriteHooks = {},
): Promise<Truth> {
  const spec = specOf(options);
  const cell = drawCell(spec);
  const threads = options.threads ?? 0;
  try {
    await mkdir(join(directory, 'truth'), { recursive: true });
    const scans: TruthScan[] = [];
    const measured: Measured[] = [];
    let reference: Float64Array[] | null = null;
    let pure: Awaited<ReturnType<typeof renderPhantom>> = {};
    const voxels = voxelsFor(spec.type, cell.shape);
    for (let scan = 0; scan < spec.scans; scan++) {
      hooks.signal?.throwIfAborted();
      const state = await cellAt(cell, scan);
      const optics = opticsOf(cell, scan);
      const seen = await renderPhantom(state.scene, placeOf(cell, scan), optics, voxels, threads);
      if (scan === 0) pure = seen;
      const file = await writeScan(directory, scan, voxels, cell.shape, options.format ?? 'tiff');
      const found = await measure(cell, state, reference, threads);
      reference ??= found.layers;
      measured.push(found);
      scans.push(await describe(cell, scan, state.chargeMahCm2, file, found, directory));
      hooks.progress?.((scan + 1) / spec.scans);
    }
    const cracks = crackLives(cell, measured, scans);
    const truth: Truth = {
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
        PHANTOM_MATERIALS.map((material) => [material, { grey: cell.grey[material], ...(pure[material] as PureGrey) }]),
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
    await writeFile(join(directory, 'scans.csv'), scansTable(scans));
    await writeFile(
      join(directory, 'cycling.csv'),
      cyclingTable(cyclingLog(cell.program, truth.electrodes.working.areaMm2, spec.seed)),
    );
    await writeFile(join(directory, 'truth.json'), `${JSON.stringify(truth, null, 1)}\n`);
    return truth;
  } catch (error) {
    throw asFailure(error, 'Cannot write the phantom', directory);
  }
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
  shape: Triple,
  _format: 'tiff' | 'raw',
): Promise<string> {
  const type = voxels instanceof Uint8Array ? 'uint8' : voxels instanceof Uint16Array ? 'uint16' : 'float32';
  const file = `${nameOf(scan)}_${shape[2]}x${shape[1]}x${shape[0]}_${TYPE_NAMES[type]}.raw`;
  await writeFile(join(directory, file), new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength));
  return file;
}

async function writeMap(directory: string, name: string, map: Float32Array, cell: Cell): Promise<string> {
  const [, rows, columns] = cell.spec.field;
  const file = `truth/${name}_${columns}x${rows}x1_f32.raw`;
  await writeFile(join(directory, file), new Uint8Array(map.buffer, map.byteOffset, map.byteLength));
  return file;
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
