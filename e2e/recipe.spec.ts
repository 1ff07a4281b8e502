import type { Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type(title);
  await page.keyboard.press('Enter');
}
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

test('what was done is copied as a readable recipe and as a script', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Leave out' }).click();
  await expect(page.getByRole('button', { name: 'Take in again' })).toBeVisible();

  await command(page, 'Copy the recipe');
  await expect(page.getByText('The recipe is on the clipboard')).toBeVisible();
  expect(JSON.parse(await copied(page))).toEqual({ scans: { '1': { exclude: true, reason: 'left out by hand' } } });

  await command(page, 'recipe as resolved');
  await expect(page.getByText('The recipe as resolved is on the clipboard')).toBeVisible();
  expect(JSON.parse(await copied(page))).toMatchObject({ denoise: { gaussianSigma: 1 }, regions: { analysis: {} } });

  await command(page, 'as a script');
  await expect(page.getByText('The script that makes this project again')).toBeVisible();
  const script = await copied(page);
  expect(script).toMatch(/^#!\/bin\/sh\n/);
  expect(script).toContain('"exclude": true');
  expect(script.match(/--scans /g)).toHaveLength(8);
});

test('notes of the results are sentences without names of fields', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  const notes = page.getByRole('region', { name: 'Notes' });
  await expect(notes.getByRole('listitem').first()).toBeVisible();
  for (const note of await notes.getByRole('listitem').allTextContents()) {
    expect(note).toMatch(/^[A-Z][\s\S]*[.!?]$/);
    expect(note).not.toMatch(/null|[a-z][A-Z]|\w\.\w/);
  }
});
