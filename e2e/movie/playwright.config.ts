import { defineConfig } from '@playwright/test';

/** Frames of movies, in Chromium drawing in software: `npx playwright test -c e2e/movie`. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  timeout: 180_000,
  reporter: [['list']],
  outputDir: '../../build/movie-results',
});
