import { join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { median } from '../../engine/median.ts';
import { createZarr, openZarr } from '../../store/zarr/index.ts';
import { type Cell, cellOf } from '../cell.ts';
import { type Cracks, readCrackVoxels } from '../cracks/index.ts';
import type { Layers } from '../layers/index.ts';
import { LVF_COUNTS, LVF_VOLUME, type Lvf } from '../lvf/index.ts';
import { baseScan } from '../reference.ts';

export interface PhasesParams {
  reference: number;
  lithiumLvf: number;
  medianRadius: number;
  voxelSizeUm: Triple;
}

/** Where the fractions of collector, lithium, crack and electrolyte lie, 255 for one. */
export interface Phases {
  refused: string | null;
  volume: string;
  /** Voxels of each phase, sums of the fractions. */
  voxels: { collector: number; lithium: number; crack: number; electrolyte: number };
}

const SLAB = 32;

export const phases: StepDefinition<PhasesParams, Phases> = {
  name: 'phases',
  version: 1,
  title: 'Phase fractions',
  scope: 'scan',
  params: (recipe, series) => ({
    reference: baseScan(recipe),
    lithiumLvf: recipe.phases?.lithiumLvf ?? 0.2,
    medianRadius: recipe.lvf?.medianRadius ?? 3,
    voxelSizeUm: series.voxelSizeUm,
  }),
  needs: (_, __, scan) => ({
    layers: { step: 'layers' },
    lvf: { step: 'lvf', scan },
    cracks: { step: 'cracks', scan },
  }),
  reads: () => [],
  run: mixPhases,
};

async function mixPhases(context: StepContext<PhasesParams>): Promise<Phases> {
  const { params, series, scan, directory, threads, signal } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const fractionResult = context.result<Lvf>('lvf');
  const lvf = fractionResult.value.volume ? await openZarr(join(fractionResult.directory, LVF_VOLUME)) : null;
  const crackVoxels = readCrackVoxels(context.result<Cracks>('cracks'));
  const cracks = new Map<number, number>();
  crackVoxels.index.forEach((index, k) => cracks.set(index, crackVoxels.fraction[k]!));

  const shape = cell.layers.shape;
  const volume = await createZarr(join(directory, 'phases.zarr'), {
    name: `${series.scans[scan]!.name}, phase fractions`,
    type: 'uint8',
    shape,
    voxelSizeUm: params.voxelSizeUm,
    channels: [
      { label: 'collector', color: '9AA0A6', window: [0, 255] },
      { label: 'lithium', color: 'E03C31', window: [0, 255] },
      { label: 'crack', color: '8E44AD', window: [0, 255] },
      { label: 'electrolyte', color: 'D8C9A3', window: [0, 255] },
    ],
    attributes: { scan },
  });
  const sums = [0, 0, 0, 0];
  const [nz, ny, nx] = shape;
  const halo = Math.ceil(params.medianRadius);
  try {
    for (let z = 0; z < nz; z += SLAB) {
      signal.throwIfAborted();
      const planes = Math.min(SLAB, nz - z);
      const low = Math.max(0, z - halo);
      const high = Math.min(nz, z + planes + halo);
      let lithium: Int16Array | null = null;
      if (lvf) {
        const extent: Triple = [high - low, ny, nx];
        const raw = (await lvf.readBlock([low, 0, 0], extent)) as Int16Array;
        lithium =
          params.medianRadius > 0
            ? await median(raw, extent, { shape: 'ball', radius: params.medianRadius }, 'nearest', threads)
            : raw;
        lithium = lithium.subarray((z - low) * ny * nx, (z - low + planes) * ny * nx);
      }
      const slab = mixSlab(cell, params, cracks, lithium, z, [planes, ny, nx], sums);
      await volume.writeSlab(z, slab);
      context.progress((z + planes) / nz);
    }
    await volume.close();
  } catch (error) {
    await volume.abandon();
    throw error;
  }
  const [collector, lithium, crack, electrolyte] = sums as [number, number, number, number];
  return {
    refused: fractionResult.value.refused,
    volume: 'phases.zarr',
    voxels: { collector, lithium, crack, electrolyte },
  };
}

/**
 * The layers of the reference with their interfaces' partial voxels, then what the scan changed: cracks in the electrolyte,
 * lithium in the place of the collector, and the foil's loss.
 */
function mixSlab(
  cell: Cell,
  { lithiumLvf }: PhasesParams,
  cracks: Map<number, number>,
  lithium: Int16Array | null,
  z0: number,
  [planes, ny, nx]: Triple,
  sums: number[],
): Uint8Array<ArrayBuffer> {
  const { axis, flip } = cell.frame.orientation;
  const { pellet, foilEnd } = cell.layers;
  const [, nv, nu] = cell.shape;
  const symmetric = cell.layers.cell === 'symmetric';
  const out = new Uint8Array(planes * ny * nx * 4);
  const at = [0, 0, 0];
  const view = [0, 0, 0];
  const share = (x: number) => Math.max(0, Math.min(1, x));
  let i = 0;
  for (let z = z0; z < z0 + planes; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, i++) {
        at[0] = z;
        at[1] = y;
        at[2] = x;
        for (let k = 0; k < 3; k++) view[k] = flip[k] ? cell.shape[k]! - 1 - at[axis[k]!]! : at[axis[k]!]!;
        const [s, v, u] = view as [number, number, number];
        if (!cell.working || (pellet && Math.hypot(v - pellet.center[0], u - pellet.center[1]) > pellet.radius))
          continue;
        const lower = cell.working.heights[v * nu + u]!;
        const upper = cell.counter ? cell.counter.heights[v * nu + u]! : Number.POSITIVE_INFINITY;
        const below = share(lower - s + 0.5);
        const foil = Math.min(1 - below, share(s - upper + 0.5));
        const behind = foilEnd?.level != null ? Math.min(foil, share(s - foilEnd.s + 0.5)) : 0;
        let collector = (symmetric ? 0 : below) + behind;
        let metal = (symmetric ? below : 0) + foil - behind;
        let electrolyte = 1 - below - foil;
        const crack = Math.min(electrolyte, share(cracks.get((s * nv + v) * nu + u) ?? 0));
        electrolyte -= crack;
        const change = lithium ? lithium[i]! / LVF_COUNTS : 0;
        if (crack === 0 && change > lithiumLvf) {
          const plated = share(change);
          const fromCollector = Math.min(collector, plated);
          const fromElectrolyte = Math.min(electrolyte, symmetric || fromCollector > 0 ? plated - fromCollector : 0);
          collector -= fromCollector;
          electrolyte -= fromElectrolyte;
          metal += fromCollector + fromElectrolyte;
        } else if (change < -lithiumLvf && metal > 0) {
          const lost = Math.min(metal, -change);
          metal -= lost;
          if (s > upper + 3) collector += lost;
          else electrolyte += lost;
        }
        [collector, metal, crack, electrolyte].forEach((fraction, c) => {
          sums[c]! += fraction;
          out[i * 4 + c] = Math.round(fraction * 255);
        });
      }
  return out;
}
