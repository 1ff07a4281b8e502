import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { coloursOf, expect, test } from './support/window.ts';

const movies = (page: Page) => page.getByRole('tabpanel', { name: 'Movies' });
const timeline = (page: Page) => page.getByRole('region', { name: 'Storyboard', exact: true });
const picture = (page: Page) => page.getByRole('img', { name: /^The movie at/ });
const making = (page: Page) => page.getByRole('region', { name: 'In the making' });
const cameraKeys = (page: Page) => timeline(page).getByRole('button', { name: /^Camera key of cell/ });

/** Opens the movies and begins one from the template of the paper. */
async function beginMovie(page: Page): Promise<void> {
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  await page.keyboard.press('Alt+6');
  await movies(page)
    .getByRole('button', { name: /^Lithium plated and stripped/ })
    .click();
  await expect(picture(page)).toHaveAttribute('data-fine', 'true', { timeout: 60_000 });
}

test('a movie from a template: seen, made in the background, cancelled, made again, and a file that plays', async ({
  home,
  open,
}) => {
  test.setTimeout(240_000);
  const project = projectIn(home);
  const { page } = await open(project);
  await beginMovie(page);
  expect((await coloursOf(page, await picture(page).screenshot())).colours).toBeGreaterThan(200);
  await expect(movies(page).getByRole('button', { name: /^paper 14\.0 s, 1 shot/ })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.getByLabel('Size of the file').selectOption('1280 × 720');
  await page.getByLabel('Pictures averaged a frame').selectOption('1');
  await page.getByLabel('Frames a second of the file').fill('1');
  await page.getByLabel('Frames a second of the file').press('Enter');
  await expect(movies(page).getByText('14 frames')).toBeVisible();
  await page.keyboard.press('Control+Shift+Enter');
  const progress = making(page).getByRole('progressbar', { name: 'Movie paper.mp4' });
  await expect(progress).toBeVisible();
  await expect(making(page).getByRole('img', { name: 'Movie paper.mp4, so far' })).toBeVisible({ timeout: 60_000 });
  await making(page).getByRole('button', { name: 'Cancel Movie paper.mp4' }).click();
  await expect(progress).toBeHidden();
  const file = join(project, 'exports', 'paper.mp4');
  expect(existsSync(file)).toBe(false);
  await movies(page).getByRole('button', { name: /^Make/ }).click();
  await expect(movies(page).getByRole('region', { name: 'Made' }).getByText('paper.mp4', { exact: true })).toBeVisible({
    timeout: 150_000,
  });
  const asked = ['-v', 'error', '-count_frames', '-select_streams', 'v:0', '-of', 'json', '-show_streams', file];
  const { streams } = JSON.parse(execFileSync('ffprobe', asked, { encoding: 'utf8' }));
  expect(streams[0]).toMatchObject({
    codec_name: 'h264',
    width: 1280,
    height: 720,
    pix_fmt: 'yuv420p',
    nb_read_frames: '14',
  });
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    movies(page).getByRole('button', { name: 'Download paper.mp4' }).click(),
  ]);
  expect(readFileSync(await saved.path()).equals(readFileSync(file))).toBe(true);
});

test('two movies: the second waits for its turn', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await beginMovie(page);
  await page.keyboard.press('Control+Shift+Enter');
  await expect(making(page).getByRole('progressbar')).toBeVisible();
  await page.getByLabel('Name of the file').fill('again.mp4');
  await page.getByLabel('Name of the file').press('Enter');
  await movies(page).getByRole('button', { name: /^Make/ }).click();
  const second = making(page).getByRole('listitem').filter({ hasText: 'again.mp4' });
  await expect(second.getByLabel('waiting')).toBeVisible();
  await second.getByRole('button', { name: 'Cancel Movie again.mp4' }).click();
  await expect(second).toBeHidden();
  await making(page).getByRole('button', { name: 'Cancel Movie paper.mp4' }).click();
  await expect(making(page)).toBeHidden();
});

