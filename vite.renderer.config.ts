import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';

/** The window's own part: what a browser and Electron load alike. Built alone by `npm run build:app`. */
export const renderer: UserConfig = {
  root: resolve(import.meta.dirname, 'src/renderer'),
  base: '/',
  plugins: [react()],
  build: {
    outDir: resolve(import.meta.dirname, 'out/renderer'),
    emptyOutDir: true,
    target: 'es2023',
    rolldownOptions: {
      input: ['index.html', 'stage.html'].map((page) => resolve(import.meta.dirname, 'src/renderer', page)),
    },
    // The content policy allows no inline data for scripts; fonts and pictures stay files too.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
  },
};

export default renderer;
