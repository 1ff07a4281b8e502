import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Layer, layers, testFolders, testPackages } from './layers.ts';

const SRC = import.meta.dirname;

/** The row of the table that a path inside `src` belongs to, or its folder where there is none. */
function layerOf(path: string, table: Record<string, Layer>): string {
  const parts = path.split(sep);
  for (let length = Math.min(2, parts.length - 1); length > 0; length--) {
    const folder = parts.slice(0, length).join('/');
    if (folder in table) return folder;
  }
  return parts.length > 1 ? parts[0]! : '';
}

function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(
    /(?:^|[\s;}])(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map((match) => (match[1] ?? match[2])!);
}

/** What a file imports against the table, one line each; empty when it keeps to it. */
function trespasses(path: string, source: string, table: Record<string, Layer>): string[] {
  const folder = layerOf(path, table);
  const layer = table[folder];
  if (!layer) return folder === '' ? [] : [`${path}: the folder ${folder} is not in the table`];
  const isTest = path.endsWith('.test.ts') || path.includes('/fixtures/');
  const wrong: string[] = [];
  for (const target of importsOf(source)) {
    if (target.startsWith('.')) {
      const inside = relative(SRC, join(SRC, dirname(path), target));
      if (inside.startsWith('..')) {
        if (!isTest) wrong.push(`${path} imports ${target} from outside src`);
        continue;
      }
      const other = layerOf(inside, table);
      const allowed = other === folder || layer.folders.includes(other) || (isTest && testFolders.includes(other));
      if (!allowed) wrong.push(`${path} (${folder}) imports ${other}`);
    } else if (target.startsWith('node:') || builtinModules.includes(target)) {
      if (!layer.node && !isTest) wrong.push(`${path} (${folder}) imports ${target}`);
    } else {
      const name = target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/');
      const allowed = layer.packages.includes(name) || (isTest && testPackages.includes(name));
      if (!allowed) wrong.push(`${path} (${folder}) imports the package ${name}`);
    }
  }
  return wrong;
}

describe('the table of allowed imports', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path));

  test('every file keeps to it', () => {
    expect(files.length).toBeGreaterThan(5);
    expect(files.flatMap((path) => trespasses(path, readFileSync(join(SRC, path), 'utf8'), layers))).toEqual([]);
  });

  test('every row is closed: it names rows and no cycle', () => {
    const order = Object.keys(layers);
    for (const [folder, layer] of Object.entries(layers))
      for (const other of layer.folders) expect(order.indexOf(other)).toBeLessThan(order.indexOf(folder));
  });

  test.each([
    ['core/a.ts', "import { readFile } from 'node:fs';", 'core/a.ts (core) imports node:fs'],
    ['core/a.ts', "import '../store/b.ts';", 'core/a.ts (core) imports store'],
    ['core/a.ts', "const zod = await import('zod');", 'core/a.ts (core) imports the package zod'],
    ['store/a.ts', "export { b } from '../cli/b.ts';", 'store/a.ts (store) imports cli'],
    [
      'analysis/x/a.ts',
      "import {\n  b,\n} from '../../backend/jobs/b.ts';",
      'analysis/x/a.ts (analysis) imports backend/jobs',
    ],
    ['cli/a.ts', "import '../../scripts/b.ts';", 'cli/a.ts imports ../../scripts/b.ts from outside src'],
    ['elsewhere/a.ts', '', 'elsewhere/a.ts: the folder elsewhere is not in the table'],
    ['backend/other/a.ts', '', 'backend/other/a.ts: the folder backend is not in the table'],
  ])('%s with %j is found', (path, source, line) => {
    expect(trespasses(path, source, layers)).toEqual([line]);
  });
});
