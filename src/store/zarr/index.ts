export type { FileChecksum, Level, ZarrArray, ZarrChannel, ZarrSpec, ZarrType } from './layout.ts';
export { type ChunkPlace, openZarr, verifyZarr, ZarrVolume } from './reader.ts';
export { createZarr, ZarrWriter } from './writer.ts';
