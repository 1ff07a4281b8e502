import { createElement, type FunctionComponent } from 'react';
import { createRoot } from 'react-dom/client';
import type { AxisName } from '../../src/core/geometry.ts';
import { GpuBudget } from '../../src/renderer/viewer/budget.ts';
import { along, turned } from '../../src/renderer/viewer/camera.ts';
import { httpSource } from '../../src/renderer/viewer/http_source.ts';
import { type MemoryScan, memorySource } from '../../src/renderer/viewer/memory_source.ts';
import {
  createVolumeRenderer,
  type RendererOptions,
  rendererName,
  type VolumeRenderer,
} from '../../src/renderer/viewer/renderer.ts';
import { SliceView } from '../../src/renderer/viewer/slice_view.tsx';
import type { LayerName } from '../../src/renderer/viewer/source.ts';
import { DEFAULT_DISPLAYS, type LayerDisplays } from '../../src/renderer/viewer/view.ts';
import { VolumeView } from '../../src/renderer/viewer/volume_view.tsx';
import * as volumes from './volumes.ts';

/** What `picture` made since the last `clear`. */
const drawing: { renderer: VolumeRenderer; canvas: HTMLCanvasElement }[] = [];

/** Gives back what pictures hold: a page has few contexts. */
function clear(): void {
  for (const { renderer, canvas } of drawing.splice(0)) {
    renderer.dispose();
    canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

/** A canvas on the page, of the given size in device pixels. */
function canvas(width: number, height = width): HTMLCanvasElement {
  const made = document.createElement('canvas');
  made.width = width;
  made.height = height;
  made.style.width = `${width}px`;
  made.style.height = `${height}px`;
  document.querySelector('#root')!.replaceChildren(made);
  return made;
}

interface PictureOptions extends Partial<RendererOptions> {
  electrolyte?: boolean;
  layers?: LayerDisplays;
  scans?: number[];
  /** Drawn after this many turns, whether or not all is there. */
  partly?: number;
  /** Looked at along an axis. */
  along?: AxisName;
  size?: number;
}

/** One picture of a scan, 256 × 256 unless told otherwise, and what made it. */
async function picture(scan: MemoryScan, options: PictureOptions = {}) {
  const {
    electrolyte = true,
    layers = structuredClone(DEFAULT_DISPLAYS),
    scans = [0],
    partly,
    size = 256,
    ...rest
  } = options;
  if (!electrolyte) layers.phases.electrolyte.visible = false;
  const made = canvas(size);
  const there = Object.keys(scan) as LayerName[];
  const renderer = createVolumeRenderer(made, {
    source: memorySource(new Map([[0, scan]])),
    voxelSizeUm: [2, 2, 2],
    loop: false,
    accumulate: 1,
    refineAfterMs: 0,
    uploadMs: 1000,
    budget: new GpuBudget(256 * 2 ** 20),
    onError: (error) => console.error(error.message),
    ...rest,
    view: { scans: scans.map((index) => ({ index, layers: there })), scan: scans[0]!, layers },
  });
  drawing.push({ renderer, canvas: made });
  if (partly === undefined) await renderer.prepared();
  else await Promise.race([renderer.prepared(), new Promise((resolve) => setTimeout(resolve, 100 * partly))]);
  if (options.along) {
    renderer.set({ camera: along(renderer.view.camera!, options.along, 'high') });
    await renderer.prepared();
  }
  renderer.draw();
  return { renderer, canvas: made, bytes: renderer.read(), figures: renderer.figures() };
}

/** Pixels in which two pictures differ by more than `most` in a channel. */
function differing(a: Uint8Array, b: Uint8Array, most: number): number {
  let count = 0;
  for (let i = 0; i < a.length; i += 4) if ([0, 1, 2].some((c) => Math.abs(a[i + c]! - b[i + c]!) > most)) count++;
  return count;
}

/** The largest difference of two pictures. */
function worst(a: Uint8Array, b: Uint8Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}

/** How many colours a picture has. */
function colours(bytes: Uint8Array): number {
  return new Set(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)).size;
}

const frames = (count: number) =>
  new Promise<void>((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : requestAnimationFrame(() => next(left - 1)));
    next(count);
  });

/** Mounts a view of the viewer into the page, of the given size in CSS pixels; returns what renders it again. */
function mount<P extends object>(view: FunctionComponent<P>, props: P, width = 400, height = 300): (props: P) => void {
  const place = document.createElement('div');
  place.style.cssText = `width: ${width}px; height: ${height}px`;
  document.querySelector('#root')!.replaceChildren(place);
  const root = createRoot(place);
  const render = (now: P) => root.render(createElement(view, now));
  render(props);
  return render;
}

/** What the specs work with inside the page. */
export const lab = {
  canvas,
  clear,
  frames,
  turned,
  picture,
  mount,
  SliceView,
  VolumeView,
  differing,
  worst,
  colours,
  createVolumeRenderer,
  rendererName,
  memorySource: (scans: Record<number, MemoryScan>, options?: Parameters<typeof memorySource>[1]) =>
    memorySource(new Map(Object.entries(scans).map(([index, scan]) => [Number(index), scan])), options),
  httpSource,
  GpuBudget,
  DEFAULT_DISPLAYS,
  ...volumes,
};

declare global {
  interface Window {
    lab: typeof lab;
  }
}
window.lab = lab;
