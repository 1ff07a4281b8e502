import type { PlotLook } from '../../core/plot/look.ts';

export type Theme = 'dark' | 'light';

/** Colours of a movie around its pictures. */
export const THEMES = {
  dark: {
    ground: '#0c0d0f',
    ink: '#eceef0',
    faintInk: '#9a9fa6',
    axis: '#7d828a',
    halo: 'rgba(8,9,10,.72)',
    unseen: '#26292d',
  },
  light: {
    ground: '#ffffff',
    ink: '#17191c',
    faintInk: '#666b72',
    axis: '#4a4e54',
    halo: 'rgba(255,255,255,.8)',
    unseen: '#d6d9de',
  },
} as const;

export const FONT = '"Inter Variable", Inter, Arimo, Arial, sans-serif';
/** Letters of plots, points. */
const POINTS = 7;
/** Height of a plot's letters as a share of the picture's. */
const LETTERS = 0.0205;

export function plotLook(theme: Theme, pictureHeight: number): PlotLook {
  const { ink, faintInk, axis, ground } = THEMES[theme];
  return { unit: (LETTERS * pictureHeight) / POINTS, font: FONT, size: POINTS, ink, faintInk, axis, paper: ground };
}

/** Signs that stand in movies and may lie in a file of the font of their own. */
const SIGNS = 'Az09 µ²⁻¹³−±·×°';

/** Loads the fonts that frames are written in, so that the first is written like the last. */
export async function loadFonts(): Promise<void> {
  await Promise.all([400, 500, 600].map((weight) => document.fonts.load(`${weight} 24px ${FONT}`, SIGNS)));
}

/** A canvas of the page that is not seen, read back often. */
export function sheet(width: number, height: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  return canvas.getContext('2d', { willReadFrequently: true })!;
}

/** A number that tells texts apart, 31 bits. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}
