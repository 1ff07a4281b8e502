import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { HALF, scansIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

// What is drawn is not the point, and the browser draws before an analysis gets its turn.
test.use({ scale: 0.25 });

/** Goes on from control to control until one has the focus; each on the way must show that it has it. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeAttached();
  for (let step = 0; step < 80; step++) {
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('The focus never came there');
}

test('from an empty folder to a measured cell without a pointer', async ({ home, open }) => {
  test.setTimeout(480_000);
  const scans = scansIn(home, HALF);
  const { page } = await open();
  await expect(page.getByRole('heading', { name: 'Tomolapse' })).toBeVisible();
  await tabTo(page, page.getByRole('button', { name: /^New project/ }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: 'Choose a folder or files…' }).first());
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await tabTo(page, dialog.getByLabel('Path'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type(scans);
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('option', { name: 'scan_000.tif' })).toBeVisible();
  await tabTo(page, dialog.getByRole('button', { name: 'Take this folder' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('table', { name: 'Scans found' }).getByRole('row')).toHaveCount(5);
  await tabTo(page, page.getByLabel('Area of the working electrode'));
  await page.keyboard.type('0.04');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByLabel('Name of the project'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('by hand');
  const create = page.getByRole('button', { name: 'Create the project' });
  await expect(create).toBeEnabled();
  await tabTo(page, create);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /by hand/ })).toContainText('scan 1 of 4');

  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('region', { name: 'Jobs' }).getByLabel('done')).toBeVisible({ timeout: 180_000 });
  await page.keyboard.press('End');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 4 of 4');
  await page.keyboard.press('Alt+5');
  const cracks = page.getByRole('table', { name: 'Cracks' }).getByRole('row');
  await tabTo(page, cracks.nth(1));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: /^Crack \d/ })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(cracks.nth(2)).toHaveAttribute('aria-selected', 'true');

  await page.keyboard.press('Shift+b');
  const radius = page.getByLabel('Radius');
  await tabTo(page, page.getByLabel('Shape'));
  await page.getByLabel('Shape').press('ArrowDown');
  await expect(radius).toBeVisible();
  await tabTo(page, radius);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('4*2.5');
  await page.keyboard.press('Enter');
  await expect(radius).toHaveValue('10');
  await page.keyboard.press('Escape');
  await tabTo(page, page.getByRole('button', { name: 'Measure', exact: true }).first());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('table', { name: 'Measurements' }).getByRole('row')).toHaveCount(2);
  await tabTo(page, page.getByRole('tabpanel', { name: 'Measurements' }).getByRole('button', { name: 'Save as CSV' }));
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(readFileSync(await saved.path(), 'utf8')).toContain('Region 1,3,');
});

test('what has the focus shows it', async ({ open }) => {
  const { page } = await open();
  await expect(page.getByRole('heading', { name: 'Tomolapse' })).toBeVisible();
  for (let step = 0; step < 3; step++) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
      return [document.activeElement!.tagName, outlineStyle, Number.parseFloat(outlineWidth)];
    });
    expect(outline[0]).toBe('BUTTON');
    expect(outline[1]).not.toBe('none');
    expect(outline[2]).toBeGreaterThanOrEqual(1);
  }
});
