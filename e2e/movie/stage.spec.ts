import { type Browser, expect, type Page, test } from '@playwright/test';
import type { ViteDevServer } from 'vite';
import { serveLab, softwareBrowser } from '../render/serve.ts';

let server: ViteDevServer;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

test.beforeAll(async () => {
  const lab = await serveLab('e2e/movie/index.html');
  server = lab.server;
  browser = await softwareBrowser();
  // One page for all: to open it takes longer than most of the tests.
  page = await browser.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(lab.address);
  await page.waitForFunction(() => 'movie' in window);
});
test.afterAll(async () => {
  await browser.close();
  await server.close();
});
test.afterEach(() => {
  const told = complaints.splice(0).filter((text) => !/GPU stall due to ReadPixels|GL Driver Message/.test(text));
  expect(told).toEqual([]);
});

test('the cell is seen in its colours, on the ground of the movie', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const { pixels, samples } = await movie.frame(movie.board([movie.front]), 29);
    // From before: collector below, lithium of 18 voxels on it, nothing where the electrolyte is.
    return {
      corner: movie.at(pixels, 3, 3),
      samples,
      column: [110, 140, 178, 200].map((y) => movie.at(pixels, 160, y)),
    };
  });
  expect(found.corner).toEqual([12, 13, 15]);
  expect(found.samples).toBe(2);
  const [above, lithium, , collector] = found.column;
  expect(Math.max(...above!)).toBeGreaterThan(0);
  expect(lithium![0]).toBeGreaterThan(2 * lithium![1]);
  expect(Math.abs(collector![0] - collector![2])).toBeLessThan(14);
  expect(collector![0]).toBeGreaterThan(60);
});

test('the same frame has the same bytes, on another stage and after other frames; another frame has others', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const turning = {
      ...movie.front,
      camera: [
        { at: 0, value: { target: 'cell' as const, azimuth: -90, elevation: 20, distance: 0.9 } },
        { at: 3, value: { target: { crack: 1 }, azimuth: 0, elevation: 30, distance: 1 } },
      ],
    };
    const curve = {
      id: 'v',
      kind: 'curve' as const,
      rect: [0.6, 0.7, 0.4, 0.3] as [number, number, number, number],
      of: 'voltage' as const,
    };
    const storyboard = movie.board([turning, curve], {
      overlays: [{ kind: 'time' }, { kind: 'scaleBar', panel: 'cell' }],
    });
    const alone = await movie.frame(storyboard, 12);
    const stage = await movie.stage(storyboard);
    for (const before of [29, 3]) await stage.draw(before);
    await stage.draw(12);
    const after = await movie.hash(stage.pixels());
    await stage.draw(13);
    const next = await movie.hash(stage.pixels());
    stage.dispose();
    return { alone: await movie.hash(alone.pixels), after, next };
  });
  expect(found.after).toBe(found.alone);
  expect(found.next).not.toBe(found.alone);
});

test('a frame that shows what the last one showed is not drawn again', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const stage = await movie.stage(movie.board([movie.front], { time: { kind: 'hold', at: 'end' } }));
    const first = await stage.draw(4);
    const before = await movie.hash(stage.pixels());
    const second = await stage.draw(5);
    const after = await movie.hash(stage.pixels());
    stage.dispose();
    return { same: [first.same, second.same], equal: before === after };
  });
  expect(found).toEqual({ same: [false, true], equal: true });
});

test('an arrow lies on its crack, in 3D from any side and in a slice', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const hold = { time: { kind: 'hold', at: 'end' } } as const;
    const purple = (pixels: Uint8Array, x: number, y: number) => {
      const [r, g, b] = movie.at(pixels, x, y);
      return b > g + 30 && r > g + 10;
    };
    const out: { where: string; purple: boolean; x: number; y: number }[] = [];
    const oval = { kind: 'oval' as const, panel: 'cell', around: { crack: 'first' as const }, radiusUm: 60 };
    for (const azimuth of [-90, -20, 130]) {
      const camera = [{ at: 0, value: { target: 'cell' as const, azimuth, elevation: 35, distance: 0.9 } }];
      const storyboard = movie.board([{ ...movie.front, camera }], { ...hold, overlays: [oval] });
      const { pixels, plan } = await movie.frame(storyboard, 0);
      const { x, y } = movie.pinned(plan)!;
      out.push({ where: `3D from ${azimuth}`, purple: purple(pixels, x, y), x, y });
    }
    for (const axis of ['z', 'y', 'x'] as const) {
      const slice = {
        id: 'cell',
        kind: 'slice' as const,
        rect: [0, 0, 1, 1] as [number, number, number, number],
        axis,
      };
      const { pixels, plan } = await movie.frame(movie.board([slice], { ...hold, overlays: [oval] }), 0);
      const { x, y } = movie.pinned(plan)!;
      out.push({ where: `across ${axis}`, purple: purple(pixels, x, y), x, y });
    }
    const lying = { id: 'cell', kind: 'slice' as const, rect: [0, 0, 1, 1] as [number, number, number, number] };
    const side = movie.board([{ ...lying, axis: 'side' as const }], { ...hold, overlays: [oval] });
    const { pixels, plan } = await movie.frame(side, 0, { made: { stack: 'x' } });
    const { x, y } = movie.pinned(plan)!;
    out.push({ where: 'along a stack that lies', purple: purple(pixels, x, y), x, y });
    return out;
  });
  expect(found.filter(({ purple }) => !purple)).toEqual([]);
  // Not all in the middle, where anything may lie.
  expect(found.some(({ x }) => Math.abs(x - 160) > 20)).toBe(true);
});

