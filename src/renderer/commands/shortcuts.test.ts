import { expect, test } from 'vitest';
import { bindCommands, isEnabled, runCommand } from './registry.ts';
import { commandFor, keysPressed, type Press } from './shortcuts.ts';

const press = (key: string, held: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

test.each([
  [press(' '), 'Space', 'time.play'],
  [press('P', { ctrlKey: true, shiftKey: true }), 'CmdOrCtrl+Shift+P', 'app.palette'],
  [press('z', { metaKey: true }), 'CmdOrCtrl+Z', 'edit.undo'],
  [press('z'), 'Z', 'view.planeZ'],
  [press('?', { shiftKey: true }), '?', 'app.help'],
  [press('ArrowRight', { shiftKey: true }), 'Shift+Right', 'time.next10'],
  [press(',', { ctrlKey: true }), 'CmdOrCtrl+,', 'app.settings'],
  [press('1', { altKey: true }), 'Alt+1', 'panel.scans'],
  [press('q'), 'Q', null],
])('%o', (pressed, keys, command) => {
  expect(keysPressed(pressed)).toBe(keys);
  expect(commandFor(pressed)).toBe(command);
});

test('a command runs where it is bound and enabled', () => {
  let ran = 0;
  let allowed = false;
  expect(runCommand('time.play')).toBe(false);
  bindCommands({ 'time.play': { run: () => ran++, enabled: () => allowed } });
  expect(isEnabled('time.play')).toBe(false);
  expect(runCommand('time.play')).toBe(false);
  allowed = true;
  expect(runCommand('time.play')).toBe(true);
  expect(ran).toBe(1);
});
