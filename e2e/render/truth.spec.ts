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
  // One page for all: to open it takes longer than most of the tests.
  ({ page, complaints } = await openLab(browser, lab.address));
});
test.afterAll(async () => {
  await browser.close();
  await server.close();
});
test.afterEach(async () => {
  await page.evaluate(() => window.lab.clear());
  // Reading a picture back stalls the GPU, which the browser remarks on; here that is what is wanted.
  const told = complaints.splice(0).filter((text) => !/GPU stall due to ReadPixels|GL Driver Message/.test(text));
  expect(told).toEqual([]);
});

test('a collector alone shows no lithium, where its greys through a colour map do', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const reddish = (bytes: Uint8Array) => {
      let [count, object] = [0, 0];
      for (let i = 0; i < bytes.length; i += 4) {
        const [r, g, b] = [bytes[i]!, bytes[i + 1]!, bytes[i + 2]!];
        if (r + g + b > 150) object++;
        if (r > g + 12 && r > b + 12) count++;
      }
      return { count, object };
    };
    const phases = await lab.picture({ phases: lab.collectorOnly(128) }, { electrolyte: false });
    const grey = structuredClone(lab.DEFAULT_DISPLAYS);
    grey.grey = { visible: true, opacity: 1, window: [0, 65535], map: 'lvf' };
    const scalar = await lab.picture({ grey: lab.collectorGrey(128) }, { layers: grey });
    return { phases: reddish(phases.bytes), scalar: reddish(scalar.bytes) };
  });
  expect(found.phases.object).toBeGreaterThan(5000);
  expect(found.phases.count).toBe(0);
  expect(found.scalar.count).toBeGreaterThan(0);
});

for (const [name, floor] of [
  ['bricks', 32],
  ['the floor', 128],
] as const)
  test(`what is skipped was empty: same bits without skipping, from ${name}`, async () => {
    const found = await page.evaluate(async (most) => {
      const { lab } = window;
      const cell = lab.cell(128, 0.7);
      const source = lab.memorySource({ 0: { phases: cell } }, { floor: most });
      const [a, b] = [
        await lab.picture({ phases: cell }, { source, electrolyte: false }),
        await lab.picture({ phases: cell }, { source, electrolyte: false, skip: false }),
      ];
      return { differ: lab.differing(a.bytes, b.bytes, 0), colours: lab.colours(a.bytes), figures: a.figures };
    }, floor);
    expect(found.colours).toBeGreaterThan(16);
    expect(found.differ).toBe(0);
    expect(found.figures.resident > 0).toBe(floor < 128);
  });

test('skipping is the same with bricks missing, over coarse levels', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const cell = lab.cell(192, 0.7);
    const before = (path: string) => {
      if (/\/0\/\d+\.1\.\d+$/.test(path)) return new Promise<void>(() => {});
      return undefined;
    };
    const source = lab.memorySource({ 0: { phases: cell } }, { floor: 48, before });
    const [a, b] = [
      await lab.picture({ phases: cell }, { source, electrolyte: false, partly: 40 }),
      await lab.picture({ phases: cell }, { source, electrolyte: false, skip: false, partly: 40 }),
    ];
    return { differ: lab.differing(a.bytes, b.bytes, 0), resident: a.figures.resident, missing: a.figures.missing };
  });
  expect(found.resident).toBeGreaterThan(0);
  expect(found.missing).toBeGreaterThan(0);
  expect(found.differ).toBe(0);
});

for (const [name, floor] of [
  ['bricks', 32],
  ['the floor', 128],
] as const)
  test(`greys that do not show are skipped, with the same bits as without, from ${name}`, async () => {
    const found = await page.evaluate(async (most) => {
      const { lab } = window;
      // Edges from one voxel to the next: what is leapt over ends right before what is seen.
      const grey = lab.countBlock([128, 128, 128], (z, y, x) =>
        z < 26 + 3 * Math.sin(x / 9) * Math.cos(y / 11) ? 56000 : 20600,
      );
      const layers = structuredClone(lab.DEFAULT_DISPLAYS);
      layers.grey = { visible: true, opacity: 0.6, window: [20000, 60000], map: 'grey' };
      const source = lab.memorySource({ 0: { grey } }, { floor: most });
      const [a, b] = [
        await lab.picture({ grey }, { source, layers }),
        await lab.picture({ grey }, { source, layers, skip: false }),
      ];
      return { differ: lab.differing(a.bytes, b.bytes, 0), colours: lab.colours(a.bytes), figures: a.figures };
    }, floor);
    expect(found.colours).toBeGreaterThan(16);
    expect(found.differ).toBe(0);
    // Half of the eight bricks hold nothing that shows, and are not even asked for.
    expect(found.figures.resident).toBe(floor === 32 ? 4 : 0);
  });

