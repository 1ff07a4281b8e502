/**
 * `npm run bench:open`: the real program in Chromium, drawing in software. How long from a click on a project of one sparse raw scan of
 * 10 GB to its first picture, with a host of its own each time, and how much of it is resident; how long its planes take, and from
 * a click on another scan of the demo series to that scan's picture.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, Page } from '@playwright/test';
import { softwareBrowser } from '../../e2e/render/serve.ts';
import { ROOT, Served } from '../../e2e/support/program.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, demo: { type: 'string' }, only: { type: 'string' } },
});
/** 10 GB to the byte, z, y, x. */
const SHAPE = [1250, 2000, 2000] as const;
const MIB = 2 ** 20;
/** The last picture is refined for some seconds in software; a click meanwhile waits for what the GPU has begun. */
const CLICKS = [
  { how: 'the last one final', clicks: 20, pauseMs: 9000 },
  { how: 'the last one being refined', clicks: 20, pauseMs: 700 },
];

function tomolapse(...args: string[]): void {
  execFileSync(join(ROOT, 'bin', 'tomolapse'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A scan that is all hole but for a slab across its middle, so that there is something to see. */
function hugeProject(folder: string): string {
  const [nz, ny, nx] = SHAPE;
  const raw = join(folder, `cell_${nx}x${ny}x${nz}_uint16.raw`);
  const file = openSync(raw, 'w');
  const plane = Uint16Array.from({ length: ny * nx }, (_, i) => 20_000 + 15 * Math.abs((i % nx) - i / nx));
  for (let z = 600; z < 640; z++) writeSync(file, plane, 0, plane.byteLength, z * plane.byteLength);
  closeSync(file);
  truncateSync(raw, nz * ny * nx * 2);
  const project = join(folder, 'huge.tomolapse');
  tomolapse('create', project, '--scans', raw, '--voxel-size', '1um');
  return project;
}

function demoProject(folder: string): string {
  if (values.demo) return values.demo;
  tomolapse('demo', folder);
  return join(folder, 'cell.tomolapse');
}

/** MiB of a running program: all, and without the pages of files that it has mapped. */
function resident(pid: number): { now: number; own: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  return { now: of('VmRSS'), own: of('RssAnon'), most: of('VmHWM') };
}

async function openWindow(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(address);
  return page;
}

/** Milliseconds from a press on what `selector` finds to a picture of `scan` in 3D. */
function pressed(page: Page, selector: string, scan: number): Promise<number> {
  return page.evaluate(
    ([target, wanted]) =>
      new Promise<number>((resolve) => {
        const begun = performance.now();
        const look = () => {
          const shown = document.querySelector('canvas[data-shown]')?.getAttribute('data-shown');
          if (shown === wanted) resolve(performance.now() - begun);
          else requestAnimationFrame(look);
        };
        document.querySelector<HTMLElement>(target)!.click();
        look();
      }),
    [selector, String(scan)] as const,
  );
}

function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
}

async function benchOpening(browser: Browser, home: string): Promise<void> {
  const project = hugeProject(home);
  const times: number[] = [];
  const most: number[] = [];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const served = serving(home);
    // The first time the window is opened with it, which puts it among the recent ones.
    const page = await openWindow(browser, await served.start(round === 0 ? { project } : {}));
    if (round === 0) await page.waitForSelector('canvas[data-shown="0"]', { timeout: 60_000 });
    else {
      await page.waitForSelector('.recent button');
      times.push(await pressed(page, '.recent button', 0));
      await page.waitForTimeout(3000);
      most.push(resident(served.pid).most);
      if (round === Number(values.rounds)) await benchPlanes(page, served.pid);
    }
    await page.close();
    await served.end('SIGTERM');
  }
  console.log(
    `10 GB, from the click on it to its picture: ${median(times).toFixed(0)} ms (${times.map((t) => t.toFixed(0)).join(', ')}); host at most ${Math.max(...most)} MiB resident in the 3 s after it`,
  );
}

/** Each plane of the huge scan once, as the window asks for them. */
async function benchPlanes(page: Page, pid: number): Promise<void> {
  for (const axis of ['z', 'y', 'x'])
    for (const level of [0, 1, 2, 3]) {
      const index = Math.floor(SHAPE[['z', 'y', 'x'].indexOf(axis)]! / 2 ** level / 2) + 7;
      const told = await page.evaluate(async (path) => {
        const begun = performance.now();
        const response = await fetch(path);
        const { byteLength } = await response.arrayBuffer();
        return { ms: performance.now() - begun, bytes: byteLength, from: response.headers.get('x-level') };
      }, `/api/voxels/0/grey/${level}/slice/${axis}/${index}`);
      const { now, own, most } = resident(pid);
      console.log(
        `plane across ${axis}, level ${level} (from level ${told.from}): ${told.ms.toFixed(0).padStart(5)} ms, ${(told.bytes / MIB).toFixed(1)} MiB; host ${now} MiB resident (${own} its own, at most ${most})`,
      );
    }
}

async function benchChoosing(browser: Browser, home: string): Promise<void> {
  const project = demoProject(join(home, 'demo'));
  const served = serving(home);
  const page = await openWindow(browser, await served.start({ project }));
  await page.waitForSelector('canvas[data-shown]:not([data-shown="-1"])', { timeout: 60_000 });
  if ((await page.locator('table.scans').count()) === 0) await page.keyboard.press('Alt+1');
  await page.waitForSelector('table.scans tbody tr');
  const scans = await page.locator('table.scans tbody tr').count();
  // Every scan once, so that its coarse form is there: what is measured is the choice, not the first load.
  for (let scan = scans - 1; scan >= 0; scan--)
    await pressed(page, `table.scans tbody tr:nth-child(${scan + 1})`, scan);
  for (const { how, clicks, pauseMs } of CLICKS) {
    const times: number[] = [];
    for (let click = 0; click < clicks; click++) {
      const scan = (3 * click + 1) % scans;
      await page.waitForTimeout(pauseMs);
      times.push(await pressed(page, `table.scans tbody tr:nth-child(${scan + 1})`, scan));
    }
    const all = times.map((t) => t.toFixed(0)).join(', ');
    console.log(`Demo series, click on another scan to its picture, ${how}: ${median(times).toFixed(0)} ms (${all})`);
  }
  await page.close();
  await served.end('SIGTERM');
}

const running = new Set<Served>();
function serving(home: string): Served {
  const served = new Served(home);
  running.add(served);
  return served;
}

const home = mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), 'tomolapse-open-'));
mkdirSync(join(home, 'demo'));
const browser = await softwareBrowser();
try {
  if (values.only !== 'click') await benchOpening(browser, home);
  if (values.only !== 'open') await benchChoosing(browser, home);
} finally {
  await browser.close();
  for (const served of running) await served.end('SIGTERM');
  rmSync(home, { recursive: true, force: true });
}
