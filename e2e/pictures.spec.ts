import type { Locator, Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { coloursOf, expect, test } from './support/window.ts';

test.use({ scale: 1 });

/** Letters are drawn otherwise on another machine, edges a little: the picture is the same where all else is. */
const ALIKE = { maxDiffPixelRatio: 0.03, threshold: 0.2 };

/** Compares a canvas with its kept picture; one of less than 16 colours shows nothing. */
async function expectPicture(page: Page, canvas: Locator, name: string): Promise<void> {
  await expect(canvas).toBeVisible();
  await expect(canvas).toHaveScreenshot(`${name}.png`, ALIKE);
  expect((await coloursOf(page, await canvas.screenshot())).colours).toBeGreaterThanOrEqual(16);
}

test('slices, the volume, curves and the histogram look as they did', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  // What was kept of the window is back: a key before that would be undone by it.
  await expect(page.locator('canvas[data-shown="0/47"]')).toBeAttached();
  await page.keyboard.press('End');
  await expect(page.locator('canvas[data-shown="7/47"]')).toBeAttached();
  const slice = (plane: string) => page.getByRole('tabpanel', { name: plane, exact: true }).locator('canvas');
  await expectPicture(page, slice('xy'), 'slice_xy');
  await expectPicture(page, slice('xz'), 'slice_xz');
  await expectPicture(page, slice('yz'), 'slice_yz');
  await expect(page.getByRole('img', { name: /Histogram of grey values/ })).toHaveScreenshot('histogram.png', ALIKE);
  await page.keyboard.press('v');
  await page.keyboard.press('f');
  await expectPicture(page, slice('3D').first(), 'volume');
});

test('lithium on its fixed scale, and regions, look as they did', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  // What was kept of the window is back: a key before that would be undone by it.
  await expect(page.locator('canvas[data-shown="0/47"]')).toBeAttached();
  await page.keyboard.press('End');
  await page.getByRole('checkbox', { name: 'Show Lithium (LVF)' }).click();
  await page.keyboard.press('g');
  await page.keyboard.press('y');
  const slice = page.getByRole('tabpanel', { name: 'xz', exact: true }).locator('canvas');
  await expectPicture(page, slice, 'lithium_xz');
});
