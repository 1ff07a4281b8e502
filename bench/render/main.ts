/**
 * `npm run bench:render`: one picture of 512² of a cell of 256³ in software, by this program in Chromium with and without skipping of
 * empty space, and by VTK's CPU ray caster and its GPU mapper on llvmpipe (Debian's python3-vtk9 and xvfb). All take turns in one run, turned
 * by a degree each time; the medians and their ratios are printed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { openLab, serveLab, softwareBrowser } from '../../e2e/render/serve.ts';
import { cell } from '../../e2e/render/volumes.ts';
import { firstCamera } from '../../src/renderer/viewer/camera.ts';

const N = 256;
const VOXEL_UM = 2;
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, look: { type: 'string' } } });

/** One grey for each phase, as VTK's transfer function expects; the electrolyte is not drawn. */
function greys(): Uint8Array {
  const { voxels } = cell(N);
  const out = new Uint8Array(N ** 3);
  for (let i = 0; i < out.length; i++)
    out[i] = (voxels[i * 4]! * 230 + voxels[i * 4 + 1]! * 120 + voxels[i * 4 + 2]! * 60) / 255;
  return out;
}

interface Vtk {
  name: string;
  draw(how: 'cpu' | 'gpu'): Promise<number>;
  end(): void;
}

async function startVtk(path: string): Promise<Vtk | null> {
  const { position, target, up } = firstCamera([N, N, N], [VOXEL_UM, VOXEL_UM, VOXEL_UM]);
  const camera = [position, target, up].map(([z, y, x]) => `${x},${y},${z}`).join();
  const script = join(import.meta.dirname, 'vtk_views.py');
  const words = ['-a', '/usr/bin/python3', script, path, String(N), String(VOXEL_UM), camera];
  const child: ChildProcessWithoutNullStreams = spawn('xvfb-run', words, {
    env: { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1', GALLIUM_DRIVER: 'llvmpipe' },
  });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const failed = new Promise<null>((resolve) => child.on('error', () => resolve(null)));
  const first = await Promise.race([lines.next(), failed]);
  if (!first || first.done) {
    console.error(`VTK could not be started. Install it: apt-get install python3-vtk9 xvfb xauth\n${complaint}`);
    return null;
  }
  return {
    name: first.value,
    draw: async (how) => {
      child.stdin.write(`${how}\n`);
      return Number((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}

/** Our renderers in the page, one canvas each. */
async function startOurs(page: Page): Promise<string> {
  return page.evaluate(
    async ({ n, voxel }) => {
      const { lab } = window;
      const phases = lab.cell(n);
      const source = lab.memorySource({ 0: { phases } });
      const voxelSizeUm: [number, number, number] = [voxel, voxel, voxel];
      const options = { source, voxelSizeUm, electrolyte: false, size: 512 };
      const made = {
        ours: await lab.picture({ phases }, options),
        unskipped: await lab.picture({ phases }, { ...options, skip: false }),
        fog: await lab.picture({ phases }, { ...options, electrolyte: true }),
      };
      Object.assign(window, { made });
      document.querySelector('#root')!.replaceChildren(made.ours.canvas);
      return lab.rendererName(made.ours.canvas.getContext('webgl2')!);
    },
    { n: N, voxel: VOXEL_UM },
  );
}

function drawOurs(page: Page, which: 'ours' | 'unskipped' | 'fog'): Promise<number> {
  return page.evaluate((name) => {
    const { lab } = window;
    const { renderer, canvas } = (
      window as unknown as { made: Record<string, Awaited<ReturnType<typeof lab.picture>>> }
    ).made[name]!;
    const gl = canvas.getContext('webgl2')!;
    const pixel = new Uint8Array(4);
    renderer.set({ camera: lab.turned(renderer.view.camera!, Math.PI / 180, 0) });
    const begun = performance.now();
    renderer.draw();
    renderer.present();
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return performance.now() - begun;
  }, which);
}

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

const folder = mkdtempSync(join(tmpdir(), 'tomolapse-bench-'));
const raw = join(folder, 'cell.raw');
writeFileSync(raw, greys());
const { server, address } = await serveLab();
const browser = await softwareBrowser();
const vtk = await startVtk(raw);
try {
  const { page } = await openLab(browser, address);
  console.log(
    `512² picture of 256³, ${values.rounds} rounds; ours on ${await startOurs(page)}; ${vtk?.name ?? 'no VTK'}`,
  );
  const times: Record<string, number[]> = { ours: [], unskipped: [], fog: [], cpu: [], gpu: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    times['ours']!.push(await drawOurs(page, 'ours'));
    if (vtk) times['cpu']!.push(await vtk.draw('cpu'));
    if (vtk) times['gpu']!.push(await vtk.draw('gpu'));
    times['unskipped']!.push(await drawOurs(page, 'unskipped'));
    times['fog']!.push(await drawOurs(page, 'fog'));
  }
  const ours = median(times['ours']!);
  for (const [name, title] of [
    ['ours', 'Tomolapse'],
    ['unskipped', 'Tomolapse without skipping'],
    ['fog', 'Tomolapse with electrolyte'],
    ['cpu', "VTK's CPU ray caster"],
    ['gpu', "VTK's GPU mapper on llvmpipe"],
  ] as const) {
    if (times[name]!.length === 0) continue;
    const ms = median(times[name]!);
    console.log(`${title.padEnd(30)} ${ms.toFixed(0).padStart(6)} ms   ${(ms / ours).toFixed(2).padStart(6)} ×`);
  }
  if (values.look) await page.screenshot({ path: values.look });
} finally {
  vtk?.end();
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
