import { native } from './native.ts';

const crc32cNative = native['crc32c'] as unknown as (options: { bytes: Uint8Array; before: number }) => number;

/** CRC-32C (Castagnoli) of bytes; `before` is the checksum of what precedes them. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  return crc32cNative({ bytes, before });
}
