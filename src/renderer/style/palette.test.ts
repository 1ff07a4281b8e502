import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

function palette(theme: string): Record<string, string> {
  const block = new RegExp(`data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)![1]!;
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, colour]) => [name, colour]),
  );
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light! + 0.05) / (dark! + 0.05);
}

const surfaces = ['ground', 'panel', 'raised', 'field', 'hover'];
const inks = [
  'ink',
  'ink-2',
  'ink-3',
  'accent',
  'warning',
  'error',
  'good',
  'collector',
  'lithium',
  'crack',
  'electrolyte',
  'charge',
];

describe.each(['dark', 'light'])('the %s palette', (theme) => {
  const colours = palette(theme);
  test.each(inks.filter((name) => !['ink', 'ink-2', 'ink-3'].includes(name)))('%s reads on panels', (ink) => {
    for (const surface of ['panel', 'raised', 'field'])
      expect(contrast(colours[ink]!, colours[surface]!), surface).toBeGreaterThanOrEqual(4.5);
  });
  test.each(['ink', 'ink-2', 'ink-3'])('%s reads everywhere', (ink) => {
    for (const surface of surfaces)
      expect(contrast(colours[ink]!, colours[surface]!), surface).toBeGreaterThanOrEqual(4.5);
  });
  test.each([
    ['accent-ink', 'accent-fill', 4.5],
    ['ink', 'pressed', 4.5],
    ['ink', 'accent-wash', 4.5],
    ['warning', 'warning-wash', 4.5],
    ['error', 'error-wash', 4.5],
    ['edge', 'panel', 3],
    ['edge', 'field', 3],
    ['accent', 'ground', 3],
  ] as const)('%s on %s', (ink, surface, least) => {
    expect(contrast(colours[ink]!, colours[surface]!)).toBeGreaterThanOrEqual(least);
  });
});
