import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { PAGE_APART } from '../src/core/graphics.ts';

const ROOT = join(import.meta.dirname, '..');
/** The system's own Chromium where there is one, else Playwright's. */
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/**
 * The same specs of the app in Chromium and in Electron; in Electron they are skipped, by name, where its binary is missing.
 * Those of rendering drive a page of their own, in Chromium.
 */
export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: '**/*.spec.ts',
  globalSetup: join(import.meta.dirname, 'support', 'setup.ts'),
  outputDir: join(ROOT, 'build', 'e2e', 'output'),
  snapshotPathTemplate: '{testDir}/pictures/{arg}{ext}',
  fullyParallel: false,
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // What needs a second try is told at the end of the tests, never hidden.
  retries: 1,
  reporter: [['list'], ['json', { outputFile: join(ROOT, 'build', 'e2e', 'report.json') }]],
  use: {
    viewport: { width: 1440, height: 900 },
    // Of a first try it would cost every spec a tenth to a third of its time.
    trace: 'on-first-retry',
    launchOptions: {
      ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
      args: [
        '--no-sandbox',
        '--use-angle=swiftshader',
        '--enable-unsafe-swiftshader',
        ...PAGE_APART.map((name) => `--${name}`),
      ],
    },
  },
  projects: [{ name: 'chromium' }, { name: 'electron', testIgnore: ['**/render/**', '**/movie/**'] }],
});
