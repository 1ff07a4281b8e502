import type { Triple } from '../../core/geometry.ts';
import { LIT_COLOURS } from '../../core/plot/look.ts';
import type { Texture } from './gl/context.ts';
import { type LayerDisplays, PHASES, type PhaseName, type RegionBox } from './view.ts';
import { type DrawnVolume, Volume } from './volume.ts';

/** Linear colours of the phases: collector grey, lithium red, cracks purple, electrolyte sand. */
const COLOURS: Record<PhaseName, Triple> = {
  collector: [0.4, 0.41, 0.43],
  lithium: [0.72, 0.035, 0.03],
  crack: [0.28, 0.055, 0.62],
  electrolyte: [0.6, 0.47, 0.27],
};
/** As above in sRGB, for keys beside the picture. */
export const PHASE_COLOURS: Record<PhaseName, string> = LIT_COLOURS;
/** The electrolyte's opacity holds for this share of the volume's diagonal, those of lithium and cracks for a voxel. */
const FAINT = 1 / 8;
const MOST_BOXES = 8;
export const MOST_PLANES = 6;

type Uniforms = Record<string, number | readonly number[] | Float32Array>;

/** x, y, z. */
export const xyz = ([z, y, x]: Triple): [number, number, number] => [x, y, z];

const extinction = (opacity: number, lengthUm: number) => -Math.log2(1 - 0.98 * Math.min(1, opacity)) / lengthUm;

export function phaseUniforms(phases: LayerDisplays['phases'], voxelUm: number, diagonalUm: number): Uniforms {
  const opacity = (phase: PhaseName) => (phases[phase].visible ? phases[phase].opacity : 0);
  return {
    uSurface: opacity('collector'),
    uExtinction: [
      extinction(opacity('lithium'), voxelUm),
      extinction(opacity('crack'), voxelUm),
      extinction(opacity('electrolyte'), diagonalUm * FAINT),
    ],
    ...Object.fromEntries(PHASES.map((phase) => [`u${phase[0]!.toUpperCase()}${phase.slice(1)}`, COLOURS[phase]])),
  };
}

/** Textures and places of a volume under the shader's letter for it. */
export function volumeUniforms(
  letter: 'P' | 'S',
  drawn: DrawnVolume,
): { uniforms: Uniforms; textures: Record<string, Texture> } {
  return {
    uniforms: {
      [`${letter}PerAtlas`]: drawn.textures.Atlas.size.map((n) => 1 / n),
      [`${letter}Last`]: drawn.textures.Pages.size.map((n) => n - 1),
      [`${letter}FloorScale`]: Volume.floorScale(drawn.floor),
    },
    textures: Object.fromEntries(
      Object.entries(drawn.textures).map(([name, picture]) => [`${letter}${name}`, picture]),
    ),
  };
}

/** A window in the layer's unit as the shader applies it to counts from 0 to 1. */
export function windowUniform(
  { floor: { info } }: DrawnVolume,
  [low, high]: readonly [number, number],
): [number, number] {
  const count = (value: number) => (value - info.offset) / info.scale / 65535;
  return [count(low), 1 / Math.max(1e-9, count(high) - count(low))];
}

export function regionUniforms(regions: readonly RegionBox[]): Uniforms {
  // Of a cylinder only its lines are drawn: the faces are a box's.
  const shown = regions.filter(({ round }) => !round).slice(0, MOST_BOXES);
  const flat = (of: (region: RegionBox) => readonly number[], size: number) => {
    const out = new Float32Array(MOST_BOXES * size);
    shown.forEach((region, i) => {
      out.set(of(region), i * size);
    });
    return out;
  };
  return {
    uBoxes: shown.length,
    uBoxLow: flat(({ box }) => xyz(box.min), 3),
    uBoxHigh: flat(({ box }) => xyz(box.max), 3),
    uBoxColour: flat(({ colour, selected }) => [...linearColour(colour), selected ? 0.12 : 0.06], 4),
  };
}

/** 0 to 1 from '#rrggbb'. */
export function colourOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}
function linearColour(hex: string): number[] {
  return colourOf(hex).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
}
