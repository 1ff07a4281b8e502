import type { LetterStyle } from '../../../core/figure/layout.ts';
import { SIZE } from './style.ts';

/** The letter of the n-th panel, from 0: "a", "(b)", "C". */
export function letterOf(n: number, style: LetterStyle): string {
  if (style === 'none') return '';
  const letter =
    n < 26 ? String.fromCharCode(97 + n) : `${letterOf(Math.floor(n / 26) - 1, 'a')}${letterOf(n % 26, 'a')}`;
  if (style === 'A') return letter.toUpperCase();
  return style === '(a)' ? `(${letter})` : style === 'a)' ? `${letter})` : letter;
}

/** Widths of Arimo's letters in thousandths of their size; others are as wide as most. */
const NARROW = /[iljI.,:;'|!()[\]ft\s−-]/;
const WIDE = /[mwMWOQ%]/;

/** About how wide a text is, points. */
export function widthOf(text: string, size = SIZE): number {
  let width = 0;
  for (const letter of text)
    width += NARROW.test(letter) ? 0.34 : WIDE.test(letter) ? 0.82 : /[A-Z]/.test(letter) ? 0.68 : 0.54;
  return width * size;
}

export interface LegendEntry {
  /** Elements over a strip of 16 points from (0, 0), y in its middle. */
  drawing: string;
  words: string;
}

const STRIP = 16;
const ROW = 10;

/** Entries beside and below each other within a width: where each stands, and how tall all are. */
export function legendPlaces(
  entries: readonly LegendEntry[],
  width: number,
): { places: [number, number][]; height: number } {
  let [x, row] = [0, 0];
  const places = entries.map(({ words }): [number, number] => {
    const own = STRIP + 4 + widthOf(words);
    if (x > 0 && x + own > width) [x, row] = [0, row + 1];
    const place: [number, number] = [x, row * ROW + ROW / 2];
    x += own + 9;
    return place;
  });
  return { places, height: entries.length > 0 ? (row + 1) * ROW : 0 };
}
