import { expect, test } from 'vitest';
import { graphicsSwitches } from './graphics.ts';

test('graphics are those of the settings, and software where there is no GPU', () => {
  const software = ['enable-unsafe-swiftshader', null];
  for (const kept of ['', 'null', '{', '{}', '{"settings":{}}', '{"settings":{"graphics":"default"}}'])
    expect(graphicsSwitches(kept)).toEqual([software]);
  expect(graphicsSwitches('{"settings":{"graphics":"vulkan"}}')).toEqual([software, ['use-angle', 'vulkan']]);
  expect(graphicsSwitches('{"settings":{"graphics":"software"}}')).toEqual([
    software,
    ['use-angle', 'swiftshader'],
    ['disable-accelerated-2d-canvas', null],
    ['disable-gpu-rasterization', null],
  ]);
  // What is no backend of ours does not become a switch.
  expect(graphicsSwitches('{"settings":{"graphics":"gl --no-sandbox"}}')).toEqual([software]);
});