test('the 3D view becomes a key, the picture follows, undo takes it back, and a reload keeps the rest', async ({
  home,
  open,
}) => {
  test.setTimeout(180_000);
  const { page } = await open(projectIn(home));
  await beginMovie(page);
  await expect(cameraKeys(page)).toHaveCount(2);
  await cameraKeys(page).first().click();
  const turned = page.getByLabel('Turned');
  const before = await turned.inputValue();
  const shown = await picture(page).screenshot();
  const volume = page.locator('.view canvas').first();
  const box = (await volume.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 90, box.y + box.height / 2 - 30, { steps: 6 });
  await page.mouse.up();
  await page.keyboard.press('i');
  await expect(page.getByText('Keyframe set at 0.00 s')).toBeVisible();
  await expect(turned).not.toHaveValue(before);
  await expect(cameraKeys(page)).toHaveCount(2);
  await expect(picture(page)).toHaveAttribute('data-fine', 'true', { timeout: 60_000 });
  expect((await picture(page).screenshot()).equals(shown)).toBe(false);
  await page.keyboard.press('Control+z');
  await expect(turned).toHaveValue(before);

  await timeline(page).getByRole('slider', { name: 'Playhead' }).focus();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('i');
  await expect(page.getByText('Keyframe set at 2.00 s')).toBeVisible();
  await expect(cameraKeys(page)).toHaveCount(3);
  await page.reload();
  await expect(cameraKeys(page)).toHaveCount(3, { timeout: 30_000 });
  await expect(timeline(page).getByRole('button', { name: 'Camera key of cell at 2.00 seconds' })).toBeVisible();
});

test('shots are split, copied, made longer, put elsewhere and deleted, with keys and with the pointer', async ({
  home,
  open,
}) => {
  const { page } = await open(projectIn(home));
  await beginMovie(page);
  const shots = timeline(page)
    .getByRole('button', { name: /\d seconds$/ })
    .and(page.locator('.shot-body'));
  await expect(shots).toHaveCount(1);
  await timeline(page).getByRole('slider', { name: 'Playhead' }).focus();
  for (let second = 0; second < 4; second++) await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Control+b');
  await expect(shots).toHaveCount(2);
  await expect(shots.first()).toHaveAccessibleName(/, 4\.00 seconds$/);
  await expect(shots.last()).toHaveAccessibleName(/, 10\.00 seconds$/);
  // The cut shows what was there: the same time of the cell ends one shot and begins the next.
  const mappings = page.locator('.mapping');
  await expect(mappings.first()).toContainText(/start.*h$/);
  await expect(mappings.last()).toContainText(/h.*end$/);

  await page.getByLabel('Name of the shot').fill('rest');
  await page.getByLabel('Name of the shot').press('Enter');
  await expect(shots.last()).toHaveAccessibleName('rest, 10.00 seconds');
  await shots.last().focus();
  await page.keyboard.press('Alt+ArrowLeft');
  await expect(shots.first()).toHaveAccessibleName('rest, 10.00 seconds');
  await page.keyboard.press('Control+d');
  await expect(shots).toHaveCount(3);
  await page.keyboard.press('Delete');
  await expect(shots).toHaveCount(2);

  const edge = page.locator('.shot .edge.right').last();
  const box = (await edge.boundingBox())!;
  await page.mouse.move(box.x + 4, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x - 60, box.y + 10, { steps: 5 });
  await page.mouse.up();
  await expect(shots.last()).not.toHaveAccessibleName(/, 4\.00 seconds$/);
  await page.keyboard.press('Control+z');
  await expect(shots.last()).toHaveAccessibleName(/, 4\.00 seconds$/);
});

