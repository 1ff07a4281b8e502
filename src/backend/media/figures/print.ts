import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import type { Picture } from '../png.ts';
import { fontFile, WEIGHTS } from './fonts.ts';
import { num, type Page, rect } from './svg.ts';

const require = createRequire(import.meta.url);

let renderer: Promise<void> | null = null;

function started(): Promise<void> {
  renderer ??= (async () => initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm'))))();
  return renderer;
}

async function opened({ width, height, body }: Page, pixels: number): Promise<InstanceType<typeof Resvg>> {
  await started();
  const fontBuffers = await Promise.all(WEIGHTS.map(fontFile));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${num(width)}" height="${num(height)}" viewBox="0 0 ${num(width)} ${num(height)}">${rect(0, 0, width, height, { fill: '#ffffff' })}${body}</svg>`;
  return new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: 'Arimo', sansSerifFamily: 'Arimo' },
    fitTo: { mode: 'width', value: pixels },
  });
}

/** A page as pixels. */
export async function rasterised(page: Page, dotsPerInch: number): Promise<Picture> {
  const resvg = await opened(page, Math.round((page.width / 72) * dotsPerInch));
  const rendered = resvg.render();
  const { width, height, pixels: rgba } = rendered;
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0, from = 0; i < pixels.length; i += 3, from += 4) {
    pixels[i] = rgba[from]!;
    pixels[i + 1] = rgba[from + 1]!;
    pixels[i + 2] = rgba[from + 2]!;
  }
  rendered.free();
  resvg.free();
  return { width, height, channels: 3, pixels };
}
