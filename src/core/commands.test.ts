import { expect, test } from 'vitest';
import { COMMANDS, isBareKey, MENUS } from './commands.ts';

test('every command has one name, one menu and keys of its own', () => {
  const ids = COMMANDS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const keys = COMMANDS.flatMap(({ keys }) => keys ?? []);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  for (const { menu, title } of COMMANDS) {
    expect(MENUS).toContain(menu);
    expect(title).toMatch(/^[A-Z0-9]/);
  }
});

test.each([
  ['S', true],
  ['Shift+Right', true],
  ['?', true],
  ['CmdOrCtrl+Z', false],
  ['Alt+1', false],
])('%s typed alone: %s', (keys, bare) => {
  expect(isBareKey(keys)).toBe(bare);
});
