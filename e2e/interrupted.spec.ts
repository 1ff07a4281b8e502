import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { newProjectIn, projectIn, ROOT } from './support/program.ts';
import { expect, test } from './support/window.ts';

// What is drawn is not the point, and the browser draws before an analysis gets its turn.
test.use({ scale: 0.25 });

const TOMOLAPSE = join(ROOT, 'bin', 'tomolapse');
const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const progress = (page: Page) => page.getByRole('progressbar').first();

/** The last of the jobs, in the panel: its words tell how it goes, also where a test waits for it in vain. */
const job = (page: Page) => page.getByRole('region', { name: 'Jobs' }).getByRole('listitem').first();
/** What analysing the cell may take where the machine is slow or busy. */
const ANALYSIS_MS = 180_000;

/** Results of a project that are there, whole. */
function resultsIn(project: string): number {
  const objects = join(project, 'objects');
  return readdirSync(objects)
    .filter((prefix) => !prefix.startsWith('.'))
    .reduce((count, prefix) => count + readdirSync(join(objects, prefix)).length, 0);
}

function verified(project: string): string {
  const { stdout, stderr } = spawnSync(TOMOLAPSE, ['verify', project], { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

/** The programs that a host has started and that run. */
function runnersOf(host: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return new RegExp(`^PPid:\\s+${host}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    });
}

test('a host that is killed in the middle of its work leaves a whole project, which goes on where it was', async ({
  home,
  open,
}) => {
  test.setTimeout(480_000);
  const project = newProjectIn(home);
  const { page, served, complaints } = await open(project);
  test.skip(served === null, 'Electron starts its host again by itself: src/main/main.test.ts');
  await expect(heading(page)).toContainText('scan 1 of 8');
  await page.keyboard.press('Control+Enter');
  await expect(progress(page)).toBeVisible();
  await expect(progress(page)).not.toHaveAttribute('aria-valuenow', '0', { timeout: ANALYSIS_MS });
  const before = resultsIn(project);
  await expect.poll(() => resultsIn(project), { timeout: ANALYSIS_MS }).toBeGreaterThan(before + 4);
  const runners = runnersOf(served!.pid);
  expect(runners.length).toBeGreaterThan(0);
  await served!.end('SIGKILL');
  await expect.poll(() => runners.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  await expect(page.getByText('No answer from the host')).toBeVisible();
  expect(verified(project)).toContain('as it was written');

  await served!.start({ project });
  const message = page.getByRole('alert').filter({ hasText: 'did not finish' });
  await expect(message).toContainText(/\d+ of \d+ results are there/);
  await expect(message).toContainText('Run it again');
  await message.getByRole('button').first().click();
  await page.keyboard.press('Control+Enter');
  await expect(progress(page)).toBeVisible();
  await expect(job(page)).toContainText('done', { timeout: ANALYSIS_MS });
  await expect(progress(page)).toBeHidden();
  await page.close();
  await served!.end('SIGTERM');
  expect(verified(project)).toContain('as it was written');
  complaints.length = 0;
});

test('a movie whose host was killed goes on where it was', async ({ home, open }) => {
  test.setTimeout(360_000);
  const project = projectIn(home);
  const { page, served, complaints } = await open(project);
  test.skip(served === null, 'Electron starts its host again by itself: src/main/main.test.ts');
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  await page.keyboard.press('Alt+6');
  await page.getByRole('button', { name: /^Lithium plated and stripped/ }).click();
  await page.getByLabel('Size of the file').selectOption('1280 × 720');
  await page.getByLabel('Pictures averaged a frame').selectOption('1');
  await page.getByLabel('Frames a second of the file').fill('1');
  await page.getByLabel('Frames a second of the file').press('Enter');
  await page.keyboard.press('Control+Shift+Enter');
  const making = page.getByRole('region', { name: 'In the making' });
  await expect(making.getByRole('img', { name: /so far$/ })).toBeVisible({ timeout: 120_000 });
  await served!.end('SIGKILL');
  await expect(page.getByText('No answer from the host')).toBeVisible();
  await served!.start({ project });
  const left = making.getByRole('listitem').filter({ hasText: 'was not finished' });
  await expect(left).toContainText('it can go on from there');
  await left.getByRole('button', { name: 'Go on' }).click();
  await expect(left).toBeHidden();
  await expect(page.getByRole('region', { name: 'Made' }).getByText('paper.mp4', { exact: true })).toBeVisible({
    timeout: 180_000,
  });
  complaints.length = 0;
});

/** Has the system do what only its administrator may; a test is skipped where this one is not. */
function mounted(...args: string[]): boolean {
  return process.getuid?.() === 0 && spawnSync('mount', args).status === 0;
}

test('a disk that is full is told of, and nothing is lost', async ({ home, open }) => {
  test.setTimeout(480_000);
  const disk = join(home, 'disk');
  mkdirSync(disk);
  test.skip(!mounted('-t', 'tmpfs', '-o', 'size=44m', 'tmpfs', disk), 'a small disk can be mounted by root alone');
  try {
    const project = newProjectIn(disk);
    const { page, served, complaints } = await open(project);
    await expect(heading(page)).toContainText('scan 1 of 8');
    await page.keyboard.press('Control+Enter');
    const message = page.getByRole('alert').filter({ hasText: 'the disk is full' });
    await expect(message).toBeVisible({ timeout: ANALYSIS_MS });
    await expect(message).toContainText('Make room');
    // What may fail first is to keep how the window is left.
    await expect(page.getByText('engine idle')).toBeVisible({ timeout: ANALYSIS_MS });
    const filler = join(disk, 'filler');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
    const undone = await page.evaluate(async (reason) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ recipe: { scans: { '3': { exclude: true, reason } } } });
      return await (await fetch('/api/setRecipe', { method: 'POST', headers, body })).text();
    }, 'x'.repeat(100_000));
    expect(undone).toMatch(/Cannot change the project.*the disk is full/);
    rmSync(filler);
    await page.reload();
    await expect(heading(page)).toContainText('scan 1 of 8');
    // What was done before stays, and the rest is done once there is room.
    expect(mounted('-o', 'remount,size=200m', disk)).toBe(true);
    await page.keyboard.press('Control+Enter');
    await expect(progress(page)).toBeVisible();
    if (!(await job(page).isVisible())) await page.keyboard.press('Alt+4');
    await expect(job(page)).toContainText('done', { timeout: ANALYSIS_MS });
    await expect(progress(page)).toBeHidden();
    await page.close();
    await served?.end('SIGTERM');
    expect(verified(project)).toContain('as it was written');
    complaints.length = 0;
  } finally {
    spawnSync('umount', ['-l', disk]);
  }
});

test('a project on a disk that cannot be written is shown, and says so and what to do', async ({ home, open }) => {
  const [disk, writable] = [join(home, 'disk'), join(home, 'writable')];
  for (const folder of [disk, writable]) mkdirSync(folder);
  projectIn(writable);
  const only = mounted('--bind', writable, disk) && mounted('-o', 'remount,bind,ro', disk);
  try {
    test.skip(!only, 'a disk can be made read-only by root alone');
    const { page } = await open();
    await page.keyboard.press('Control+o');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Path').fill(disk);
    await dialog.getByLabel('Path').press('Enter');
    await dialog.getByRole('option', { name: 'cell.tomolapse' }).dblclick();
    const told = page.getByRole('status').filter({ hasText: 'This project can only be read.' });
    await expect(told).toContainText('Copy it to where it can be written');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
    await page.keyboard.press('Alt+4');
    await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeDisabled();
    // What it still reads would be missed once the disk is gone.
    await page.close();
  } finally {
    spawnSync('umount', ['-l', disk]);
  }
});
