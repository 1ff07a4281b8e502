/**
 * What each folder of `src` may import: other folders, packages, and whether Node's own modules. Closed: a folder that
 * is not listed fails `layers.test.ts`, which is where this table is checked. Tests and their fixtures may import
 * `testPackages`, `testFolders` and Node besides.
 */
export interface Layer {
  folders: readonly string[];
  packages: readonly string[];
  node: boolean;
}

const files = ['core', 'engine', 'formats', 'store'] as const;

export const layers: Record<string, Layer> = {
  core: { folders: [], packages: [], node: false },
  contract: { folders: ['core'], packages: ['zod'], node: false },
  log: { folders: ['core'], packages: [], node: true },
  engine: { folders: ['core'], packages: [], node: true },
  formats: { folders: ['core', 'engine'], packages: [], node: true },
  phantom: { folders: ['core', 'engine', 'formats'], packages: [], node: true },
  store: { folders: ['core', 'engine'], packages: ['better-sqlite3'], node: true },
  analysis: { folders: [...files], packages: [], node: true },
  'backend/jobs': { folders: [...files, 'log', 'contract', 'analysis'], packages: [], node: true },
  'backend/project': {
    folders: [...files, 'log', 'contract', 'analysis', 'phantom', 'backend/jobs'],
    packages: [],
    node: true,
  },
  'backend/media': {
    folders: [...files, 'contract', 'analysis', 'backend/project'],
    packages: ['echarts', '@resvg/resvg-wasm', 'pdfkit', 'subset-font'],
    node: true,
  },
  'backend/app': {
    folders: [...files, 'log', 'contract', 'analysis', 'backend/jobs', 'backend/project', 'backend/media'],
    packages: ['hono', 'zod'],
    node: true,
  },
  host: {
    folders: ['core', 'log', 'contract', 'backend/app'],
    packages: ['@hono/node-server', 'zod'],
    node: true,
  },
  cli: {
    folders: [
      ...files,
      'log',
      'contract',
      'analysis',
      'phantom',
      'backend/jobs',
      'backend/media',
      'backend/project',
      'backend/app',
      'host',
    ],
    packages: [],
    node: true,
  },
  preload: { folders: ['core', 'contract'], packages: ['electron'], node: false },
  main: { folders: ['core', 'log', 'contract', 'preload'], packages: ['electron'], node: true },
  'renderer/viewer': {
    folders: ['core', 'contract'],
    packages: ['@react-three/fiber', 'react', 'three'],
    node: false,
  },
  'renderer/stage': {
    folders: ['core', 'contract', 'renderer/viewer'],
    packages: ['@fontsource-variable/inter', 'echarts'],
    node: false,
  },
  renderer: {
    folders: ['core', 'contract', 'renderer/viewer', 'renderer/stage'],
    packages: [
      '@fontsource-variable/inter',
      '@tanstack/react-table',
      'cmdk',
      'dockview-react',
      'echarts',
      'lucide-react',
      'radix-ui',
      'react',
      'react-dom',
      'zod',
      'zustand',
    ],
    node: false,
  },
};

/** Packages for tests alone; zarrita reads back what the store writes. */
export const testPackages: readonly string[] = ['vitest', 'zarrita'];

/** Folders that tests anywhere may use besides: synthetic cells. */
export const testFolders: readonly string[] = ['phantom'];
