import { expect, test } from 'vitest';
import { configFolder } from './config_folder.ts';

test.each([
  [{ XDG_CONFIG_HOME: '/x' }, 'linux', '/x/tomolapse'],
  [{ XDG_CONFIG_HOME: '' }, 'linux', '/home/me/.config/tomolapse'],
  [{}, 'darwin', '/home/me/.config/tomolapse'],
  [{ APPDATA: 'C:\\Roaming' }, 'win32', 'C:\\Roaming\\Tomolapse'],
  [{}, 'win32', '/home/me\\AppData\\Roaming\\Tomolapse'],
])('%j on %s', (environment, platform, folder) => {
  expect(configFolder(environment, '/home/me', platform)).toBe(folder);
});
