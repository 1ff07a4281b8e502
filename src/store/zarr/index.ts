export type { FileChecksum, Level, ZarrArray, ZarrChannel, ZarrSpec, ZarrType } from './layout.ts';
export { type ChunkPlace, openZarr, verifyZarr, ZarrVolume } from './reader.ts';
export { frameInterval, type SeriesFrame, type SeriesOptions, seriesBytes, writeZarrSeries } from './series.ts';
export { createZarr, ZarrWriter } from './writer.ts';
