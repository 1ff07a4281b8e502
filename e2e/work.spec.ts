import type { Page } from '@playwright/test';
import { HALF, newProjectIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

// What is drawn is not the point, and the browser draws before an analysis gets its turn.
test.use({ scale: 0.25 });

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const jobs = (page: Page) => page.getByRole('region', { name: 'Jobs' });

test('an analysis runs to its end, with progress and time left, and its layers are there', async ({ home, open }) => {
  test.setTimeout(240_000);
  const { page } = await open(newProjectIn(home, HALF));
  await expect(heading(page)).toContainText('scan 1 of 4');
  const lithium = page.getByRole('region', { name: 'Lithium (LVF)' });
  await expect(lithium).toContainText('not computed');
  await page.keyboard.press('Control+Enter');
  await expect(jobs(page).getByRole('progressbar', { name: 'Analysis' })).toBeVisible();
  await expect(jobs(page)).toContainText(/\d+ (s|min) left|almost done/);
  await expect(page.getByText('engine at work')).toBeVisible();
  // The window goes on meanwhile.
  await page.keyboard.press('End');
  await expect(heading(page)).toContainText('scan 4 of 4');
  await expect(jobs(page).getByLabel('done')).toBeVisible({ timeout: 180_000 });
  await expect(page.getByText('engine idle')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Lithium at the working electrode' })).toContainText('±');
  await page.keyboard.press('Alt+2');
  await expect(lithium).not.toContainText('not computed');
  await page.keyboard.press('Alt+1');
  await expect(page.getByRole('table', { name: 'Scans' }).getByRole('row').nth(4)).toContainText(/\d\.\d/);
});

test('an analysis is cancelled, and goes on from where it was', async ({ home, open }) => {
  const { page } = await open(newProjectIn(home));
  await expect(heading(page)).toContainText('scan 1 of 8');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Cancel Analysis' }).click();
  await expect(jobs(page).getByText('cancelled')).toBeVisible();
  await expect(page.getByText('engine idle')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeEnabled();
  await page.keyboard.press('Control+Enter');
  await expect(jobs(page).getByRole('progressbar', { name: 'Analysis' })).toBeVisible();
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('cancel what');
  await page.keyboard.press('Enter');
  await expect(jobs(page).getByText('cancelled')).toHaveCount(2);
});

test('the demo project: from its button to a cell in time', async ({ open }) => {
  test.setTimeout(240_000);
  const { page } = await open();
  const door = page.getByRole('button', { name: /^Demo project/ });
  await door.click();
  await expect(page.getByRole('progressbar', { name: 'Demo project' })).toBeVisible();
  await expect(door).toBeDisabled();
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible({ timeout: 180_000 });
  await expect(heading(page)).toContainText(/scan 1 of \d+/);
  await expect(page.locator('canvas[data-shown^="0/"]').first()).toBeAttached();
  await page.keyboard.press('ArrowRight');
  await expect(heading(page)).toContainText('scan 2 of');
});

test('a folder dropped into a browser leads to where it can be chosen', async ({ open }, info) => {
  test.skip(info.project.name === 'electron', 'the desktop takes what is dropped');
  const { page } = await open();
  await expect(heading(page)).toContainText('Tomolapse');
  const drop = (type: string) =>
    page.evaluate((name) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['voxels'], 'scan.tif'));
      document.body.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
    }, type);
  await drop('dragover');
  await expect(page.getByText('Drop to open')).toBeVisible();
  await drop('drop');
  await expect(page.getByText('Drop to open')).toBeHidden();
  await expect(page.getByText('a browser does not tell where files lie')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'New project' })).toBeVisible();
});
