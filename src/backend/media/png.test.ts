import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodePng, type Picture, pngChunks, pngTexts } from './png.ts';

/** Pixels of a PNG by the rules of the format (filters 0 to 2). */
function decoded(png: Buffer): Picture {
  const chunks = pngChunks(png);
  const header = chunks.find(({ type }) => type === 'IHDR')!.body;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const channels = header[9] === 2 ? 3 : 1;
  const rows = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ body }) => body)));
  const bytes = width * channels;
  const pixels = new Uint8Array(height * bytes);
  for (let y = 0; y < height; y++)
    for (let i = 0; i < bytes; i++) {
      const filter = rows[y * (bytes + 1)]!;
      const left = i >= channels ? pixels[y * bytes + i - channels]! : 0;
      const above = y > 0 ? pixels[(y - 1) * bytes + i]! : 0;
      pixels[y * bytes + i] = rows[y * (bytes + 1) + 1 + i]! + [0, left, above][filter]!;
    }
  return { width, height, channels, pixels };
}

/** Flat rows, slopes along both axes and noise: every filter has its use. */
function picture(channels: 1 | 3): Picture {
  const [width, height] = [37, 23];
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        pixels[(y * width + x) * channels + c] = y < 6 ? 200 : y < 12 ? x * 6 : y < 18 ? (x * x * 7) % 251 : x * y * 31;
  return { width, height, channels, pixels };
}

test.each([1, 3] as const)('a picture of %i channels comes back', (channels) => {
  expect(decoded(encodePng(picture(channels)))).toEqual(picture(channels));
});

test('texts come back, what Latin-1 does not know escaped as in JSON', () => {
  const recipe = JSON.stringify({ name: '– µm Ω', lines: 'a\nb' });
  const texts = pngTexts(encodePng(picture(1), { texts: { Software: 'Tomolapse 0.1.0', recipe } }));
  expect(texts['Software']).toBe('Tomolapse 0.1.0');
  expect(JSON.parse(texts['recipe']!)).toEqual({ name: '– µm Ω', lines: 'a\nb' });
});

test('the printed size is told', () => {
  const density = pngChunks(encodePng(picture(1), { dotsPerInch: 300 })).find(({ type }) => type === 'pHYs')!.body;
  expect([density.readUInt32BE(0), density.readUInt32BE(4), density[8]]).toEqual([11811, 11811, 1]);
});

test('damage is seen', () => {
  const png = encodePng(picture(3));
  png[60]! ^= 1;
  expect(() => pngChunks(png)).toThrow('damaged');
});