test('what lies between scans is drawn between them, and marked', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const grey = {
      id: 'cell',
      kind: 'slice' as const,
      rect: [0, 0, 1, 1] as [number, number, number, number],
      axis: 'z' as const,
      at: [{ at: 0, value: 80 }],
      layers: [{ at: 0, value: { show: 'grey' as const, window: [0, 65535] as [number, number] } }],
    };
    const value = async (between: 'hold' | 'interpolate', number: number) => {
      const { pixels } = await movie.frame(movie.board([grey], { between }), number);
      return { middle: movie.at(pixels, 160, 120)[0], pixels };
    };
    // Scans come every ten frames.
    const [hold, middle, scan] = [
      await value('hold', 15),
      await value('interpolate', 15),
      await value('interpolate', 10),
    ];
    const under = { left: 100, top: 205, width: 120, height: 33 };
    const volume = movie.board([movie.front], { between: 'interpolate' });
    const held = movie.board([movie.front]);
    const [a, b, c] = [await movie.frame(held, 10), await movie.frame(volume, 15), await movie.frame(held, 20)];
    const lithium = (pixels: Uint8Array) => {
      let count = 0;
      for (let y = 0; y < 200; y++) {
        const [r, g] = movie.at(pixels, 160, y);
        if (r > g + 40) count++;
      }
      return count;
    };
    return {
      grey: [hold.middle, middle.middle, scan.middle],
      marked: movie.differing(hold.pixels, middle.pixels, under, 25) > 20,
      unmarked: movie.differing(hold.pixels, scan.pixels, under, 25),
      lithium: [a, b, c].map(({ pixels }) => lithium(pixels)),
    };
  });
  // 22 000 and 24 000 of 65 535, in 255.
  expect(found.grey).toEqual([86, 90, 86]);
  expect(found.marked).toBe(true);
  expect(found.unmarked).toBe(0);
  const [before, between, after] = found.lithium as [number, number, number];
  expect(between).toBeGreaterThan(before);
  expect(between).toBeLessThan(after);
});

test('a fade mixes two scans as pictures', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const grey = {
      id: 'cell',
      kind: 'slice' as const,
      rect: [0, 0, 1, 1] as [number, number, number, number],
      axis: 'z' as const,
      at: [{ at: 0, value: 80 }],
      layers: [{ at: 0, value: { show: 'grey' as const, window: [0, 65535] as [number, number] } }],
    };
    const values: number[] = [];
    for (const number of [15, 18, 20]) {
      const { pixels } = await movie.frame(movie.board([grey], { between: 'fade' }), number);
      values.push(movie.at(pixels, 160, 120)[0]);
    }
    return values;
  });
  expect(found).toEqual([86, 90, 93]);
});

