import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import type { Picture } from '../png.ts';
import { num, type Page, rect } from './svg.ts';

const require = createRequire(import.meta.url);
const FONTS = ['400Regular/Arimo_400Regular.ttf', '700Bold/Arimo_700Bold.ttf'];

let fonts: Promise<Uint8Array[]> | null = null;

/** The fonts that figures are set in; the renderer is started beside. Machines differ in theirs, these are the program's. */
function started(): Promise<Uint8Array[]> {
  fonts ??= (async () => {
    await initWasm(await readFile(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return Promise.all(FONTS.map((font) => readFile(require.resolve(`@expo-google-fonts/arimo/${font}`))));
  })();
  return fonts;
}

async function opened({ width, height, body }: Page, pixels: number | null): Promise<InstanceType<typeof Resvg>> {
  const fontBuffers = await started();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${num(width)}" height="${num(height)}" viewBox="0 0 ${num(width)} ${num(height)}">${rect(0, 0, width, height, { fill: '#ffffff' })}${body}</svg>`;
  return new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: 'Arimo', sansSerifFamily: 'Arimo' },
    fitTo: pixels === null ? { mode: 'original' } : { mode: 'width', value: pixels },
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

/** A page as SVG of nothing but groups, clips, pictures and paths of M, L, Q, C and Z; texts are outlines. */
export async function outlined(page: Page): Promise<string> {
  const resvg = await opened(page, null);
  const svg = resvg.toString();
  resvg.free();
  return svg;
}
