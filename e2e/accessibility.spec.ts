import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { projectIn, scansIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Of these rules, what they find can be another in another theme. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** Nothing that axe finds against WCAG 2.2 AA, told with the element and the reason; its colours in both themes. */
async function expectAccessible(page: Page, what: string): Promise<void> {
  const theme = await themeOf(page);
  await calm(page);
  const whole = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const other = theme === 'dark' ? 'light' : 'dark';
  await dress(page, other);
  await calm(page);
  const colours = await new AxeBuilder({ page }).withRules(COLOURS).analyze();
  for (const [shown, { violations }] of [[theme, whole] as const, [other, colours] as const]) {
    const told = violations.flatMap(({ id, nodes }) =>
      nodes
        .filter(({ html }) => !(id === 'target-size' && hasEqual(html)))
        .map(({ target, failureSummary }) => `${what}, ${shown}: ${id} ${target.join(' ')} ${failureSummary}`),
    );
    expect.soft(told).toEqual([]);
  }
}

/** Small controls beside which another does the same: keys of a movie, which the inspector names; ends of a clip, which are typed. */
function hasEqual(html: string): boolean {
  return /^<button[^>]* class="key[ "]/.test(html) || /aria-label="Clip [xyz] (from|to)"/.test(html);
}

const themeOf = (page: Page) => page.locator('html').getAttribute('data-theme');

/** Changes the theme as the settings do, whatever is open. */
async function dress(page: Page, theme: 'dark' | 'light'): Promise<void> {
  await page.evaluate(async (body) => {
    await fetch('/api/setSettings', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }, JSON.stringify({ theme }));
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
}

/** Colours fade from one theme to the other, and dialogs come in by and by: brings that to its end. */
async function calm(page: Page): Promise<void> {
  await page.evaluate(() => {
    const ending = () =>
      document
        .getAnimations()
        .filter(({ playState, effect }) => playState !== 'finished' && effect?.getTiming().iterations !== Infinity);
    // What inherits a colour that fades begins to fade after it.
    for (let open = ending(); open.length > 0; open = ending()) for (const animation of open) animation.finish();
  });
}

const DIALOGS = [
  ['Control+Shift+P', 'All commands'],
  ['Control+,', 'Settings'],
  ['?', 'All shortcuts'],
] as const;

test('movies and figures', async ({ home, open }) => {
  test.setTimeout(360_000);
  const { page } = await open(projectIn(home));
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  await page.keyboard.press('Alt+6');
  await page.getByRole('button', { name: /^The first crack/ }).click();
  await expect(page.getByRole('img', { name: /^The movie at/ })).toBeVisible();
  await expectAccessible(page, 'storyboard');
  const timeline = page.getByRole('region', { name: 'Storyboard', exact: true });
  await timeline.locator('.shot-body').first().click();
  await expectAccessible(page, 'a shot');
  await timeline.locator('.panel-bar').first().click();
  await expectAccessible(page, 'a panel');
  await timeline.locator('.key').first().click();
  await expectAccessible(page, 'a key');
  await page
    .getByRole('button', { name: /^The first crack|^crack-birth/ })
    .first()
    .focus();
  await page.keyboard.press('Alt+8');
  await page.getByRole('button', { name: /^Slice series/ }).click();
  await expect(page.getByRole('region', { name: 'Figure', exact: true }).getByRole('img')).toBeVisible();
  await page.getByRole('button', { name: /^a Slices over time/ }).click();
  await expectAccessible(page, 'figure');
});

test('start and new project', async ({ home, open }) => {
  const scans = scansIn(home);
  const { page } = await open();
  await expect(page.getByRole('heading', { name: 'Tomolapse' })).toBeVisible();
  await expectAccessible(page, 'start');
  await page.keyboard.press('Control+o');
  await expect(page.getByRole('dialog').getByRole('option').first()).toBeVisible();
  await expectAccessible(page, 'open a project');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+n');
  await expectAccessible(page, 'new project, empty');
  await page.getByRole('button', { name: 'Choose a folder or files…' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Path').fill(scans);
  await dialog.getByLabel('Path').press('Enter');
  await dialog.getByRole('button', { name: 'Take this folder' }).click();
  await expect(page.getByRole('table', { name: 'Scans found' }).getByRole('row')).toHaveCount(9);
  await expect(page.getByRole('img', { name: /A plane of/ })).toBeVisible();
  await expectAccessible(page, 'new project');
});

test('workspace, its panels and dialogs', async ({ home, open }) => {
  test.setTimeout(360_000);
  const { page } = await open(projectIn(home));
  await expect(page.getByRole('slider', { name: 'Time' })).toBeVisible();
  for (const [keys, panel] of [
    ['Alt+1', 'Scans'],
    ['Alt+2', 'Layers'],
    ['Alt+3', 'Regions'],
    ['Alt+4', 'Analysis'],
    ['Alt+5', 'Cracks'],
    ['Alt+6', 'Movies'],
    ['Alt+8', 'Figures'],
  ] as const) {
    if (!(await page.getByRole('tabpanel', { name: panel }).isVisible())) await page.keyboard.press(keys);
    await expect(page.getByRole('tabpanel', { name: panel })).toBeVisible();
    await expectAccessible(page, panel);
  }
  await page.keyboard.press('Shift+b');
  await expect(page.getByRole('tabpanel', { name: 'Regions' }).getByRole('button', { name: /Region 1/ })).toBeVisible();
  await page.keyboard.press('m');
  await expect(page.getByRole('table', { name: 'Measurements' }).getByRole('row')).toHaveCount(2);
  await page.keyboard.press('k');
  await expect(page.getByRole('slider', { name: 'Clip y from' })).toBeVisible();
  await expectAccessible(page, 'measurements and clip');
  for (const [keys, title] of DIALOGS) {
    await page.keyboard.press(keys);
    await expect(page.getByRole('dialog', { name: title })).toBeVisible();
    await expectAccessible(page, title);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog', { name: title })).toBeHidden();
  }
  await page.getByRole('button', { name: 'Menu' }).click();
  await expect(page.getByRole('menu').first()).toBeVisible();
  await expectAccessible(page, 'menu');
});