test('a map has its colours on one scale, a curve runs to the moment shown, a histogram shows the scan', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const rect = (x: number, y: number, w: number, h: number) => [x, y, w, h] as [number, number, number, number];
    const map = {
      id: 'map',
      kind: 'map' as const,
      rect: rect(0, 0, 0.5, 0.6),
      electrode: 'working' as const,
      limits: [0, 36] as [number, number],
    };
    const curve = {
      id: 'curve',
      kind: 'curve' as const,
      rect: rect(0.5, 0, 0.5, 0.5),
      of: 'thickness' as const,
      growing: true,
    };
    const histogram = { id: 'histogram', kind: 'histogram' as const, rect: rect(0.5, 0.5, 0.5, 0.5) };
    const storyboard = movie.board([map, curve, histogram]);
    const [early, late] = [await movie.frame(storyboard, 10), await movie.frame(storyboard, 29)];
    const red = (pixels: Uint8Array, area: { left: number; top: number; width: number; height: number }) => {
      let [count, most] = [0, 0];
      for (let y = area.top; y < area.top + area.height; y++)
        for (let x = area.left; x < area.left + area.width; x++) {
          const [r, g, b] = movie.at(pixels, x, y);
          if (r > 150 && g < 110 && b < 110) {
            count++;
            most = Math.max(most, x);
          }
        }
      return { count, most };
    };
    const plotted = { left: 160, top: 0, width: 160, height: 110 };
    const spread = { left: 160, top: 120, width: 160, height: 110 };
    return {
      left: movie.at(late.pixels, 60, 72),
      right: [movie.at(early.pixels, 105, 72), movie.at(late.pixels, 105, 72)],
      curve: [red(early.pixels, plotted), red(late.pixels, plotted)],
      passed: red(late.pixels, { ...plotted, width: 100 }).count,
      toCome: red(early.pixels, { ...plotted, left: 270, width: 50 }).count,
      histogram: [red(early.pixels, spread), red(late.pixels, spread)],
    };
  });
  // Batlow at 0, at 12 of 36 and at 24 of 36.
  expect(found.left).toEqual([1, 25, 89]);
  expect(found.right[0]).not.toEqual(found.right[1]);
  expect(found.curve[1]!.most).toBeGreaterThan(found.curve[0]!.most + 20);
  expect(found.passed).toBeGreaterThan(40);
  expect(found.toCome).toBe(0);
  expect(found.histogram[0]!.count).toBeGreaterThan(0);
  expect(found.histogram[1]!.most).toBeGreaterThan(found.histogram[0]!.most + 20);
});

test('a frame whose bricks do not come says which, and the next attempt draws it', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    let stuck = true;
    const before = async (path: string, signal: AbortSignal) => {
      if (!/phases\/0\/1\.0\.1$/.test(path) || !stuck) return;
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const stage = await movie.stage(movie.board([movie.front]), {
      waitS: 5,
      made: { before, floor: 24 },
      size: [640, 480],
    });
    const words = await stage.draw(25).then(
      () => '',
      (error: Error) => error.message,
    );
    stuck = false;
    stage.dispose();
    const again = await movie.stage(movie.board([movie.front]), {
      waitS: 20,
      made: { before, floor: 24 },
      size: [640, 480],
    });
    const { samples } = await again.draw(25);
    again.dispose();
    return { words, samples };
  });
  expect(found.words).toMatch(/the bricks? phases\/2\/0\/1\.0\.1 of made up did not come within 5 s/);
  expect(found.samples).toBe(2);
});

test('a read that fails ends the frame with its words; a wish that is given up ends it too', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const before = (path: string) => {
      if (path.endsWith('phases/floor')) throw new Error('The scan is not where it was');
    };
    const stage = await movie.stage(movie.board([movie.front]), { made: { before } });
    const words = await stage.draw(0).catch((error: Error) => error.message);
    stage.dispose();
    const other = await movie.stage(movie.board([movie.front]));
    const given = new AbortController();
    given.abort(new Error('given up'));
    const up = await other.draw(0, { signal: given.signal }).catch((error: Error) => error.message);
    other.dispose();
    return { words, up };
  });
  expect(found).toEqual({ words: 'The scan is not where it was', up: 'given up' });
});

test('pictures are averaged until another changes little', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const storyboard = movie.board([movie.front], {}, {});
    const adaptive = await movie.frame(storyboard, 25, { samples: null });
    const many = await movie.frame(storyboard, 25, { samples: adaptive.samples + 1 });
    const one = await movie.frame(storyboard, 25, { samples: 1 });
    const whole = { left: 0, top: 0, width: 320, height: 240 };
    return {
      samples: adaptive.samples,
      more: movie.differing(adaptive.pixels, many.pixels, whole, 3) / (320 * 240),
      one: movie.differing(one.pixels, many.pixels, whole, 3) / (320 * 240),
    };
  });
  // Here it draws in software, where it ends at three.
  expect(found.samples).toBeGreaterThanOrEqual(2);
  expect(found.samples).toBeLessThanOrEqual(3);
  expect(found.one).toBeGreaterThan(0.01);
  expect(found.more).toBeLessThan(0.6 * found.one);
});

test('a draft comes at once and small, the full picture after it is what it would have been', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const storyboard = movie.board([movie.front]);
    const stage = await movie.stage(storyboard);
    await stage.draw(25, { quality: 'draft' });
    const draft = stage.pixels();
    await stage.draw(25);
    const full = await movie.hash(stage.pixels());
    stage.dispose();
    const alone = await movie.frame(storyboard, 25);
    const whole = { left: 0, top: 0, width: 320, height: 240 };
    return {
      full,
      alone: await movie.hash(alone.pixels),
      far: movie.differing(draft, alone.pixels, whole, 60) / (320 * 240),
    };
  });
  expect(found.full).toBe(found.alone);
  expect(found.far).toBeLessThan(0.1);
});