test('fog that is sampled once for all that it fills looks as if it were sampled everywhere', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const cell = lab.cell(128, 0.7);
    const averaged = async (skip: boolean) => {
      const { renderer } = await lab.picture({ phases: cell }, { skip, accumulate: 24 });
      while (!renderer.draw());
      return renderer.read();
    };
    const [a, b] = [await averaged(true), await averaged(false)];
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
    return { mean: sum / a.length, far: lab.differing(a, b, 4) / (a.length / 4), differ: lab.differing(a, b, 0) };
  });
  expect(found.differ).toBeGreaterThan(0);
  expect(found.mean).toBeLessThan(0.5);
  expect(found.far).toBeLessThan(0.005);
});

test('an average that goes on at edges alone looks like one that goes on everywhere', async () => {
  const { mean, share, changed } = await page.evaluate(async () => {
    const { lab } = window;
    const phases = lab.cell(128);
    const source = lab.memorySource({ 0: { phases } });
    const averaged = async (edgesOnly: boolean, count: number) => {
      const { renderer } = await lab.picture({ phases }, { source, accumulate: 8, edgesOnly });
      for (let n = 1; n < count; n++) renderer.draw();
      return renderer.read();
    };
    const [once, edges, all] = [await averaged(true, 1), await averaged(true, 8), await averaged(false, 8)];
    let [sum, changed] = [0, 0];
    for (let i = 0; i < all.length; i++) {
      sum += Math.abs(all[i]! - edges[i]!);
      if (once[i] !== edges[i]) changed++;
    }
    return { mean: sum / all.length, share: lab.differing(edges, all, 8) / (all.length / 4), changed };
  });
  expect(changed).toBeGreaterThan(1000);
  expect(mean).toBeLessThan(0.3);
  expect(share).toBeLessThan(0.002);
});

test('bricks in the atlas give the picture of the dense volume, without seams at their borders', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const cell = lab.cell(128, 0.8);
    const [atlas, dense] = [
      await lab.picture({ phases: cell }, { source: lab.memorySource({ 0: { phases: cell } }, { floor: 32 }) }),
      await lab.picture({ phases: cell }, {}),
    ];
    return {
      worst: lab.worst(atlas.bytes, dense.bytes),
      resident: atlas.figures.resident,
      none: dense.figures.resident,
    };
  });
  expect(found.resident).toBeGreaterThan(4);
  expect(found.none).toBe(0);
  expect(found.worst).toBeLessThanOrEqual(1);
});

test('16-bit greys in the atlas are the dense ones too', async () => {
  const worst = await page.evaluate(async () => {
    const { lab } = window;
    const grey = lab.collectorGrey(128);
    const layers = structuredClone(lab.DEFAULT_DISPLAYS);
    layers.grey.window = [9000, 50000];
    const source = lab.memorySource({ 0: { grey } }, { floor: 32 });
    const [atlas, dense] = [await lab.picture({ grey }, { source, layers }), await lab.picture({ grey }, { layers })];
    return { worst: lab.worst(atlas.bytes, dense.bytes), colours: lab.colours(dense.bytes) };
  });
  expect(worst.colours).toBeGreaterThan(16);
  expect(worst.worst).toBeLessThanOrEqual(1);
});

test('while bricks are missing the floor is shown, and never a hole', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const phases = lab.cell(128, 0.8);
    const before = (path: string) => {
      if (/\/0\/\d/.test(path) && !path.endsWith('floor')) return new Promise<void>(() => {});
      return undefined;
    };
    const source = lab.memorySource({ 0: { phases } }, { floor: 32, before });
    const [coarse, fine] = [
      await lab.picture({ phases }, { source, electrolyte: false, partly: 1 }),
      await lab.picture({ phases }, { electrolyte: false }),
    ];
    return {
      far: lab.differing(coarse.bytes, fine.bytes, 90),
      pixels: fine.bytes.length / 4,
      missing: coarse.figures.missing,
    };
  });
  expect(found.missing).toBeGreaterThan(0);
  expect(found.far / found.pixels).toBeLessThan(0.04);
});

