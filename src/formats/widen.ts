import type { VoxelType } from '../core/series.ts';
import { isVoxelType, VOXEL_BYTES } from './description.ts';

/** What files store and the engine does not compute with: bytes of one voxel, and the type it is widened to. */
const WIDENED: Readonly<Record<string, { bytes: number; type: VoxelType; widen(bytes: Buffer): Buffer }>> = {
  bool: { bytes: 1, type: 'uint8', widen: (bytes) => bytes },
  float16: { bytes: 2, type: 'float32', widen: widenHalves },
  int64: { bytes: 8, type: 'float64', widen: (bytes) => widenLong(bytes, true) },
  uint64: { bytes: 8, type: 'float64', widen: (bytes) => widenLong(bytes, false) },
};

/** The type in which stored voxels are used: their own, or the wider one that holds them; null where there is none. */
export function usedType(stored: string): VoxelType | null {
  if (isVoxelType(stored)) return stored;
  return Object.hasOwn(WIDENED, stored) ? WIDENED[stored].type : null;
}

/** Bytes of one stored voxel of a type that `usedType` knows. */
export function storedBytes(stored: string): number {
  return isVoxelType(stored) ? VOXEL_BYTES[stored] : WIDENED[stored].bytes;
}

/**
 * Whole stored voxels, least significant byte first, as voxels of `usedType`: float16 as float32 (exact), 64-bit integers as
 * float64 (exact up to 2^53), booleans as 0 and 1. The same bytes where nothing is to be widened.
 */
export function widened(bytes: Buffer, stored: string): Buffer {
  return isVoxelType(stored) ? bytes : WIDENED[stored].widen(bytes);
}

/** Turns the bytes of each voxel around, in place; what is less than a voxel at the end stays. */
export function swapBytes(bytes: Buffer, voxelBytes: number): void {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % voxelBytes));
  if (voxelBytes === 2) whole.swap16();
  else if (voxelBytes === 4) whole.swap32();
  else if (voxelBytes === 8) whole.swap64();
}

function widenLong(bytes: Buffer, signed: boolean): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i += 8)
    out.writeDoubleLE(Number(signed ? bytes.readBigInt64LE(i) : bytes.readBigUInt64LE(i)), i);
  return out;
}

let floats: Float32Array | null = null;

function widenHalves(halves: Buffer): Buffer {
  floats ??= Float32Array.from({ length: 2 ** 16 }, (_, half) => float16(half));
  const out = new Float32Array(halves.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = floats[halves[2 * i] | (halves[2 * i + 1] << 8)];
  return Buffer.from(out.buffer);
}

function float16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