test('what is written stands where it was put', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const rect = (x: number, y: number, w: number, h: number) => [x, y, w, h] as [number, number, number, number];
    const map = { id: 'map', kind: 'map' as const, rect: rect(0.1, 0.2, 0.5, 0.7), electrode: 'working' as const };
    const paint = document.createElement('canvas');
    [paint.width, paint.height] = [20, 10];
    const on = paint.getContext('2d')!;
    on.fillStyle = '#1080f0';
    on.fillRect(0, 0, 20, 10);
    const picture = await createImageBitmap(paint);
    const storyboard = movie.board([movie.front, { ...map, rect: rect(0, 0, 0.5, 0.5) }], {
      overlays: [
        { kind: 'logo', file: 'logo.png', height: 0.1, place: 'top-right' },
        { kind: 'title', text: 'A cell', place: 'bottom' },
        { kind: 'legend', panel: 'cell', place: 'right', size: 0.06 },
        { kind: 'colourBar', panel: 'map', place: 'right' },
      ],
    });
    const options = { size: [640, 480] as [number, number], logo: async () => picture };
    const { pixels } = await movie.frame(storyboard, 20, options);
    const bare = await movie.frame({ ...storyboard, shots: [{ ...storyboard.shots[0]!, overlays: [] }] }, 20, options);
    const drawn = (left: number, top: number, width: number, height: number) => {
      let count = 0;
      for (let y = top; y < top + height; y++)
        for (let x = left; x < left + width; x++)
          if (movie.at(pixels, x, y, 640).some((value, c) => value !== movie.at(bare.pixels, x, y, 640)[c])) count++;
      return count;
    };
    // Colours of a legend's squares, downwards along a line through them.
    const column: string[] = [];
    for (let x = 250; x < 640; x++)
      for (let y = 150; y < 330; y++) {
        const hex = movie
          .at(pixels, x, y, 640)
          .map((value) => value.toString(16).padStart(2, '0'))
          .join('');
        if (['a9abae', 'dd3431', '9042ce'].includes(hex) && !column.includes(hex)) column.push(hex);
      }
    return {
      // 3 % of 480 from either edge; 48 high, 96 wide.
      logo: [movie.at(pixels, 640 - 14 - 48, 14 + 24, 640), movie.at(pixels, 640 - 14 - 100, 14 + 24, 640)],
      title: drawn(200, 430, 240, 40),
      elsewhere: drawn(20, 300, 150, 120),
      bar: drawn(220, 40, 100, 160),
      column,
    };
  });
  expect(found.logo[0]).toEqual([16, 128, 240]);
  expect(found.logo[1]).not.toEqual([16, 128, 240]);
  expect(found.title).toBeGreaterThan(300);
  expect(found.elsewhere).toBe(0);
  expect(found.bar).toBeGreaterThan(300);
  expect(found.column).toEqual(expect.arrayContaining(['a9abae', 'dd3431', '9042ce']));
});

test('a shot comes in over the one before, and each panel shows its own project', async () => {
  const found = await page.evaluate(async () => {
    const { movie } = window;
    const plane = (project: number, x: number) => ({
      id: `of ${project}`,
      kind: 'slice' as const,
      rect: [x, 0, 0.5, 1] as [number, number, number, number],
      axis: 'z' as const,
      project,
      at: [{ at: 0, value: 80 }],
      layers: [{ at: 0, value: { show: 'grey' as const, window: [0, 65535] as [number, number] } }],
    });
    const panels = [plane(0, 0), plane(1, 0.5)];
    const hold = (scan: number) => ({ kind: 'hold' as const, at: { scan } });
    const fade = { kind: 'fade' as const, seconds: 1 };
    const storyboard = {
      ...movie.board(panels),
      shots: [
        { seconds: 1, time: hold(0), panels },
        { seconds: 2, time: hold(3), panels, transition: fade },
      ],
    };
    // The second project's scans are brighter by so much.
    const second = movie.project();
    const source = {
      ...second.source,
      slice: async (...read: Parameters<typeof second.source.slice>) => {
        const found = await second.source.slice(...read);
        return {
          ...found,
          voxels: found.voxels.map((count) => (count > 0 ? count + 10280 : 0)) as typeof found.voxels,
        };
      },
    };
    const projects = [movie.project(), { ...second, source }];
    const values: number[][] = [];
    for (const number of [5, 15, 25]) {
      const { pixels } = await movie.frame(storyboard, number, { projects });
      values.push([movie.at(pixels, 80, 120)[0], movie.at(pixels, 240, 120)[0]]);
    }
    return values;
  });
  // 20 000 and 26 000 of 65 535 in 255; 10 280 are 40 of them.
  expect(found).toEqual([
    [78, 118],
    [89, 129],
    [101, 141],
  ]);
});
