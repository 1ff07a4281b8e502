import { GpuBudget } from '../../src/renderer/viewer/budget.ts';
import { httpSource } from '../../src/renderer/viewer/http_source.ts';
import { type MemoryScan, memorySource } from '../../src/renderer/viewer/memory_source.ts';
import { createVolumeRenderer, rendererName } from '../../src/renderer/viewer/renderer.ts';
import { DEFAULT_DISPLAYS } from '../../src/renderer/viewer/view.ts';
import * as volumes from './volumes.ts';

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

const frames = (count: number) =>
  new Promise<void>((resolve) => {
    const next = (left: number) => (left === 0 ? resolve() : requestAnimationFrame(() => next(left - 1)));
    next(count);
  });

/** What the specs work with inside the page. */
export const lab = {
  canvas,
  frames,
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
