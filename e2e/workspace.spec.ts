import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { coloursOf, expect, kept, test } from './support/window.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const time = (page: Page) => page.getByRole('slider', { name: 'Time' });

async function opened(page: Page): Promise<void> {
  await expect(heading(page)).toContainText('scan 1 of 8');
  await expect(time(page)).toBeVisible();
}

test('time is scrubbed, stepped and played', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('ArrowRight');
  await expect(heading(page)).toContainText('scan 2 of 8');
  await page.keyboard.press('End');
  await expect(heading(page)).toContainText('scan 8 of 8');

  const box = (await time(page).boundingBox())!;
  await page.mouse.move(box.x + box.width - 20, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + 96, box.y + 40, { steps: 8 });
  await page.mouse.up();
  await expect(heading(page)).toContainText('scan 1 of 8');

  await page.getByLabel('Speed').selectOption('8');
  await page.keyboard.press('Escape');
  await time(page).focus();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause' })).toBeVisible();
  await expect(heading(page)).toContainText('scan 4 of 8');
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});

test('window and level: typed, automatic, locked over time, and unlocked', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  const black = page.getByLabel('Black at');
  await black.fill('100*50');
  await black.press('Enter');
  await expect(black).toHaveValue('5\u202f000');
  await page.keyboard.press('Tab');
  await time(page).focus();
  await page.keyboard.press('End');
  await expect(heading(page)).toContainText('scan 8 of 8');
  await expect(black).toHaveValue('5\u202f000');
  await page.keyboard.press('a');
  await expect(black).not.toHaveValue('5\u202f000');
  await page.keyboard.press('Shift+A');
  await expect(page.getByText('Contrast follows each scan')).toBeVisible();
  await black.fill('5000');
  await black.press('Enter');
  await page.keyboard.press('Tab');
  await time(page).focus();
  await page.keyboard.press('Home');
  await expect(heading(page)).toContainText('scan 1 of 8');
  await expect(black).not.toHaveValue('5\u202f000');
});

test('a line profile is drawn and follows time', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('z');
  await page.keyboard.press('l');
  await expect(page.getByText('Drag a line in a slice')).toBeVisible();
  const slice = (await page.getByRole('tabpanel', { name: 'xy' }).boundingBox())!;
  const middle = { x: slice.x + slice.width / 2, y: slice.y + slice.height / 2 };
  await page.mouse.move(middle.x - 40, middle.y);
  await page.mouse.down();
  await page.mouse.move(middle.x + 40, middle.y, { steps: 5 });
  await page.mouse.up();
  const profile = page.getByRole('region', { name: 'Line profile' });
  await expect(profile).toBeVisible();
  await expect(profile.locator('svg path').first()).toBeAttached();
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    profile.getByRole('button', { name: 'Save as CSV' }).click(),
  ]);
  const csv = readFileSync(await saved.path(), 'utf8');
  expect(csv.split('\n')[0]).toBe('distance_um,grey,lvf');
  expect(csv.split('\n').length).toBeGreaterThan(10);
});

test('a snapshot is a picture with more than a few colours', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('z');
  await expect(page.locator('canvas[data-shown="0/47"]').first()).toBeAttached();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('s')]);
  expect(saved.suggestedFilename()).toMatch(/^cell_scan01_[\d.]+h_xy\.png$/);
  const picture = await coloursOf(page, readFileSync(await saved.path()));
  expect(picture.colours).toBeGreaterThanOrEqual(16);
  expect(picture.width).toBeGreaterThan(100);
});

