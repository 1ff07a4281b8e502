import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ROOT, scansIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

const REAL = join(ROOT, '..', 'shared', 'data');

/** Takes a folder or file in the browser of the page. */
async function take(page: Page, folder: string, file?: string): Promise<void> {
  await page.getByRole('button', { name: 'Choose a folder or files…' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Path').fill(folder);
  await dialog.getByLabel('Path').press('Enter');
  if (file) await dialog.getByRole('option', { name: file }).click();
  else await expect(dialog.getByRole('option').first()).toBeVisible();
  await dialog.getByRole('button', { name: file ? 'Take' : 'Take this folder', exact: true }).click();
}

test('from an empty folder to a series in time', async ({ home, open }) => {
  const scans = scansIn(home);
  const { page } = await open();
  await expect(page.getByRole('heading', { name: 'Tomolapse' })).toBeVisible();
  await expect(page.getByText('No projects yet')).toBeVisible();
  await page.getByRole('button', { name: /New project/ }).click();
  await take(page, scans);

  const rows = page.getByRole('table', { name: 'Scans found' }).getByRole('row');
  await expect(rows).toHaveCount(9);
  await expect(rows.nth(1)).toContainText('144 × 144 × 96');
  await expect(page.getByText(/scans\.csv$/).first()).toBeVisible();
  await expect(page.getByRole('img', { name: /A plane of/ })).toBeVisible();
  await page.getByLabel('Area of the working electrode').fill('0.02*2');
  await page.getByLabel('Area of the working electrode').press('Enter');
  await expect(page.getByLabel('Area of the working electrode')).toHaveValue('0.04');
  await page.getByLabel('Name of the project').fill('first cell');
  await page.getByRole('button', { name: 'Create the project' }).click();

  await expect(page.getByRole('heading', { name: /first cell/ })).toContainText('scan 1 of 8');
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  expect(existsSync(join(home, 'first cell.tomolapse', 'project.db'))).toBe(true);
});

test('a scan can be left out, named and timed by hand', async ({ home, open }) => {
  const scans = scansIn(home);
  const { page } = await open();
  await page.keyboard.press('Alt+n');
  await take(page, scans);
  const rows = page.getByRole('table', { name: 'Scans found' }).getByRole('row');
  await expect(rows).toHaveCount(9);
  await rows.nth(8).getByRole('checkbox').click();
  await rows.nth(1).getByLabel('Name', { exact: true }).fill('pristine');
  await rows
    .nth(1)
    .getByLabel(/Time of/)
    .fill('0.1');
  await rows
    .nth(1)
    .getByLabel(/Time of/)
    .press('Enter');
  await expect(rows.nth(1)).toContainText('by hand');
  await page.getByRole('button', { name: 'Create the project' }).click();
  await expect(page.getByRole('heading', { name: /scan 1 of 7/ })).toBeVisible();
  await expect(page.getByRole('region', { name: 'pristine' })).toBeVisible();
});

test('what cannot be is told, and what was typed stays', async ({ home, open }) => {
  const scans = scansIn(home);
  const { page } = await open();
  await page.getByRole('button', { name: /New project/ }).click();
  await take(page, scans);
  const name = page.getByLabel('Name of the project');
  await name.fill('a/b');
  await expect(page.getByText('The name cannot hold')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create the project' })).toBeDisabled();
  await name.fill('scans/../scans'.replaceAll('/', ''));
  await expect(page.getByRole('button', { name: 'Create the project' })).toBeEnabled();
});

test('a real volume, its voxel size typed', async ({ home, open }) => {
  const foam = join(REAL, 'rshkarin_quanfima', 'polymer3d_8bit_128x128x128.raw');
  test.skip(!existsSync(foam), 'the shared data is not here');
  cpSync(foam, join(home, 'real', 'polymer3d_8bit_128x128x128.raw'));
  const { page } = await open();
  await page.getByRole('button', { name: /New project/ }).click();
  await take(page, join(home, 'real'));
  const row = page.getByRole('table', { name: 'Scans found' }).getByRole('row').nth(1);
  await expect(row).toContainText('128 × 128 × 128');
  await expect(page.getByText('The voxel size of one scan is not known.')).toBeVisible();
  const size = row.getByLabel(/Voxel size of/);
  await size.fill('1.3/2');
  await size.press('Enter');
  await page.getByRole('button', { name: 'Create the project' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 1');
  await expect(page.getByRole('tabpanel', { name: 'Inspector' })).toContainText('0.6500');
});

test('a headerless volume, its shape and type typed in', async ({ home, open }) => {
  const voxels = Uint16Array.from({ length: 40 * 50 * 60 }, (_, i) => 1000 + (i % 60) * 100);
  mkdirSync(join(home, 'real'));
  writeFileSync(join(home, 'real', 'cell.raw'), Buffer.concat([Buffer.alloc(128), Buffer.from(voxels.buffer)]));
  const { page } = await open();
  await page.getByRole('button', { name: /New project/ }).click();
  await take(page, join(home, 'real'));
  const row = page.getByRole('table', { name: 'Scans found' }).getByRole('row').nth(1);
  await expect(row.getByLabel('Cannot be used')).toBeVisible();
  await expect(row).not.toContainText('--');
  for (const [axis, count] of [
    ['x', '60'],
    ['y', '50'],
    ['z', '20*2'],
  ] as const) {
    await page.getByLabel(`Voxels along ${axis}`).fill(count);
    await page.getByLabel(`Voxels along ${axis}`).press('Enter');
  }
  await page.getByLabel('Type of voxels').selectOption('uint16');
  await expect(row).toContainText('a header of 128 bytes');
  await page.getByLabel('Bytes before the first voxel').fill('128');
  await page.getByLabel('Bytes before the first voxel').press('Enter');
  await expect(row).toContainText('60 × 50 × 40');
  await expect(page.getByRole('img', { name: /A plane of/ })).toBeVisible();
  await row.getByLabel(/Voxel size of/).fill('2');
  await row.getByLabel(/Voxel size of/).press('Enter');
  await page.getByRole('button', { name: 'Create the project' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 1');
  await expect(page.getByRole('contentinfo')).toContainText(/grey\s*3.?900/);
});

test('of several volumes in an HDF5 file one is chosen', async ({ home, open }) => {
  const python = '/usr/bin/python3';
  const file = join(home, 'real', 'cell.h5');
  mkdirSync(join(home, 'real'));
  const code = `import h5py, numpy, sys
with h5py.File(sys.argv[1], 'w') as f:
  for name, z in (('first', 20), ('second', 30)):
    data = f.create_dataset(name + '/data', data=numpy.arange(z * 24 * 28, dtype='uint16').reshape(z, 24, 28))`;
  test.skip(spawnSync(python, ['-c', code, file]).status !== 0, 'h5py is not here (Debian: python3-h5py)');
  const { page } = await open();
  await page.getByRole('button', { name: /New project/ }).click();
  await take(page, join(home, 'real'));
  const row = page.getByRole('table', { name: 'Scans found' }).getByRole('row').nth(1);
  const volume = row.getByLabel(/Volume in cell/);
  await expect(row).toContainText('Choose one');
  const choose = async (name: string) => {
    await volume.selectOption(await volume.locator('option', { hasText: name }).getAttribute('value'));
    await expect(volume.locator('option:checked')).toContainText(name);
  };
  await choose('second');
  await expect(row.getByRole('cell', { name: '28 × 24 × 30', exact: true })).toBeVisible();
  await choose('first');
  await expect(row.getByRole('cell', { name: '28 × 24 × 20', exact: true })).toBeVisible();
  await row.getByLabel(/Voxel size of/).fill('2');
  await row.getByLabel(/Voxel size of/).press('Enter');
  await page.getByRole('button', { name: 'Create the project' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 1');
  await expect(page.getByRole('tabpanel', { name: 'Inspector' })).toContainText('28 × 24 × 20');
});

test('projections say what they are, and cannot be taken', async ({ home, open }) => {
  const tooth = join(REAL, 'tomopy_tomopy', 'tooth.h5');
  test.skip(!existsSync(tooth), 'the shared data is not here');
  cpSync(tooth, join(home, 'real', 'tooth.h5'));
  const { page } = await open();
  await page.getByRole('button', { name: /New project/ }).click();
  await take(page, join(home, 'real'));
  await expect(page.getByRole('table', { name: 'Scans found' })).toContainText(/projections.*Reconstruct them first/);
  await expect(page.getByRole('button', { name: 'Create the project' })).toBeDisabled();
});

test('a folder that was not opened stays closed', async ({ open }) => {
  const { page, complaints } = await open();
  await page.getByRole('button', { name: /New project/ }).click();
  await page.getByRole('button', { name: 'Choose a folder or files…' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Path').fill('/etc');
  await dialog.getByLabel('Path').press('Enter');
  await expect(dialog.getByRole('alert')).toBeVisible();
  // The browser itself notes every refusal.
  expect(complaints.splice(0)).toEqual([expect.stringContaining('403')]);
});
