import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const BROWSER_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The system's Chromium or Chrome, null where there is none. */
export async function findBrowser(): Promise<string | null> {
  return (await onPath(BROWSERS)) ?? BROWSER_PLACES.find((place) => existsSync(place)) ?? null;
}

/** ffmpeg: the one that the settings name, else the system's, else the one of the package ffmpeg-static; null where there is none. */
export async function findFfmpeg(setting: string | null = null): Promise<string | null> {
  return (setting && existsSync(setting) ? setting : null) ?? (await onPath(['ffmpeg'])) ?? packagedFfmpeg();
}

function packagedFfmpeg(): string | null {
  try {
    const path = createRequire(import.meta.url)('ffmpeg-static') as string | null;
    return path && existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

/** The first of some programs that can be run. */
export async function onPath(names: readonly string[]): Promise<string | null> {
  const endings = platform() === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const name of names)
    for (const folder of (process.env['PATH'] ?? '').split(delimiter))
      for (const ending of endings) {
        const path = join(folder, `${name}${ending}`);
        const runs = await access(path, constants.X_OK).then(
          () => true,
          () => false,
        );
        if (folder && runs) return path;
      }
  return null;
}
