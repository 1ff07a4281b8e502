import { ole2Bytes } from '../../../src/formats/reference/ole2_bytes.ts';
import { single } from '../specimens.ts';
import type { Target } from '../target.ts';
import { readVolumes } from './volumes.ts';

export const zeiss: Target = {
  name: 'zeiss',
  specimens: async () => [
    single('volume.txm', ole2Bytes(scan(3, 50, 45))),
    single('volume in large sectors.txm', ole2Bytes(scan(3, 64, 40), { version: 4 })),
    single('scattered.txrm', ole2Bytes(scan(1, 75, 60), { scattered: true })),
    single('short streams.txrm', ole2Bytes(scan(1, 12, 10))),
  ],
  attempt: (attempt) => readVolumes(attempt),
  cases: 300,
};

/** Streams of a tomograph: of type 3 a reconstruction, of type 1 projections with a frame without the sample. */
function scan(fileType: number, width: number, height: number): Record<string, Buffer> {
  const whole = (n: number) => Buffer.from(Int32Array.of(n).buffer);
  const floats = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer);
  const image = (i: number) => Buffer.alloc(2 * width * height, i + 1);
  return {
    'ImageInfo/ImageWidth': whole(width),
    'ImageInfo/ImageHeight': whole(height),
    'ImageInfo/NoOfImages': whole(3),
    'ImageInfo/DataType': whole(5),
    'ImageInfo/FileType': whole(fileType),
    'ImageInfo/PixelSize': floats(0.81),
    'ImageInfo/ExpTimes': floats(30, 30, 30),
    'ImageInfo/Angles': floats(0, 1, 2),
    'ImageInfo/Date': Buffer.concat([0, 1, 2].map((i) => Buffer.from(`05/03/24 10:0${i}:00`.padEnd(40, '\0')))),
    'ImageData1/Image1': image(0),
    'ImageData1/Image2': image(1),
    'ImageData1/Image3': image(2),
    ...(fileType === 1 ? { 'ReferenceData/Image': image(3) } : {}),
  };
}
