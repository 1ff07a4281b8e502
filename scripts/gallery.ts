import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Draws the pictures of docs/gallery; see `scripts/gallery`. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GALLERY = join(ROOT, 'docs', 'gallery');
const [cell, other] = process.argv.slice(2) as [string, string];
const beside = mkdtempSync(join(tmpdir(), 'gallery-'));

function tomolapse(...args: string[]): void {
  execFileSync(join(ROOT, 'bin', 'tomolapse'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function kept(from: string, name: string): void {
  copyFileSync(from, join(GALLERY, name));
}

/** Figures of one cell, and what compares two. */
const COMPARED = ['first_cycle', 'thickness_evolution', 'slice_series'];
/** The second of each movie that is shown. */
const STILLS: Readonly<Record<string, number>> = {
  paper: 12,
  slices: 6,
  'two-cells': 9,
  'crack-birth': 9,
  thickness: 8,
};
const FPS = 10;

try {
  mkdirSync(GALLERY, { recursive: true });
  tomolapse('export', cell, '--out', join(beside, 'one'), '--figures', '--format', 'png', '--dpi', '150');
  for (const name of readdirSync(join(beside, 'one', 'figures')))
    if (name.endsWith('.png')) kept(join(beside, 'one', 'figures', name), name);
  tomolapse(
    ...['export', cell, '--with', other, '--out', join(beside, 'two'), '--format', 'png', '--dpi', '150'],
    ...['--width', 'double', '--figure', ...COMPARED],
  );
  for (const name of COMPARED) kept(join(beside, 'two', 'figures', `${name}.png`), `${name}_two_cells.png`);
  for (const [name, second] of Object.entries(STILLS)) {
    const frame = String(second * FPS);
    const out = join(beside, name);
    tomolapse(
      ...['movie', cell, '--storyboard', name, '--with', other, '--out', out],
      ...['--size', '1280x720', '--fps', String(FPS), '--frames', `${frame}-${frame}`],
    );
    kept(join(out, readdirSync(out).find((file) => file.endsWith('.png'))!), `movie_${name}.png`);
  }
} finally {
  rmSync(beside, { recursive: true, force: true });
}
