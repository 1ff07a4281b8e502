import type { ColumnWidth, LetterStyle } from './layout.ts';

/** What a publisher asks of figures; lengths mm, type sizes points, resolution dots an inch. */
export interface Journal {
  title: string;
  widths: Readonly<Record<ColumnWidth, number>>;
  /** Of a figure that leaves room for its caption. */
  tallest: number;
  text: number;
  /** Panel letters. */
  letter: number;
  letters: LetterStyle;
  /** The least for pictures with lines and letters in them. */
  dotsPerInch: number;
  /** Where the rules stand; what they leave open is this program's. */
  source: string;
}

export type JournalName = 'nature' | 'wiley' | 'acs' | 'elsevier' | 'rsc';

/** As the publishers' pages for authors have it; a journal may ask for something else. */
export const JOURNALS: Readonly<Record<JournalName, Journal>> = {
  nature: {
    title: 'Nature Portfolio',
    widths: { single: 89, 'one-and-half': 120, double: 183 },
    tallest: 170,
    text: 7,
    letter: 8,
    letters: 'a',
    dotsPerInch: 300,
    source:
      'research-figure-guide.nature.com: 89 and 183 mm, at most 170 mm tall, 5–7 pt, letters 8 pt bold, ≥ 300 dpi',
  },
  wiley: {
    title: 'Wiley (Small, Advanced Materials)',
    widths: { single: 85, 'one-and-half': 120, double: 178 },
    tallest: 220,
    text: 7,
    letter: 9,
    letters: 'a)',
    dotsPerInch: 600,
    source:
      'Wiley-VCH: printed columns of 85 and 178 mm; parts a), b) (guidelines for graphical material); 300, with lines 600 dpi',
  },
  acs: {
    title: 'American Chemical Society',
    widths: { single: 82.5, 'one-and-half': 127, double: 177.8 },
    tallest: 233,
    text: 7,
    letter: 9,
    letters: 'a',
    dotsPerInch: 600,
    source: 'pubs.acs.org, preparing graphics: 3.25 in and 7 in; ≥ 4.5 pt; 300 dpi in colour, 600 grey, 1200 lines',
  },
  elsevier: {
    title: 'Elsevier',
    widths: { single: 90, 'one-and-half': 140, double: 190 },
    tallest: 240,
    text: 7,
    letter: 9,
    letters: '(a)',
    dotsPerInch: 500,
    source:
      'elsevier.com, artwork sizing: 90, 140, 190 mm; 7 pt, 6 pt in super- and subscripts; 300, with lines 500 dpi',
  },
  rsc: {
    title: 'Royal Society of Chemistry',
    widths: { single: 83, 'one-and-half': 120, double: 171 },
    tallest: 233,
    text: 7,
    letter: 9,
    letters: '(a)',
    dotsPerInch: 600,
    source:
      'rsc.org, preparation of illustrations: 83 and 171 mm, at most 233 mm tall; 7 pt Arial; parts (a), (b); 600 dpi',
  },
};

/** Where no journal is named: fits the columns of most. */
export const ANY_JOURNAL: Journal = {
  title: 'any journal',
  widths: { single: 88, 'one-and-half': 120, double: 180 },
  tallest: 229,
  text: 7,
  letter: 9,
  letters: 'a',
  dotsPerInch: 300,
  source: 'widths between those of the publishers',
};
