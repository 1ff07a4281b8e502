import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { expect, kept, test } from './support/window.ts';

const regions = (page: Page) => page.getByRole('tabpanel', { name: 'Regions' });
const drawn = (page: Page) => regions(page).getByRole('region', { name: 'Drawn' });
const rows = (page: Page) => page.getByRole('table', { name: 'Measurements' }).getByRole('row');

async function opened(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
}

/** Drags across the middle of a slice. */
async function drag(page: Page, plane: string, by: number): Promise<void> {
  const box = (await page.getByRole('tabpanel', { name: plane }).boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x - by, y - by);
  await page.mouse.down();
  await page.mouse.move(x + by, y + by, { steps: 6 });
  await page.mouse.up();
}

test('a region is drawn, named, measured over all scans, saved as CSV, deleted and brought back', async ({
  home,
  open,
}) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('b');
  await expect(regions(page).getByText('Drag in a slice')).toBeVisible();
  await drag(page, 'xy', 40);
  await expect(drawn(page).getByRole('button', { name: /Region 1/ })).toHaveAttribute('aria-pressed', 'true');

  await page.keyboard.press('F2');
  await page.getByLabel('Name of the region').fill('beside the crack');
  await page.getByLabel('Name of the region').press('Enter');
  await expect(drawn(page).getByRole('button', { name: /beside the crack/ })).toBeVisible();

  await page.keyboard.press('m');
  await expect(rows(page)).toHaveCount(2);
  await expect(rows(page).nth(1)).toContainText('beside the crack');
  await kept(page, async () => {
    await page.keyboard.press('Shift+m');
    await expect(rows(page)).toHaveCount(9);
  });
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('tabpanel', { name: 'Measurements' }).getByRole('button', { name: 'Save as CSV' }).click(),
  ]);
  const lines = readFileSync(await saved.path(), 'utf8')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(9);
  const columns = lines[0]!.split(',');
  const last = lines[8]!.split(',');
  const value = (name: string) => Number(last[columns.indexOf(name)]);
  expect(last[columns.indexOf('registered')]).toBe('true');
  expect(value('voxels')).toBeGreaterThan(1000);
  expect(value('volume_um3')).toBeCloseTo(value('voxels') * 1.625 ** 3, 0);
  expect(value('min')).toBeLessThan(value('mean'));
  expect(value('mean')).toBeLessThan(value('max'));
  expect(value('lithium_um3')).toBeCloseTo(value('lvf_mean') * value('volume_um3'), 0);

  await page.reload();
  await expect(rows(page)).toHaveCount(9);
  await drawn(page)
    .getByRole('button', { name: /beside the crack/ })
    .click();
  await page.keyboard.press('Delete');
  await expect(drawn(page)).toBeHidden();
  await page.keyboard.press('Control+z');
  await expect(drawn(page).getByRole('button', { name: /beside the crack/ })).toBeVisible();
});

test('a cylinder is drawn, pulled wider, moved, and what was measured before says so', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('o');
  await drag(page, 'xy', 30);
  const row = drawn(page).getByRole('button', { name: /Region 1/ });
  await expect(row).toContainText('cylinder along z');
  await page.keyboard.press('m');
  await expect(rows(page)).toHaveCount(2);
  const radius = page.getByLabel('Radius');
  const before = Number(await radius.inputValue());

  const box = (await page.getByRole('tabpanel', { name: 'xy' }).boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x + 30, y);
  await page.mouse.down();
  await page.mouse.move(x + 45, y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Number(await radius.inputValue())).toBeGreaterThan(before + 5);
  await expect(rows(page).nth(1)).toContainText('moved since');
  await page.keyboard.press('Control+z');
  await expect(radius).toHaveValue(String(before));
  await expect(rows(page).nth(1)).not.toContainText('moved since');
});

test('measuring is cancelled; what was measured stays', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('Alt+3');
  await page.getByLabel('Regions to measure').selectOption('all');
  // Each answer takes its time on the way, as it would in scans of many gigabytes.
  await page.route('**/api/measure', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue().catch(() => undefined);
  });
  await page.getByLabel('Scans to measure').selectOption('every');
  await page.getByRole('button', { name: 'Measure', exact: true }).first().click();
  const bar = page.getByRole('progressbar', { name: 'Measuring' });
  await expect(bar).toBeVisible();
  await expect(rows(page)).not.toHaveCount(0);
  await expect(page.getByRole('tabpanel', { name: 'Measurements' })).toContainText(/left|almost done/);
  await page.getByRole('tabpanel', { name: 'Measurements' }).getByRole('button', { name: 'Cancel' }).click();
  await expect(bar).toBeHidden();
  const kept = await rows(page).count();
  expect(kept).toBeGreaterThan(1);
  expect(kept).toBeLessThan(40);
  await page.waitForTimeout(700);
  await expect(rows(page)).toHaveCount(kept);
});

test('a region is made and measured by keyboard alone', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('Shift+b');
  await expect(drawn(page).getByRole('button', { name: /Region 1/ })).toBeVisible();
  await page.keyboard.press('o');
  await page.keyboard.press('Escape');
  await expect(regions(page).getByText('Drag in a slice')).toBeHidden();
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('measure in this');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole('region', { name: 'Measured in this scan' })).toContainText('Mean grey');
});

test('the volume is clipped by number, at the crosshair, and shown whole again', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('k');
  const from = page.getByLabel('Clip y from', { exact: true });
  await from.first().fill('20*2');
  await from.first().press('Enter');
  await expect(page.getByRole('slider', { name: 'Clip y from' })).toHaveAttribute('aria-valuenow', '40');
  await page.getByRole('slider', { name: 'Clip y from' }).press('ArrowRight');
  await expect(from.first()).toHaveValue('41');
  await page.keyboard.press('Alt+k');
  await expect(from.first()).toHaveValue('0');
  await page.keyboard.press('z');
  await page.keyboard.press('Shift+K');
  await expect(page.getByLabel('Clip z from', { exact: true }).first()).not.toHaveValue('0');
  await page.keyboard.press('Alt+x');
  await expect(page.getByRole('checkbox', { name: 'yz slice in 3D' })).toBeChecked();
});
