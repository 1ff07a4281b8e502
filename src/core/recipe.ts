import type { AxisName, Box, Cylinder, Matrix4, Region } from './geometry.ts';

/** What the user asked for; every field is optional, the shape is fixed in spec/cli.md. */
export interface Recipe {
  version?: 1;
  cell?: 'zero-excess' | 'symmetric';
  reference?: number | 'cycleStart' | 'previous';
  stack?: { axis: AxisName; collectorEnd: 'low' | 'high' };
  scans?: Record<string, { exclude?: boolean; reason?: string; matrix?: Matrix4 }>;
  regions?: {
    stable?: Region | null;
    collector?: Region | null;
    lithium?: Region | null;
    inert?: Region | null;
    analysis?: Cylinder | Box | null;
    counter?: Cylinder | Box | null;
  };
  /** What a person measures besides, by name; the analysis leaves it alone. */
  measure?: Record<string, Region>;
  registration?: { model?: 'rigid' | 'similarity' };
  intensity?: { match?: 'auto' | 'always' | 'never' };
  denoise?: { gaussianSigma?: number };
  lvf?: { medianRadius?: number; clip?: boolean };
  phases?: {
    lithiumLvf?: number;
    crack?: { threshold?: 'auto' | number; clearanceUm?: number; minVoxels?: number; fill?: 'lithium' | 'void' };
  };
  electrodes?: {
    working?: { areaMm2?: number };
    counter?: { areaMm2?: number };
    lithiumUmPerMahCm2?: number;
  };
}

/** Bulk lithium: 6.94 g/mol ÷ 0.534 g/cm³ ÷ 96485 C/mol × 3.6 C/mAh, in µm per mAh/cm². */
export const LITHIUM_UM_PER_MAH_CM2 = 4.85;
