import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

/** Spoils the stored thickness of a scan; the key of the result. */
function spoilThickness(project: string): void {
  const objects = join(project, 'objects');
  for (const prefix of readdirSync(objects).filter((name) => !name.startsWith('.')))
    for (const key of readdirSync(join(objects, prefix))) {
      const [manifest] = readFileSync(join(objects, prefix, key, 'manifest.json'), 'utf8').split('\n');
      const { step, scan } = JSON.parse(manifest!).provenance as { step: string; scan: number };
      if (step === 'thickness' && scan === 4) writeFileSync(join(objects, prefix, key, 'result.json'), '{}');
    }
}

test('damaged results are told, the rest is shown, and a run mends them', async ({ home, open }) => {
  test.setTimeout(240_000);
  const project = projectIn(home);
  spoilThickness(project);
  const { page } = await open(project);
  const told = page.getByRole('status').filter({ hasText: 'Stored results are damaged:' });
  await expect(told).toContainText('scan_004');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  await told.getByRole('button', { name: 'Compute them again' }).click();
  await expect(told).toBeHidden({ timeout: 180_000 });
});

test('unused results are counted before they are removed', async ({ home, open }) => {
  const project = projectIn(home);
  const objects = join(project, 'objects');
  const [prefix] = readdirSync(objects).filter((name) => !name.startsWith('.'));
  const stray = join(objects, prefix!, `${prefix}${'0'.repeat(62)}`);
  mkdirSync(stray);
  writeFileSync(join(stray, 'voxels'), Buffer.alloc(1_230_000));
  const { page } = await open(project);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('unused results');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Remove unused results' });
  await expect(dialog.getByRole('status')).toContainText('1 result (1.23 MB) can go;');
  await dialog.getByRole('button', { name: 'Remove 1 result (1.23 MB)' }).click();
  await expect(page.getByText(/^Removed 1 unused result/).first()).toBeVisible();
  expect(existsSync(stray)).toBe(false);
});