test('a clip box and planes cut where they are told, and the cut is picked where it lies', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const phases = lab.fractionBlock([64, 64, 64], () => [1, 0, 0, 0]);
    const { renderer } = await lab.picture({ phases }, { electrolyte: false, along: 'z' });
    const pick = async () => (await renderer.pick(128, 128))?.voxel.map((n) => Math.round(n * 10) / 10);
    const whole = await pick();
    renderer.set({ clip: { box: { kind: 'box', min: [0, 0, 0], max: [20, 64, 64] }, planes: [] } });
    const boxed = await pick();
    // Kept below 30 µm: voxels are 2 µm, and the first one's middle is 0.
    renderer.set({ clip: { box: null, planes: [{ normal: [-1, 0, 0], offset: -30 }] } });
    const cut = await pick();
    renderer.set({ clip: { box: { kind: 'box', min: [0, 0, 40], max: [64, 64, 64] }, planes: [] } });
    renderer.draw();
    const half = renderer.read();
    const lit = (left: number, right: number) => {
      let count = 0;
      for (let y = 0; y < 256; y++) for (let x = left; x < right; x++) if (half[(y * 256 + x) * 4]! > 90) count++;
      return count;
    };
    return { whole, boxed, cut, sides: [lit(0, 128), lit(128, 256)] };
  });
  expect(found.whole![0]).toBe(63.5);
  expect(found.boxed![0]).toBe(19.5);
  expect(found.cut![0]).toBe(15);
  expect(Math.min(...found.sides)).toBe(0);
  expect(Math.max(...found.sides)).toBeGreaterThan(2000);
});

test('slices in the volume show the greys that lie there, and hide what lies behind', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const shape: [number, number, number] = [64, 64, 64];
    const phases = lab.fractionBlock(shape, (z) => [z < 10 ? 1 : 0, 0, 0, 0]);
    const grey = lab.countBlock(shape, (z) => (z < 32 ? 20000 : 50000));
    const layers = structuredClone(lab.DEFAULT_DISPLAYS);
    layers.phases.electrolyte.visible = false;
    layers.grey = { visible: true, opacity: 1, window: [0, 65535], map: 'grey' };
    const { renderer } = await lab.picture({ phases, grey }, { layers, along: 'z' });
    const middle = () => {
      renderer.draw();
      return renderer.read()[(128 * 256 + 128) * 4]!;
    };
    const shades: number[] = [];
    for (const z of [40, 20]) {
      renderer.set({ crosshair: [z, 31, 31], slices: { z: true, y: false, x: false } });
      await renderer.prepared();
      shades.push(middle());
    }
    const pick = await renderer.pick(128, 128);
    const region = { id: 'a', box: { kind: 'box' as const, min: [50, 20, 20], max: [60, 44, 44] }, colour: '#ff0000' };
    renderer.set({ slices: { z: false, y: false, x: false } });
    renderer.set({ regions: [{ ...region, selected: true } as never] });
    renderer.draw();
    const after = renderer.read().slice((128 * 256 + 128) * 4, (128 * 256 + 128) * 4 + 3);
    return { shades, pick, after: [...after] };
  });
  const shade = (count: number) => Math.round((count / 65535) * 255);
  expect(Math.abs(found.shades[0]! - shade(50000))).toBeLessThanOrEqual(2);
  expect(Math.abs(found.shades[1]! - shade(20000))).toBeLessThanOrEqual(2);
  expect(found.pick).toMatchObject({ what: 'slice' });
  expect(found.pick!.voxel[0]).toBeCloseTo(20, 1);
  // The region's two faces tint what lies behind.
  expect(found.after[0]! - found.after[1]!).toBeGreaterThan(10);
});

test('a pick finds the surface to a tenth of a voxel', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const phases = lab.ball(128, 40, [64, 60, 70]);
    const { renderer } = await lab.picture(
      { phases },
      { source: lab.memorySource({ 0: { phases } }, { floor: 32 }), electrolyte: false },
    );
    const errors: number[] = [];
    let what: string | null = null;
    for (const [x, y] of [
      [128, 128],
      [110, 140],
      [150, 120],
      [128, 100],
    ] as const) {
      const pick = await renderer.pick(x, y);
      if (!pick) continue;
      what = pick.what;
      errors.push(Math.abs(Math.hypot(pick.voxel[0] - 64, pick.voxel[1] - 60, pick.voxel[2] - 70) - 40));
    }
    return { errors, what, beside: await renderer.pick(2, 2) };
  });
  expect(found.errors).toHaveLength(4);
  expect(Math.max(...found.errors)).toBeLessThan(0.1);
  expect(found.what).toBe('collector');
  expect(found.beside).toBeNull();
});

