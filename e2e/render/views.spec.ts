import { type Browser, expect, type Page, test } from '@playwright/test';
import type { ViteDevServer } from 'vite';
import { openLab, serveLab, softwareBrowser } from './serve.ts';

let server: ViteDevServer;
let browser: Browser;
let page: Page;
let complaints: string[];

test.beforeAll(async () => {
  const lab = await serveLab();
  server = lab.server;
  browser = await softwareBrowser();
  ({ page, complaints } = await openLab(browser, lab.address));
});
test.afterAll(async () => {
  await browser.close();
  await server.close();
});

test('a magnified slice shows every voxel as a square of its own grey, and a click sets the crosshair there', async () => {
  await page.evaluate(() => {
    const { lab } = window;
    const grey = lab.countBlock([3, 4, 5], (z, y, x) => z * 10000 + y * 5000 + x * 1000);
    const layers = structuredClone(lab.DEFAULT_DISPLAYS);
    layers.grey.window = [0, 51000];
    const told: unknown[] = [];
    Object.assign(window, { told });
    lab.mount(lab.SliceView, {
      source: lab.memorySource({ 0: { grey } }),
      scans: [{ index: 0, layers: ['grey'] }],
      scan: 0,
      voxelSizeUm: [1, 1, 1],
      layers,
      crosshair: null,
      axis: 'z',
      index: 2,
      frame: { centre: [1.5, 2], pixelsPerUm: 40 },
      onCrosshair: (voxel) => told.push(voxel),
    });
  });
  const view = page.locator('canvas');
  await expect(view).toHaveAttribute('data-shown', '0/2');
  const shades = await view.evaluate((canvas: HTMLCanvasElement) => {
    const context = canvas.getContext('2d')!;
    const at = (x: number, y: number) => context.getImageData(Math.round(x), Math.round(y), 1, 1).data[0]!;
    // Voxel (y 1, x 3): its middle and just inside its corners.
    const [cx, cy] = [200 + 40, 150 - 20];
    return [at(cx, cy), at(cx - 18, cy - 18), at(cx + 18, cy + 17), at(cx + 22, cy)];
  });
  const grey = Math.round(((2 * 10000 + 5000 + 3000) / 51000) * 255);
  expect(shades.slice(0, 3)).toEqual([grey, grey, grey]);
  expect(shades[3]).not.toBe(grey);
  const box = (await view.boundingBox())!;
  await page.mouse.click(box.x + 240, box.y + 130);
  const told = await page.evaluate(() => (window as unknown as { told: number[][] }).told[0]!.map(Math.round));
  expect(told).toEqual([2, 1, 3]);
});

test('the view in 3D loads, tells what is there, turns and picks', async () => {
  await page.evaluate(() => {
    const { lab } = window;
    const told: { loaded: unknown; picks: unknown[]; cameras: number } = { loaded: null, picks: [], cameras: 0 };
    Object.assign(window, { told });
    lab.mount(lab.VolumeView, {
      source: lab.memorySource({ 0: { phases: lab.cell(64, 0.4) }, 1: { phases: lab.cell(64, 1) } }),
      scans: [0, 1].map((index) => ({ index, layers: ['phases' as const] })),
      scan: 1,
      voxelSizeUm: [2, 2, 2],
      layers: lab.DEFAULT_DISPLAYS,
      crosshair: null,
      onLoaded: (loaded) => {
        told.loaded = loaded;
      },
      onPick: (pick) => told.picks.push(pick),
      onCamera: () => {
        told.cameras++;
      },
    });
  });
  const view = page.locator('canvas');
  await expect(view).toHaveAttribute('data-shown', '1', { timeout: 30_000 });
  const told = () =>
    page.evaluate(
      () => (window as unknown as { told: { loaded: unknown; picks: { what: string }[]; cameras: number } }).told,
    );
  await expect.poll(async () => (await told()).loaded).toEqual({ coarse: [0, 1], fine: [0, 1] });
  const box = (await view.boundingBox())!;
  const before = (await told()).cameras;
  await page.mouse.move(box.x + 200, box.y + 150);
  await page.mouse.down();
  await page.mouse.move(box.x + 260, box.y + 160, { steps: 4 });
  await page.mouse.up();
  expect((await told()).cameras).toBeGreaterThan(before);
  expect((await told()).picks).toEqual([]);
  await page.mouse.click(box.x + 200, box.y + 200);
  await expect.poll(async () => (await told()).picks.length).toBe(1);
  expect(['lithium', 'collector', 'crack']).toContain((await told()).picks[0]!.what);
  expect(complaints.filter((text) => !/GPU stall|GL Driver Message|willReadFrequently/.test(text))).toEqual([]);
});

