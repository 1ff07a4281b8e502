export { crc32c } from './crc32c.ts';
export { type FileChecksum, type Level, type ZarrArray, type ZarrChannel, ZarrError, type ZarrSpec, type ZarrType } from './layout.ts';
export { type ChunkPlace, openZarr, verifyZarr, ZarrVolume } from './reader.ts';
export { createZarr, ZarrWriter } from './writer.ts';