test('a key is moved by the pointer and by arrows, one change each', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await beginMovie(page);
  const last = cameraKeys(page).last();
  await last.focus();
  await page.keyboard.press('Shift+ArrowLeft');
  await expect(last).toHaveAccessibleName('Camera key of cell at 13.67 seconds');
  const box = (await last.boundingBox())!;
  await page.mouse.move(box.x + 12, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x - 100, box.y + 12, { steps: 8 });
  await page.mouse.up();
  await expect(last).not.toHaveAccessibleName(/13\.67/);
  await page.keyboard.press('Control+z');
  await expect(last).toHaveAccessibleName('Camera key of cell at 13.67 seconds');
  await page.keyboard.press('Control+z');
  await expect(last).toHaveAccessibleName('Camera key of cell at 14.00 seconds');
  // A number that is dragged while another field has the focus is one change, too.
  await last.click();
  const turned = page.getByLabel('Turned');
  const before = await turned.inputValue();
  await page.getByLabel('Distance').focus();
  const unit = (await page.getByText('°').first().boundingBox())!;
  await page.mouse.move(unit.x + 3, unit.y + 8);
  await page.mouse.down();
  await page.mouse.move(unit.x + 43, unit.y + 8, { steps: 8 });
  await page.mouse.up();
  await expect(turned).not.toHaveValue(before);
  await page.getByRole('tab', { name: 'Storyboard' }).click();
  await page.keyboard.press('Control+z');
  await expect(turned).toHaveValue(before);
});

test('a storyboard goes into a file and comes back; one that is wrong is told with the place', async ({
  home,
  open,
}) => {
  const { page } = await open(projectIn(home));
  await beginMovie(page);
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    movies(page).getByRole('button', { name: 'Save the storyboard as a file' }).click(),
  ]);
  const text = readFileSync(await saved.path(), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version: 1, shots: [{ seconds: 14 }] });
  const take = async (name: string, content: string) => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      movies(page).getByRole('button', { name: 'Take a storyboard from a file' }).click(),
    ]);
    await chooser.setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
  };
  await take('talk.json', text);
  await expect(movies(page).getByRole('button', { name: /^talk 14\.0 s/ })).toHaveAttribute('aria-pressed', 'true');
  await take('wrong.json', text.replace('"azimuth"', '"azimut"'));
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toContainText(/shots\[0\]\.panels\[0\]\.camera/);
});

test('a second cell is chosen and seen beside the first; a logo stands over both', async ({ home, open }) => {
  test.setTimeout(180_000);
  const project = projectIn(home);
  cpSync(project, join(home, 'other.tomolapse'), { recursive: true });
  const logo =
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><path fill="#0f0" d="M0 0h80v40H0z"/></svg>';
  writeFileSync(join(home, 'logo.svg'), logo);
  const { page } = await open(project);
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  await page.keyboard.press('Alt+6');
  await movies(page)
    .getByRole('button', { name: /^Two cells/ })
    .click();
  await expect(page.getByText('second cell: none chosen')).toBeVisible();
  await expect(movies(page).getByRole('button', { name: /^Make/ })).toBeDisabled();
  const choose = async (button: Locator, folder: string, name: string) => {
    await button.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Path').fill(folder);
    await dialog.getByLabel('Path').press('Enter');
    await dialog.getByRole('option', { name }).click();
    await dialog.getByRole('button', { name: 'Take', exact: true }).click();
    await expect(dialog).toBeHidden();
  };
  await choose(movies(page).getByRole('button', { name: 'Other…' }), home, 'other.tomolapse');
  await expect(page.getByText('second cell: none chosen')).toBeHidden();
  await expect(movies(page).getByRole('button', { name: /^Make/ })).toBeEnabled();
  await expect(picture(page)).toHaveAttribute('data-fine', 'true', { timeout: 60_000 });

  await page.getByLabel('Add over every shot').selectOption({ label: 'Logo' });
  await choose(page.getByRole('tabpanel', { name: 'Shot' }).getByRole('button', { name: 'Choose…' }), home, 'logo.svg');
  await expect(page.getByRole('region', { name: 'Logo' })).toContainText('logo.svg');
  const green = async () =>
    await picture(page).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i]! < 30 && data[i + 1]! > 220 && data[i + 2]! < 30) count++;
      return count;
    });
  await expect.poll(green, { timeout: 60_000 }).toBeGreaterThan(100);
});
