import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { coloursOf, expect, test } from './support/window.ts';

const figures = (page: Page) => page.getByRole('tabpanel', { name: 'Figures' });
const sheet = (page: Page) => page.getByRole('region', { name: 'Figure', exact: true }).getByRole('img');

async function openFigure(page: Page, name: RegExp): Promise<void> {
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  await page.keyboard.press('Alt+8');
  await figures(page).getByRole('button', { name }).click();
  await expect(sheet(page)).toBeVisible();
}

test('a figure is seen as it will be printed, set, written and taken back', async ({ home, open }) => {
  const project = projectIn(home);
  const { page } = await open(project);
  await openFigure(page, /^First cycle/);
  expect((await coloursOf(page, await sheet(page).screenshot())).colours).toBeGreaterThan(100);
  await expect(page.getByText(/^180\.0 × \d+\.\d mm$/)).toBeVisible();
  await page.getByLabel('Journal').selectOption({ label: 'Nature Portfolio' });
  await page.getByLabel('Width', { exact: true }).selectOption('single');
  await expect(page.getByText(/^89\.0 × \d+\.\d mm$/)).toBeVisible();
  const row = figures(page).getByRole('button', { name: /^First cycle changed/ });
  await expect(row).toBeVisible();

  const panels = page.getByRole('list', { name: 'Rows of panels' });
  await panels.getByRole('button', { name: /^a Thickness maps/ }).click();
  await page.getByRole('button', { name: 'Delete the panel' }).click();
  await expect(panels.getByRole('button', { name: /Thickness maps/ })).toHaveCount(0);
  await expect(panels.getByRole('button', { name: /^a Histograms/ })).toBeVisible();

  await figures(page).getByRole('button', { name: 'Write this one' }).click();
  await expect(figures(page).getByText('first_cycle.pdf', { exact: true })).toBeVisible({ timeout: 60_000 });
  const written = readdirSync(join(project, 'exports')).sort();
  expect(written).toEqual(['csv', 'json', 'pdf', 'png', 'svg'].map((ending) => `first_cycle.${ending}`));
  expect(readFileSync(join(project, 'exports', 'first_cycle.svg'), 'utf8')).toContain('width="89mm"');

  for (let change = 0; change < 3; change++) await page.keyboard.press('Control+z');
  await expect(row).toHaveCount(0);
  await expect(page.getByText(/^180\.0 × \d+\.\d mm$/)).toBeVisible();
});

test('panels are chosen, added and moved without a pointer', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await openFigure(page, /^Thickness curve/);
  await page.getByLabel('Add a panel to the figure').selectOption({ label: 'Coulombic efficiency' });
  const rows = page.getByRole('list', { name: 'Rows of panels' });
  const panels = rows.getByRole('button');
  const added = rows.getByRole('button', { name: /Coulombic efficiency/ });
  await expect(added).toHaveAttribute('aria-pressed', 'true');
  const count = await panels.count();
  const lines = await rows.getByRole('listitem').count();
  await page.getByRole('button', { name: 'To the row above' }).focus();
  await page.keyboard.press('Enter');
  await expect(rows.getByRole('listitem')).toHaveCount(lines - 1);
  await expect(panels).toHaveCount(count);
  await page.getByRole('button', { name: 'Duplicate the panel' }).focus();
  await page.keyboard.press('Enter');
  await expect(added).toHaveCount(2);
  await page.getByLabel('Words above the panel').fill('twice');
  await page.getByLabel('Words above the panel').press('Enter');
  await expect(rows.getByRole('button', { name: /twice/ })).toHaveCount(1);
});

test('what cannot be drawn is told, and the rest of the window stays', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await openFigure(page, /^Crack lines/);
  await page.getByRole('button', { name: /^a Line through/ }).click();
  await page.getByLabel('Scans shown').selectOption('some');
  const scans = page.getByRole('group', { name: 'Scans chosen' });
  await expect(scans.getByRole('checkbox', { checked: true })).toHaveCount(8);
  await scans.getByRole('checkbox', { name: 'Scan 1', exact: true }).click();
  await expect(scans.getByRole('checkbox', { checked: true })).toHaveCount(7);
  await expect(sheet(page)).toBeVisible();
});