test('a face of the selected region follows the pointer in 3D, and the view does not turn', async () => {
  await page.evaluate(() => {
    const { lab } = window;
    const told: { boxes: unknown[]; cameras: number } = { boxes: [], cameras: 0 };
    Object.assign(window, { told });
    const region = { id: 'a', colour: '#4f8ef7', selected: true };
    lab.mount(lab.VolumeView, {
      source: lab.memorySource({ 0: { phases: lab.cell(64, 0.4) } }),
      scans: [{ index: 0, layers: ['phases' as const] }],
      scan: 0,
      voxelSizeUm: [2, 2, 2],
      layers: lab.DEFAULT_DISPLAYS,
      crosshair: [20, 30, 30],
      camera: { target: [64, 64, 64], position: [64, -400, 64], up: [1, 0, 0], projection: 'orthographic' },
      regions: [{ ...region, box: { kind: 'box', min: [40, 8, 8], max: [56, 56, 56] } }],
      onRegion: ({ box }) => told.boxes.push(box),
      onCamera: () => {
        told.cameras++;
      },
    });
  });
  const view = page.locator('canvas');
  await expect(view).toHaveAttribute('data-shown', '0', { timeout: 30_000 });
  const told = () =>
    page.evaluate(
      () => (window as unknown as { told: { boxes: { min: number[]; max: number[] }[]; cameras: number } }).told,
    );
  // 464 µm away the height of 300 pixels shows 2 · 464 · tan 15°; the upper face lies 48 µm above the middle.
  const pixel = (2 * 464 * Math.tan(Math.PI / 12)) / 300;
  const box = (await view.boundingBox())!;
  const [x, y] = [box.x + 200, box.y + 150 - (56 * 2 - 1 - 64) / pixel];
  // The handle is there once the pointer shows it.
  await expect
    .poll(async () => {
      await page.mouse.move(x + 30, y);
      await page.mouse.move(x, y);
      return await view.evaluate((canvas: HTMLCanvasElement) => canvas.style.cursor);
    })
    .toBe('grab');
  await page.mouse.down();
  await page.mouse.move(x, y + 8 / pixel, { steps: 3 });
  await page.mouse.up();
  await expect
    .poll(async () => (await told()).boxes.at(-1))
    .toEqual({ kind: 'box', min: [40, 8, 8], max: [52, 56, 56] });
  expect((await told()).cameras).toBe(0);
});

test('the view in 3D is not drawn again where it is rendered with the same', async () => {
  const drawn = await page.evaluate(async () => {
    const { lab } = window;
    const props = {
      source: lab.memorySource({ 0: { phases: lab.cell(32) } }),
      scans: [{ index: 0, layers: ['phases' as const] }],
      scan: 0,
      voxelSizeUm: [2, 2, 2] as [number, number, number],
      layers: lab.DEFAULT_DISPLAYS,
      crosshair: null,
    };
    let draws = 0;
    const { drawArrays } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.drawArrays = function (...asked) {
      draws++;
      drawArrays.apply(this, asked);
    };
    const settled = async () => {
      for (let [still, before] = [0, draws]; still < 4; still = before === draws ? still + 1 : 0, before = draws)
        await new Promise((resolve) => setTimeout(resolve, 400));
      return draws;
    };
    const mounted = (now: typeof props) => ({ ...now, onRegion: () => {}, onClip: () => {} });
    const render = lab.mount(lab.VolumeView, mounted(props));
    const first = await settled();
    render(mounted(props));
    const again = await settled();
    render(mounted({ ...props, crosshair: [9, 9, 9] as never }));
    const other = await settled();
    WebGL2RenderingContext.prototype.drawArrays = drawArrays;
    return { first, again: again - first, other: other - again };
  });
  expect(drawn.first).toBeGreaterThan(0);
  expect(drawn.again).toBe(0);
  expect(drawn.other).toBeGreaterThan(0);
});

test('what changes while a picture is drawn in parts is drawn after it', async () => {
  const finals = await page.evaluate(async () => {
    const { lab } = window;
    const finals: boolean[] = [];
    const until = async (there: () => boolean) => {
      for (let i = 0; i < 600 && !there(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    const drawn = lab.createVolumeRenderer(lab.canvas(512), {
      source: lab.memorySource({ 0: { phases: lab.cell(128) } }),
      voxelSizeUm: [2, 2, 2],
      accumulate: 1,
      skip: false,
      budget: new lab.GpuBudget(256 * 2 ** 20),
      view: { scans: [{ index: 0, layers: ['phases'] }], scan: 0 },
      onPicture: (_, final) => finals.push(final),
    });
    await until(() => finals.at(-1) === true);
    drawn.set({ camera: lab.turned(drawn.view.camera!, 0.1, 0) });
    await until(() => finals.at(-1) === false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    drawn.redraw();
    await until(() => finals.at(-1) === true);
    drawn.dispose();
    return finals;
  });
  expect(finals.at(-1)).toBe(true);
});
