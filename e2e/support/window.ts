import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, test as base, _electron as electron, expect, type Page } from '@playwright/test';
import { emptyFolder, ROOT, Served } from './program.ts';

const ELECTRON = join(ROOT, 'node_modules', 'electron', 'path.txt');

interface Window {
  page: Page;
  /** Null in Electron, which has its own. */
  served: Served | null;
  /** What the console complained of; to be emptied by a test that provokes it. */
  complaints: string[];
}

interface Options {
  /** Device pixels a CSS pixel. Half unless told: in software a picture takes as long as it has pixels. */
  scale: number;
}

interface Fixtures {
  /** An empty folder that is home, working folder and configuration of the app. */
  home: string;
  /** Opens the app, with a project where one is named. */
  open: (project?: string) => Promise<Window>;
}

/** Tests with the app as a person meets it; a complaint in the console fails them. */
export const test = base.extend<Fixtures & Options>({
  scale: [0.5, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern
  home: async ({}, use) => {
    const home = emptyFolder();
    await use(home);
    rmSync(home, { recursive: true, force: true });
  },
  open: async ({ home, browser, scale }, use, info) => {
    const inElectron = info.project.name === 'electron';
    base.skip(inElectron && !existsSync(ELECTRON), 'Electron is not installed here (npx install-electron --no)');
    const opened: { close: () => Promise<unknown>; complaints: string[] }[] = [];
    await use(async (project) => {
      const window = inElectron ? await openElectron(home, project) : await openServed(home, browser, scale, project);
      opened.push({ close: window.close, complaints: window.complaints });
      return window;
    });
    for (const { close, complaints } of opened) {
      await close();
      expect(complaints).toEqual([]);
    }
  },
});

async function openServed(home: string, browser: Browser, scale: number, project?: string) {
  const served = new Served(home);
  const address = await served.start(project ? { project } : {});
  const viewport = { width: 1440, height: 900 };
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale, acceptDownloads: true });
  const page = await context.newPage();
  const complaints = listen(page);
  await page.goto(address);
  // Keys are heard once something is drawn.
  await page.locator('#app > *').first().waitFor();
  const close = async () => {
    await context.close();
    await served.end('SIGTERM');
  };
  return { page, served, complaints, close };
}

async function openElectron(home: string, project?: string) {
  const app = await electron.launch({
    args: [join(ROOT, 'out', 'main', 'main.js'), ...(project ? [project] : [])],
    env: { ...(process.env as Record<string, string>), HOME: home, XDG_CONFIG_HOME: join(home, '.config') },
  });
  const page = await app.firstWindow();
  return { page, served: null, complaints: listen(page), close: () => app.close() };
}

function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** Does what changes how the window is left; resolves once the host has kept that. */
export async function kept(page: Page, change: () => Promise<unknown>): Promise<void> {
  const [request] = await Promise.all([page.waitForRequest('**/api/setWorkspace'), change()]);
  await request.response();
}

/** The number of different colours of a picture, and its size. */
export async function coloursOf(page: Page, png: Buffer): Promise<{ colours: number; width: number; height: number }> {
  return await page.evaluate(async (bytes) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, picture.width, picture.height);
    return { colours: new Set(new Uint32Array(data.buffer)).size, width: picture.width, height: picture.height };
  }, png.toString('base64'));
}

export { expect };
