import { resolve } from 'node:path';
import { defineConfig } from 'electron-vite';

const source = (path: string) => resolve(import.meta.dirname, 'src', path);

/** Main and preload of the desktop app; its window is the one of `vite.renderer.config.ts`, which the host serves. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      lib: { entry: source('main/main.ts'), formats: ['es'] },
    },
  },
  // A sandboxed preload must be CommonJS.
  preload: {
    build: {
      outDir: 'out/preload',
      lib: { entry: source('preload/preload.ts'), formats: ['cjs'], fileName: () => 'preload.cjs' },
    },
  },
});