test('the window comes back as it was left', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('Alt+5');
  await expect(page.getByRole('tabpanel', { name: 'Cracks' })).toBeVisible();
  for (let step = 0; step < 3; step++) await page.keyboard.press('ArrowRight');
  await kept(page, () => page.keyboard.press('ArrowRight'));
  await page.keyboard.press('Control+Shift+L');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await page.reload();
  await expect(heading(page)).toContainText('scan 5 of 8');
  await expect(page.getByRole('tabpanel', { name: 'Cracks' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});

test('a host that was killed is told, and found again', async ({ home, open }) => {
  const project = projectIn(home);
  const { page, served, complaints } = await open(project);
  test.skip(served === null, 'Electron starts its host again by itself');
  await opened(page);
  await served!.end('SIGKILL');
  await expect(page.getByText('No answer from the host')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(heading(page)).toContainText('scan 2 of 8');
  // Started anew, with a new token; the window shows that it was known, and stays as it is.
  const before = served!.port;
  await served!.start({ project });
  expect(served!.port).toBe(before);
  await expect(page.getByText('No answer from the host')).toBeHidden();
  await expect(heading(page)).toContainText('scan 2 of 8');
  await page.keyboard.press('Control+Shift+L');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  // What was looked at meanwhile is kept by the new one.
  const scanKept = () =>
    page.evaluate(async () => {
      const headers = { 'content-type': 'application/json' };
      const { state } = await (await fetch('/api/workspace', { method: 'POST', headers, body: '{}' })).json();
      return state?.view?.scan;
    });
  await expect.poll(scanKept).toBe(1);
  await page.reload();
  await expect(heading(page)).toContainText('scan 2 of 8');
  complaints.length = 0;
});

test('a panel of the rail is put away and comes back to its place', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  const layers = page.getByRole('tabpanel', { name: 'Layers' });
  const place = (await layers.boundingBox())!;
  const inspector = page.getByRole('tabpanel', { name: 'Inspector' });
  const { width } = (await inspector.boundingBox())!;
  await kept(page, () => page.keyboard.press('Alt+2'));
  await expect(layers).toBeHidden();
  await expect(page.getByLabel('Black at')).toBeHidden();
  await expect.poll(async () => Math.abs((await inspector.boundingBox())!.width - width)).toBeLessThan(3);
  await expect(page.getByRole('button', { name: 'Layers' })).toHaveAttribute('aria-pressed', 'false');
  await page.reload();
  await opened(page);
  await expect(layers).toBeHidden();
  await page.keyboard.press('Alt+1');
  const scans = page.getByRole('tabpanel', { name: 'Scans' });
  await expect(scans).toBeVisible();
  await expect.poll(async () => Math.abs((await scans.boundingBox())!.height - place.height)).toBeLessThan(3);
  await expect.poll(async () => Math.abs((await scans.boundingBox())!.width - place.width)).toBeLessThan(3);
  await page.keyboard.press('Alt+2');
  await expect(scans).toBeHidden();
  await expect.poll(async () => Math.abs((await layers.boundingBox())!.height - place.height)).toBeLessThan(3);
});

test('a panel that floats comes back floating', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  const tab = (await page.getByRole('tab', { name: 'Profile' }).boundingBox())!;
  await page.keyboard.down('Shift');
  await page.mouse.move(tab.x + 12, tab.y + tab.height / 2);
  await page.mouse.down();
  await page.mouse.move(tab.x - 200, tab.y + 160, { steps: 8 });
  await kept(page, () => page.mouse.up());
  await page.keyboard.up('Shift');
  const floating = page.locator('.dv-resize-container');
  await expect(floating.getByRole('tab', { name: 'Profile' })).toBeVisible();
  const place = (await floating.boundingBox())!;
  await page.reload();
  await expect(floating.getByRole('tab', { name: 'Profile' })).toBeVisible();
  const back = (await floating.boundingBox())!;
  expect(Math.abs(back.x - place.x) + Math.abs(back.y - place.y)).toBeLessThan(8);
});

test('a damaged project says what is wrong with it', async ({ home, open }) => {
  const project = projectIn(home);
  writeFileSync(join(project, 'project.db'), 'not a database, '.repeat(300));
  truncateSync(join(project, 'project.db'), 4096);
  // With its copy it would be put right.
  rmSync(join(project, 'project.db.copy'), { force: true });
  const { page, complaints } = await open();
  await page.keyboard.press('Control+o');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('option', { name: 'cell.tomolapse' }).dblclick();
  const message = page.getByRole('alert');
  await expect(message).toBeVisible();
  await expect(message).toContainText('cell.tomolapse');
  await expect(message).not.toContainText(/\bat \S+\.ts:/);
  await expect(dialog).toBeVisible();
  complaints.length = 0;
});

test('everything by keyboard: palette, commands, planes, settings, help', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('Control+Shift+P');
  await page.keyboard.type('last scan');
  await page.keyboard.press('Enter');
  await expect(heading(page)).toContainText('scan 8 of 8');
  await page.keyboard.press('y');
  await page.keyboard.press('Shift+ArrowDown');
  const at = /y = (\d+)/;
  const label = page.getByRole('tabpanel', { name: 'xz' }).getByText(at);
  await expect(label).toContainText('y = 81');
  await page.keyboard.press('ArrowUp');
  await expect(label).toContainText('y = 80');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'All shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+,');
  await expect(page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await expect(page.getByLabel('Theme')).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('f');
  const width = async () => (await page.getByRole('tabpanel', { name: 'xz' }).boundingBox())?.width ?? 0;
  await expect.poll(width).toBeGreaterThan(1200);
  await page.keyboard.press('Escape');
  await expect.poll(width).toBeLessThan(600);
  await page.keyboard.press('Alt+1');
  await expect(page.getByRole('table', { name: 'Scans' })).toBeVisible();
});

test('leaving a scan out is undone and done again', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await opened(page);
  await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Leave out' }).click();
  await expect(page.getByRole('button', { name: 'Take in again' })).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('button', { name: 'Leave out' })).toBeVisible();
  await page.keyboard.press('Control+Shift+z');
  await expect(page.getByRole('button', { name: 'Take in again' })).toBeVisible();
});
