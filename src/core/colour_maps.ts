/** Colour maps as anchors evenly spaced from 0 to 1, straight in sRGB between them. */
export interface ColourMap {
  title: string;
  /** Who published it. */
  source: string;
  anchors: string;
}

export type ColourMapName = 'grey' | 'lvf' | 'cividis' | 'batlow' | 'vik';
export type Colour = [red: number, green: number, blue: number];

export const COLOUR_MAPS: Readonly<Record<ColourMapName, ColourMap>> = {
  grey: { title: 'Grey', source: 'black to white', anchors: '000000 ffffff' },
  lvf: {
    title: 'Blue to red',
    source: 'cool–warm, K. Moreland, Diverging color maps for scientific visualization, ISVC 2009 (public domain)',
    anchors:
      '3b4cc0 445acc 4d68d7 5775e1 6282ea 6c8ef1 779af7 82a5fb 8db0fe 98b9ff a3c2fe aec9fc b8d0f9 c2d5f4 ccd9ee d5dbe6 dddddd ' +
      'e5d8d1 ecd3c5 f1ccb9 f4c4ad f7bba0 f7b194 f7a687 f49a7b f18d6f ec7f63 e57058 de604d d55042 cb3e38 c0282f b40426',
  },
  cividis: {
    title: 'Cividis',
    source: 'J. R. Nuñez, C. R. Anderton, R. S. Renslow, PLoS ONE 13 (2018) e0199239 (CC0)',
    anchors:
      '00224e 00285b 002e6a 043371 1a386f 273e6e 32436d 3b496c 434e6c 4b546c 52596d 5a5f6e 61656f 686a71 6f7073 757676 7c7b78 ' +
      '848179 8b8778 938d78 9b9376 a39a75 aba072 b3a670 bbad6c c3b469 ccba64 d4c15f ddc958 e6d051 efd748 f8df3c fee838',
  },
  batlow: {
    title: 'Batlow',
    source: 'F. Crameri, Scientific colour maps 7.0.1, doi:10.5281/zenodo.5501399 (© 2021 Fabio Crameri, MIT)',
    anchors:
      '011959 08255b 0d315d 0f3b5f 114360 134b61 175262 1b5962 226061 2b655e 356a59 406f53 4d734d 597745 667b3e 747e38 828232 ' +
      '90862d a0892b b08d2e bf9035 ce923f dc954c e8985b f19d6c f8a27e fca891 fdaea2 fdb4b4 fdbac4 fcbfd6 fbc6e8 faccfa',
  },
  vik: {
    title: 'Vik',
    source: 'F. Crameri, Scientific colour maps 7.0.1, doi:10.5281/zenodo.5501399 (© 2021 Fabio Crameri, MIT)',
    anchors:
      '001261 021f69 022b71 023779 034481 055189 0c5e92 1b6d9c 2f7da6 478cb1 609dbc 79adc7 92bdd2 acccdd c5dbe6 dde6e9 ece5e0 ' +
      'eedacf e9cbb9 e3bba4 dcab8f d69c7b cf8d67 c97f55 c37243 bd6431 b3531f a5400f 942f06 832106 741506 670a07 590008',
  },
};

/** Entries of a `colourTable`. */
export const TABLE_STEPS = 256;

/** A map as 256 colours, red, green, blue one after another. */
export function colourTable(name: ColourMapName): Uint8Array {
  const anchors = COLOUR_MAPS[name].anchors.split(' ').map((hex) => Number.parseInt(hex, 16));
  const table = new Uint8Array(TABLE_STEPS * 3);
  for (let step = 0; step < TABLE_STEPS; step++) {
    const at = (step / (TABLE_STEPS - 1)) * (anchors.length - 1);
    const below = Math.min(anchors.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++) {
      const channel = (anchor: number) => (anchors[anchor]! >> (16 - 8 * c)) & 255;
      table[step * 3 + c] = Math.round(channel(below) + (at - below) * (channel(below + 1) - channel(below)));
    }
  }
  return table;
}

/** Entry of a colour table for a value between two limits; what lies beyond takes the colours of the ends. */
export function tableStep(value: number, [low, high]: readonly [number, number]): number {
  const share = high > low ? (value - low) / (high - low) : 0;
  return Math.max(0, Math.min(TABLE_STEPS - 1, Math.round(share * (TABLE_STEPS - 1))));
}