test('after its context was lost the picture comes back the same', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const phases = lab.cell(128, 0.8);
    const source = lab.memorySource({ 0: { phases } }, { floor: 32 });
    const { renderer, bytes, canvas } = await lab.picture({ phases }, { source, electrolyte: false });
    const loss = canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context')!;
    const event = (name: string) => new Promise((resolve) => canvas.addEventListener(name, resolve, { once: true }));
    const lost = event('webglcontextlost');
    loss.loseContext();
    await lost;
    const restored = event('webglcontextrestored');
    setTimeout(() => loss.restoreContext(), 50);
    await restored;
    await renderer.prepared();
    renderer.draw();
    return { differ: lab.differing(bytes, renderer.read(), 0), colours: lab.colours(bytes) };
  });
  expect(found.colours).toBeGreaterThan(16);
  expect(found.differ).toBe(0);
});

test('a volume longer than a 3D texture may be is drawn to its end', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const long = lab.fractionBlock([24, 24, 2304], (z) => [z > 6 && z < 16 ? 1 : 0, 0, 0, 0]);
    const source = lab.memorySource({ 0: { phases: long } });
    const { renderer, bytes, figures } = await lab.picture(
      { phases: long },
      { source, electrolyte: false, along: 'z' },
    );
    const lit = new Set<number>();
    for (let i = 0; i < bytes.length; i += 4)
      if (bytes[i]! > 120 && Math.abs(bytes[i]! - bytes[i + 1]!) < 12) lit.add((i / 4) % 256);
    const ends = [await renderer.pick(128 - 100, 128), await renderer.pick(128 + 100, 128)];
    return { columns: [...lit].sort((a, b) => a - b), ends: ends.map((pick) => pick?.voxel[2]), figures };
  });
  const { columns } = found;
  expect(columns.length).toBe(columns.at(-1)! - columns[0]! + 1);
  expect(columns.length).toBeGreaterThan(150);
  const at = found.ends as [number, number];
  expect(Math.abs(at[0] - at[1])).toBeGreaterThan(1200);
});

test('contrast stays locked over time: equal greys look equal in every scan', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const shape: [number, number, number] = [32, 32, 32];
    const block = (hot: number) => lab.countBlock(shape, (z, y, x) => (z < 8 ? 30000 : x < 2 && y < 2 ? hot : 2000));
    const layers = structuredClone(lab.DEFAULT_DISPLAYS);
    layers.grey.window = [0, 40000];
    const source = lab.memorySource({ 0: { grey: block(2000) }, 1: { grey: block(65535) } });
    const first = await lab.picture({ grey: block(2000) }, { source, layers, scans: [0, 1] });
    first.renderer.set({ scan: 1 });
    await first.renderer.prepared();
    first.renderer.draw();
    const second = first.renderer.read();
    // The corner that differs covers few pixels; all else must be the same.
    return { differ: lab.differing(first.bytes, second, 0), pixels: second.length / 4, colours: lab.colours(second) };
  });
  expect(found.colours).toBeGreaterThan(16);
  expect(found.differ).toBeGreaterThan(0);
  expect(found.differ / found.pixels).toBeLessThan(0.06);
});

test('scrubbing shows the floor of a scan in the next picture and cancels what nobody waits for', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const scans = {
      0: { phases: lab.cell(128, 0.2) },
      1: { phases: lab.cell(128, 0.6) },
      2: { phases: lab.cell(128, 1) },
    };
    let [begun, cancelled] = [0, 0];
    const before = (path: string, signal: AbortSignal) => {
      if (!/\/0\/\d/.test(path)) return;
      begun++;
      return new Promise<void>((resolve) => {
        const late = setTimeout(resolve, 400);
        signal.addEventListener('abort', () => {
          clearTimeout(late);
          cancelled++;
          resolve();
        });
      });
    };
    const source = lab.memorySource(scans, { floor: 32, before });
    let coarse: readonly number[] = [];
    const made = await lab.picture(scans[0], {
      source,
      electrolyte: false,
      scans: [0, 1, 2],
      partly: 20,
      onLoaded: (loaded) => {
        coarse = loaded.coarse;
      },
    });
    const shown: number[] = [];
    for (const scan of [1, 2, 0, 2]) {
      made.renderer.set({ scan });
      made.renderer.draw();
      shown.push(made.renderer.figures().shown);
    }
    return { coarse, shown, begun, cancelled };
  });
  expect(found.coarse).toEqual([0, 1, 2]);
  expect(found.shown).toEqual([1, 2, 0, 2]);
  expect(found.begun).toBeGreaterThan(0);
  expect(found.cancelled).toBeGreaterThan(0);
});

