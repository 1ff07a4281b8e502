/// <reference path="./packages.d.ts" />
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** Figures are set in Arimo, whose widths are Arial's. Machines differ in their fonts, these are the program's. */
const require = createRequire(import.meta.url);
const FILES = { 400: '400Regular/Arimo_400Regular.ttf', 700: '700Bold/Arimo_700Bold.ttf' } as const;

export type Weight = keyof typeof FILES;
export const WEIGHTS: readonly Weight[] = [400, 700];

const read = new Map<Weight, Promise<Buffer>>();

export function fontFile(weight: Weight): Promise<Buffer> {
  let bytes = read.get(weight);
  if (!bytes) read.set(weight, (bytes = readFile(require.resolve(`@expo-google-fonts/arimo/${FILES[weight]}`))));
  return bytes;
}

/** A style sheet with the letters that `texts` needs, so that the page looks the same where the font is not installed. */
export async function embeddedFonts(texts: ReadonlyMap<Weight, string>): Promise<string> {
  const { default: subsetFont } = await import('subset-font');
  const faces: string[] = [];
  for (const weight of WEIGHTS) {
    const letters = [...new Set(texts.get(weight) ?? '')].sort().join('');
    if (letters === '') continue;
    const font = await subsetFont(await fontFile(weight), letters, { targetFormat: 'woff2' });
    const source = `url(data:font/woff2;base64,${font.toString('base64')}) format('woff2')`;
    faces.push(`@font-face{font-family:Arimo;font-weight:${weight};src:${source}}`);
  }
  return faces.join('');
}
