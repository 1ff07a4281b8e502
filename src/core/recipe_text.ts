import { LITHIUM_UM_PER_MAH_CM2, type Recipe } from './recipe.ts';

/** What stands where a recipe says nothing; what the program finds for itself is not among them. */
const DEFAULTS = {
  version: 1,
  reference: 0,
  registration: { model: 'rigid' },
  intensity: { match: 'auto' },
  denoise: { gaussianSigma: 1 },
  lvf: { medianRadius: 3, clip: false },
  phases: { lithiumLvf: 0.2, crack: { threshold: 'auto', minVoxels: 50, fill: 'lithium' } },
  electrodes: { lithiumUmPerMahCm2: LITHIUM_UM_PER_MAH_CM2 },
};

/** A recipe without what stands anyway: defaults, and fields that hold nothing. */
export function withoutDefaults(recipe: Recipe): Recipe {
  return (stripped(recipe, DEFAULTS) ?? {}) as Recipe;
}

function stripped(value: unknown, usual: unknown): unknown {
  if (!isRecord(value)) return value === usual ? undefined : value;
  const kept = Object.entries(value).flatMap(([name, inside]) => {
    const left = stripped(inside, isRecord(usual) ? usual[name] : undefined);
    return left === undefined ? [] : [[name, left] as const];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A recipe as a person would write it: a field a line, lists and regions on one, places to a thousandth of a voxel. */
export function recipeText(recipe: Recipe): string {
  return `${written(recipe, '')}\n`;
}

function written(value: unknown, indent: string): string {
  if (typeof value === 'number')
    return String(Number(value.toPrecision(12)) === value ? value : Number(value.toFixed(3)));
  if (Array.isArray(value)) return `[${value.map((one) => written(one, '')).join(', ')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, one]) => one !== undefined);
  if (fields.length === 0) return '{}';
  const inner = `${indent}  `;
  const text = (name: string, one: unknown, within: string) => `${JSON.stringify(name)}: ${written(one, within)}`;
  const flat = fields.every(([, one]) => !isRecord(one));
  if (flat && indent !== '') {
    const line = `{ ${fields.map(([name, one]) => text(name, one, indent)).join(', ')} }`;
    if (line.length + indent.length <= 120) return line;
  }
  return `{\n${fields.map(([name, one]) => inner + text(name, one, inner)).join(',\n')}\n${indent}}`;
}
