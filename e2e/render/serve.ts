import { realpathSync } from 'node:fs';
import { type Browser, chromium, type Page } from '@playwright/test';
import { createServer, type ViteDevServer } from 'vite';
import { PAGE_APART } from '../../src/core/graphics.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

/** A page of the specs and benches, served by vite from the sources as they are. */
export async function serveLab(page = 'e2e/render/index.html'): Promise<{ server: ViteDevServer; address: string }> {
  const server = await createServer({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    cacheDir: 'build/vite-lab',
    oxc: { jsx: { runtime: 'automatic' } },
    optimizeDeps: {
      include: [
        'three',
        '@react-three/fiber',
        'three/addons/lines/LineSegments2.js',
        'three/addons/lines/LineMaterial.js',
        'three/addons/lines/LineSegmentsGeometry.js',
        'react',
        'react-dom/client',
        'react/jsx-dev-runtime',
        'zod',
        'echarts/charts',
        'echarts/components',
        'echarts/core',
        'echarts/renderers',
      ],
    },
    server: {
      host: '127.0.0.1',
      port: 0,
      watch: null,
      hmr: false,
      // Fonts lie in the packages, which may be linked.
      fs: { allow: [ROOT, realpathSync(`${ROOT}node_modules`)] },
    },
  });
  await server.listen();
  return { server, address: `${server.resolvedUrls!.local[0]}${page}` };
}

/** Chromium of the system, drawing in software. */
export function softwareBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--ignore-gpu-blocklist',
      ...PAGE_APART.map((name) => `--${name}`),
    ],
  });
}

/** The page, ready, and the words that its console complained with. */
export async function openLab(browser: Browser, address: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1024, height: 768 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address);
  await page.waitForFunction(() => 'lab' in window);
  return { page, complaints };
}