test('while time plays, the bricks of the next scan are fetched once those of this one are there', async () => {
  const paths = await page.evaluate(async () => {
    const { lab } = window;
    const scans = { 0: { phases: lab.cell(128, 0.2) }, 1: { phases: lab.cell(128, 0.6) } };
    const paths: string[] = [];
    const before = (path: string) => {
      if (/phases\/0\/\d/.test(path)) paths.push(path);
    };
    const source = lab.memorySource(scans, { floor: 32, before });
    const { renderer } = await lab.picture(scans[0], { source, electrolyte: false, scans: [0, 1] });
    const still = paths.length;
    const others = paths.filter((path) => path.startsWith('1/')).length;
    renderer.set({ playing: 1 });
    for (let i = 0; i < 40; i++) {
      renderer.draw();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { still, others, ahead: paths.slice(still).map((path) => path.split('/')[0]) };
  });
  expect(paths.still).toBeGreaterThan(2);
  expect(paths.others).toBe(0);
  expect(new Set(paths.ahead)).toEqual(new Set(['1']));
});

test('where the GPU has little room every scan that is chosen is shown, and all are kept once there is more', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const scans = {
      0: { phases: lab.cell(64, 0.2) },
      1: { phases: lab.cell(64, 0.6) },
      2: { phases: lab.cell(64, 1) },
    };
    const budget = new lab.GpuBudget(2.4 * 2 ** 20);
    let coarse: readonly number[] = [];
    const { renderer } = await lab.picture(scans[0], {
      source: lab.memorySource(scans),
      scans: [0, 1, 2],
      budget,
      onLoaded: (loaded) => {
        coarse = loaded.coarse;
      },
    });
    const shown: number[] = [];
    for (const scan of [1, 2, 0, 2]) {
      renderer.set({ scan });
      await renderer.prepared();
      renderer.draw();
      shown.push(renderer.figures().shown);
    }
    const little = coarse.length;
    budget.total = 64 * 2 ** 20;
    for (let i = 0; i < 100 && coarse.length < 3; i++) {
      renderer.draw();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { shown, little, coarse };
  });
  expect(found.shown).toEqual([1, 2, 0, 2]);
  expect(found.little).toBeLessThan(3);
  expect(found.coarse).toEqual([0, 1, 2]);
});

test('noise of one count keeps the mean of a picture, the same for a seed', async () => {
  const found = await page.evaluate(async () => {
    const { lab } = window;
    const { renderer, canvas } = await lab.picture(
      { phases: lab.collectorOnly(96) },
      { accumulate: 4, electrolyte: false },
    );
    for (let n = 0; n < 3; n++) renderer.draw();
    const gl = canvas.getContext('webgl2')!;
    const shown = (seed?: number) => {
      renderer.present(seed);
      const bytes = new Uint8Array(256 * 256 * 4);
      gl.readPixels(0, 0, 256, 256, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
      return bytes;
    };
    const [plain, seven, again, eight] = [shown(), shown(7), shown(7), shown(8)];
    const mean = (bytes: Uint8Array) => bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
    return {
      worst: lab.worst(plain, seven),
      noisy: lab.differing(plain, seven, 0) / (256 * 256),
      again: lab.differing(seven, again, 0),
      other: lab.differing(seven, eight, 0) / (256 * 256),
      shift: Math.abs(mean(seven) - mean(plain)),
    };
  });
  expect(found.worst).toBe(1);
  expect(found.noisy).toBeGreaterThan(0.05);
  expect(found.again).toBe(0);
  expect(found.other).toBeGreaterThan(0.05);
  expect(found.shift).toBeLessThan(0.03);
});
