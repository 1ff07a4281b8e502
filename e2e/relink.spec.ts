import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { newProjectIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

test('scans that were moved are asked for, and known again by what they hold', async ({ home, open }) => {
  const project = newProjectIn(home);
  // So far away that they are not looked for without being asked.
  const archive = join(home, '2024', 'beamline', 'cells');
  mkdirSync(archive, { recursive: true });
  renameSync(join(home, 'scans'), join(archive, 'archive'));
  const { page } = await open(project);
  const dialog = page.getByRole('dialog', { name: 'Scans are not where they were' });
  await expect(dialog.getByRole('list', { name: 'Missing scans' }).getByRole('listitem')).toHaveCount(8);
  await dialog.getByRole('button', { name: 'Choose the folder to look in…' }).click();
  const browser = page.getByRole('dialog', { name: 'Where the scans are' });
  await browser.getByLabel('Path').fill(home);
  await browser.getByLabel('Path').press('Enter');
  await expect(browser.getByRole('option', { name: '2024' })).toBeVisible();
  await browser.getByRole('button', { name: 'Take this folder' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('All 8 scans were found')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  await expect(page.locator('canvas[data-shown="0/47"]').first()).toBeAttached();
  await expect(dialog).toBeHidden();
});

test('scans under new names beside the project are found by themselves', async ({ home, open }) => {
  const project = newProjectIn(home);
  const scans = readdirSync(join(home, 'scans')).filter((name) => /^scan_\d+\.tif$/.test(name));
  expect(scans).toHaveLength(8);
  for (const [i, name] of scans.reverse().entries())
    renameSync(join(home, 'scans', name), join(home, 'scans', `renamed_${i}.tif`));
  renameSync(join(home, 'scans'), join(home, 'archive'));
  const { page } = await open(project);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  await expect(page.locator('canvas[data-shown="0/47"]').first()).toBeAttached();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
