import { expect, test } from 'vitest';
import { stateFolder } from './state_folder.ts';

test.each([
  [{ XDG_STATE_HOME: '/x' }, 'linux', '/x/tomolapse'],
  [{ XDG_STATE_HOME: '' }, 'linux', '/home/me/.local/state/tomolapse'],
  [{}, 'darwin', '/home/me/Library/Logs/Tomolapse'],
  [{ LOCALAPPDATA: 'C:\\Local' }, 'win32', 'C:\\Local\\Tomolapse'],
])('%j on %s', (environment, platform, folder) => {
  expect(stateFolder(environment, '/home/me', platform)).toBe(folder);
});
