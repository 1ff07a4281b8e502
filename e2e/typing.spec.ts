import type { Page } from '@playwright/test';
import { projectIn } from './support/program.ts';
import { expect, test } from './support/window.ts';

/** What the host says of the open project. */
async function projectOf(page: Page): Promise<{ recipe: { scans?: object }; canUndo: boolean; canRedo: boolean }> {
  return await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/state', { method: 'POST', headers, body: '{}' });
    return (await answer.json()).project;
  });
}

test('what is undone in a text field is the typing, elsewhere the project', async ({ home, open }) => {
  const { page } = await open(projectIn(home));
  await expect(page.getByRole('heading', { level: 1 })).toContainText('scan 1 of 8');
  const recipe = { scans: { '3': { exclude: true, reason: 'drifted' } } };
  await page.evaluate(async (body) => {
    await fetch('/api/setRecipe', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }, JSON.stringify({ recipe }));
  expect(await projectOf(page)).toMatchObject({ recipe, canUndo: true });

  const black = page.getByLabel('Black at');
  const before = await black.inputValue();
  await black.focus();
  await page.keyboard.press('End');
  await page.keyboard.type('77');
  await expect(black).toHaveValue(`${before}77`);
  await page.keyboard.press('Control+z');
  await expect(black).not.toHaveValue(`${before}77`);
  await page.keyboard.press('Control+Shift+z');
  await expect(black).toHaveValue(`${before}77`);
  expect(await projectOf(page)).toMatchObject({ recipe, canUndo: true, canRedo: false });
  await page.keyboard.press('Escape');

  await page.getByRole('slider', { name: 'Time' }).focus();
  await page.keyboard.press('Control+z');
  await expect.poll(async () => (await projectOf(page)).canRedo).toBe(true);
  expect((await projectOf(page)).recipe).toEqual({});
});
