import { resolve } from 'node:path';
import { defineConfig } from 'electron-vite';
import { renderer } from './vite.renderer.config.ts';

const source = (path: string) => resolve(import.meta.dirname, 'src', path);

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
  renderer: {
    ...renderer,
    build: { ...renderer.build, rollupOptions: { input: source('renderer/index.html') } },
  },
});
