import type { Input, Output } from '../../contract/app.ts';
import { badInput } from '../../core/failure.ts';
import { AXES, type Triple } from '../../core/geometry.ts';
import { quantile } from '../../core/robust.ts';
import type { VolumeSource } from '../../core/series.ts';
import { openVolume, readBlock } from '../../engine/volume.ts';
import { chooseDataset, describeFile, needsImport, volumeSource } from '../../formats/describe.ts';
import { access, type Description, VOXEL_BYTES } from '../../formats/description.ts';
import { ARRAYS } from '../../formats/write_voxels.ts';

const MOST_PIXELS = 512;

/** A plane of a scan on disk as bytes; of a compressed file only across z, as far as it must be unpacked. */
export async function preview({ path, axis, at, frame = 0, hints }: Input<'preview'>): Promise<Output<'preview'>> {
  const description = await describeFile(path, hints);
  const dataset = hints?.dataset;
  const shape = chooseDataset(description, dataset).shape.slice(-3) as Triple;
  const across = AXES.indexOf(axis);
  const index = Math.min(shape[across]! - 1, Math.floor(at * shape[across]!));
  const [rows, columns] = shape.filter((_, k) => k !== across) as [number, number];
  const plane = needsImport(description, dataset, frame)
    ? await unpackedPlane(description, dataset, frame, axis, index, rows * columns)
    : await mappedPlane(volumeSource(description, dataset, frame), across, index, shape);
  const step = Math.ceil(Math.max(rows, columns) / MOST_PIXELS);
  const [height, width] = [Math.ceil(rows / step), Math.ceil(columns / step)];
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) values[y * width + x] = Number(plane[y * step * columns + x * step]);
  const [low, high] = [quantile(values, 0.01), quantile(values, 0.99)];
  const pixels = Uint8Array.from(values, (value) =>
    Math.max(0, Math.min(255, Math.round(((value - low) / (high - low || 1)) * 255))),
  );
  return { width, height, pixels: Buffer.from(pixels).toString('base64'), range: [low, high] };
}

async function mappedPlane(source: VolumeSource, across: number, index: number, shape: Triple) {
  const origin: Triple = [0, 0, 0];
  origin[across] = index;
  const extent = shape.map((size, k) => (k === across ? 1 : size)) as Triple;
  const volume = openVolume(source);
  return await readBlock({ volume, axis: [0, 1, 2], flip: [false, false, false] }, origin, extent);
}

async function unpackedPlane(
  description: Description,
  dataset: string | undefined,
  frame: number,
  axis: string,
  index: number,
  pixels: number,
) {
  const reach = chooseDataset(description, dataset)[access];
  if (axis !== 'z' || !reach)
    throw badInput({
      what: 'Cannot show the plane',
      path: description.path,
      why: 'the file is compressed, and only planes across z can be unpacked alone',
    });
  const bytes = pixels * VOXEL_BYTES[reach.type];
  const plane = new Uint8Array(bytes);
  for await (const piece of reach.decode({ frame, first: index, end: index + 1 })) plane.set(piece.bytes, piece.at);
  return new ARRAYS[reach.type](plane.buffer);
}
