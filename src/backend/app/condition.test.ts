import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Project } from '../../store/project.ts';
import { type App, createApp } from './app.ts';
import { writeProject } from './fixtures/project.ts';
import { Window } from './fixtures/window.ts';

const STEPS = new URL('../jobs/fixtures/steps.ts', import.meta.url).href;

let folder: string;
let app: App;
let window: Window;
beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-condition-')));
  process.env['STEPS_LOG'] = join(folder, 'steps.log');
  app = await createApp({
    config: join(folder, 'config'),
    roots: [folder],
    renderer: folder,
    threads: 1,
    registry: STEPS,
  });
  window = new Window(app);
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a project whose folder cannot be written', () => {
  const disk = () => join(folder, 'disk');
  const mount = (...options: string[]) => spawnSync('mount', [...options, disk()]).status === 0;
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;

  test.skipIf(!asRoot)('is shown, and every change of it refused by name', async ({ skip }) => {
    mkdirSync(disk());
    if (!mount('-t', 'tmpfs', '-o', 'size=16m', 'tmpfs')) skip('no disk can be mounted here');
    try {
      const path = await writeProject(disk(), true);
      expect(mount('-o', 'remount,ro')).toBe(true);
      const project = await window.call('open', { path });
      expect(project).toMatchObject({ readOnly: true, canUndo: false });
      expect(project.scans.map(({ layers, damaged }) => [layers, damaged])).toEqual([
        [['grey'], false],
        [['grey', 'lvf', 'phases'], false],
      ]);
      expect((await window.call('pick', { scan: 1, voxel: [1, 1, 1] })).lvf).not.toBeNull();
      const refused = [422, expect.stringMatching(/cell\.tomolapse\): it can only be read\. Copy it to/)];
      expect(await window.fail('setRecipe', { recipe: { reference: 1 } })).toEqual(refused);
      expect(await window.fail('setFigures', { changes: { four: { version: 1 } } })).toEqual(refused);
      expect(await window.fail('undo', {})).toEqual(refused);
      expect((await window.call('state', {})).project?.recipe).toEqual({});
      // How the window is left stays as long as it is open.
      await window.call('setWorkspace', { state: { panels: 1 } });
      expect(await window.call('workspace', {})).toEqual({ state: { panels: 1 } });
      await window.call('run', { until: null });
      await window.events((events) =>
        events.some(
          (event) => event.kind === 'job' && event.job.state === 'failed' && /only be read/.test(event.job.message!),
        ),
      );
      await window.call('close', {});
    } finally {
      // Voxels are mapped until they are collected.
      spawnSync('umount', ['-l', disk()]);
    }
  });
});

describe('damaged results', () => {
  const opened = async () => {
    const path = await writeProject(folder, true);
    return { path, objects: join(path, 'objects') };
  };
  const damaged = async () => (await window.call('state', {})).project!.scans.map((scan) => scan.damaged);
  const resultOf = (path: string, step: string, scan: number) => {
    const project = new Project(path, { command: 'test', writes: false });
    const { key } = project.plannedResults().find((result) => result.step === step && result.scan === scan)!;
    project.close();
    return project.objects.directoryOf(key);
  };

  test('are told by scan; the numbers and layers of the others are shown', async () => {
    const { path } = await opened();
    writeFileSync(join(resultOf(path, 'lvf', 1), 'result.json'), '{"volume":"lvf.zarr"}');
    await window.call('open', { path });
    expect(await damaged()).toEqual([false, true]);
    const { project } = await window.call('state', {});
    expect(project!.scans[1]!.layers).toEqual(['grey', 'phases']);
    expect((await window.call('results', {})) as object).toHaveProperty('scans');
  });

  test('that verify found, or that are gone, are told too', async () => {
    const { path } = await opened();
    const kept = join(folder, 'kept');
    const phases = resultOf(path, 'phases', 1);
    const stray = join(phases, 'phases.zarr', 'zarr.json');
    writeFileSync(stray, '{}');
    await window.call('open', { path });
    expect(await damaged()).toEqual([false, false]);
    await window.post('/api/held/verify', JSON.stringify({ path }));
    await window.call('close', {});
    await window.call('open', { path });
    expect(await damaged()).toEqual([false, true]);
    await window.call('close', {});

    const registered = resultOf(path, 'register', 0);
    cpSync(registered, kept, { recursive: true });
    rmSync(registered, { recursive: true });
    await window.call('open', { path });
    expect(await damaged()).toEqual([true, true]);
  });
});
