import '@fontsource-variable/inter/wght.css';
import type { Triple } from '../../src/core/geometry.ts';
import type { FramePlan } from '../../src/core/movie/plan.ts';
import type { Panel, Shot, Storyboard } from '../../src/core/movie/storyboard.ts';
import type { Results } from '../../src/core/results.ts';
import { createStage, type Stage, type StageOptions, type StageProject } from '../../src/renderer/stage/index.ts';
import { type MemoryScan, memorySource } from '../../src/renderer/viewer/memory_source.ts';
import { countBlock, fractionBlock } from '../render/volumes.ts';

/** Voxels along each axis of the made-up cell, and their edge, µm. */
const N = 96;
const UM = 2;
/** The crack is a ball. */
const CRACK: { centre: Triple; radius: number } = { centre: [60, 36, 74], radius: 9 };
const TIMES = [0, 1, 2, 3];

const within = (distance: number) => Math.max(0, Math.min(1, 0.5 - distance));

/** A flat collector, lithium on it as thick as a scan's number, and from the third scan on a crack. */
function scanOf(index: number): MemoryScan {
  const lithium = 20 + 6 * index;
  const inCrack = (z: number, y: number, x: number) =>
    index < 2 ? 0 : within(Math.hypot(z - CRACK.centre[0], y - CRACK.centre[1], x - CRACK.centre[2]) - CRACK.radius);
  const inCell = (y: number, x: number) => within(Math.hypot(y - N / 2, x - N / 2) - 0.46 * N);
  const phases = fractionBlock([N, N, N], (z, y, x) => {
    const cell = inCell(y, x);
    const collector = within(z - 20) * cell;
    const crack = inCrack(z, y, x);
    const plated = within(z - lithium) * cell - collector;
    return [collector, plated, crack, Math.max(0, cell - collector - plated - crack)];
  });
  const grey = countBlock([N, N, N], (z, y, x) => Math.round((z < 20 ? 50000 : 20000 + 2000 * index) * inCell(y, x)));
  return { phases, grey };
}

const scans = new Map(TIMES.map((_, index) => [index, scanOf(index)]));

interface Made {
  /** Called before every read with its path; may wait, or throw. */
  before?: (path: string, signal: AbortSignal) => void | Promise<void>;
  /** Voxels an axis of the coarse form; less than the cell's ask for bricks. */
  floor?: number;
  cracks?: boolean;
  /** Along which the stack is said to lie. */
  stack?: 'z' | 'x';
}

/** The made-up cell as a project: a scan an hour. */
function project({ before, floor = 48, cracks = true, stack = 'z' }: Made = {}): StageProject {
  const { centre, radius } = CRACK;
  const crack = {
    id: 1,
    onsetScan: 2,
    volumeVoxels: [null, null, 900, 3000],
    centroid: [null, null, centre, centre],
    min: [null, null, centre.map((n) => n - radius), centre.map((n) => n - radius)],
    max: [null, null, centre.map((n) => n + radius), centre.map((n) => n + radius)],
  };
  return {
    state: {
      name: 'made up',
      voxelSizeUm: [UM, UM, UM],
      reference: 0,
      scans: TIMES.map((timeH, index) => ({
        index,
        name: `scan_00${index}`,
        shape: [N, N, N],
        timeH,
        excluded: null,
        missing: false,
        layers: ['grey', 'phases'],
      })),
      cycling: { timeH: [0, 3], voltageV: [0.1, -0.2], currentMa: [-1, -1], chargeMahCm2: [0, 3] },
    },
    results: {
      recipe: { stack: { axis: stack, collectorEnd: 'low' } },
      cracks: cracks ? [crack] : [],
      scans: TIMES.map((timeH, index) => ({
        index,
        timeH,
        chargeMahCm2: timeH,
        step: 'plating',
        thickness: {
          working: {
            meanUm: 12 * index,
            uncertaintyUm: 0.1,
            histogram: {
              rangeUm: [0, 45],
              counts: Array.from({ length: 45 }, (_, bin) => (bin === 12 * index ? 9 : 0)),
              underflow: 0,
              overflow: 0,
            },
          },
          electrochemicalUm: 12 * index,
        },
        cracks: { volumeUm3: index < 2 ? 0 : 1000 * index },
      })),
    } as unknown as Results,
    source: memorySource(scans, { floor, ...(before ? { before } : {}) }),
    map: async (scan) => {
      const um = new Float32Array(N * N);
      // Thick on the right, where columns are high.
      for (let v = 0; v < N; v++)
        for (let u = 0; u < N; u++)
          um[v * N + u] = Math.hypot(v - N / 2, u - N / 2) > 0.46 * N ? Number.NaN : u < N / 2 ? 0 : 12 * scan;
      return { rows: N, columns: N, um };
    },
  };
}

/** The cell in 3D from before, filling the picture. */
const front: Panel = {
  id: 'cell',
  kind: 'volume',
  rect: [0, 0, 1, 1],
  camera: [{ at: 0, value: { target: 'cell', azimuth: -90, elevation: 20, distance: 0.9 } }],
};

function board(panels: readonly Panel[], shot: Partial<Shot> = {}, more: Partial<Storyboard> = {}): Storyboard {
  const time = { kind: 'play', from: 'start', to: 'end' } as const;
  return {
    version: 1,
    size: [320, 240],
    fps: 10,
    shots: [{ seconds: 3, time, panels: [...panels], ...shot }],
    ...more,
  };
}

async function stage(storyboard: Storyboard, options: Partial<StageOptions> & { made?: Made } = {}): Promise<Stage> {
  const { made, ...rest } = options;
  const canvas = document.createElement('canvas');
  document.body.replaceChildren(canvas);
  return createStage(canvas, { storyboard, projects: [project(made)], samples: 2, waitS: 20, ...rest });
}

/** Bytes of a frame on a stage of its own, and how many pictures were averaged. */
async function frame(storyboard: Storyboard, number: number, options: Parameters<typeof stage>[1] = {}) {
  const made = await stage(storyboard, options);
  const { samples } = await made.draw(number);
  const pixels = made.pixels();
  const plan = made.frames.plan(number);
  made.dispose();
  return { pixels, samples, plan };
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Colour of a pixel. */
const at = (pixels: Uint8Array, x: number, y: number, width = 320): [number, number, number] => {
  const from = 3 * (Math.round(y) * width + Math.round(x));
  return [pixels[from]!, pixels[from + 1]!, pixels[from + 2]!];
};

/** Pixels of an area in which two pictures differ. */
function differing(
  a: Uint8Array,
  b: Uint8Array,
  area = { left: 0, top: 0, width: 320, height: 240 },
  most = 0,
): number {
  let count = 0;
  for (let y = area.top; y < area.top + area.height; y++)
    for (let x = area.left; x < area.left + area.width; x++) {
      const [p, q] = [at(a, x, y), at(b, x, y)];
      if (p.some((value, c) => Math.abs(value - q[c]!) > most)) count++;
    }
  return count;
}

/** The arrow or oval of a plan. */
function pinned({ shots }: FramePlan): { x: number; y: number } | null {
  const found = shots[0]!.plan.overlays.find(({ kind }) => kind === 'arrow' || kind === 'oval');
  return found && 'x' in found ? { x: found.x, y: found.y } : null;
}

export const lab = { N, UM, CRACK, project, front, board, stage, frame, hash, at, differing, pinned };

declare global {
  interface Window {
    movie: typeof lab;
  }
}
window.movie = lab;
