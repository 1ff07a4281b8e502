import { defineConfig } from '@playwright/test';

/** The pictures of the viewer, in Chromium drawing in software: `npx playwright test -c e2e/render`. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  timeout: 180_000,
  reporter: [['list']],
  outputDir: '../../build/render-results',
});
