const BACKENDS: Readonly<Record<string, string>> = {
  gl: 'gl',
  d3d11: 'd3d11',
  vulkan: 'vulkan',
  metal: 'metal',
  software: 'swiftshader',
};

/**
 * Asked for by name, the software passes for a GPU, and all of the page is drawn by it: the cell in 3D then waits for the page (half a second
 * at times), and slices were seen to lie over the ones before. What is drawn without it is drawn faster.
 */
export const PAGE_APART = ['disable-accelerated-2d-canvas', 'disable-gpu-rasterization'] as const;

/**
 * Switches of Chromium, as names and values, for the graphics that the app's kept settings (the text of `app.json`) ask for. Without a
 * GPU it draws in software, which Chromium holds back unless asked: pages from anywhere could abuse it, and this window shows none.
 */
export function graphicsSwitches(kept: string): [name: string, value: string | null][] {
  const backend = BACKENDS[chosen(kept)];
  return [
    ['enable-unsafe-swiftshader', null],
    ...(backend ? [['use-angle', backend] as [string, string]] : []),
    ...(backend === BACKENDS['software'] ? PAGE_APART.map((name) => [name, null] as [string, null]) : []),
  ];
}

function chosen(kept: string): string {
  try {
    const { settings } = JSON.parse(kept) as { settings?: { graphics?: unknown } };
    return String(settings?.graphics ?? 'default');
  } catch {
    return 'default';
  }
}
