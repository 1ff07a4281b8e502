import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Failure } from '../core/failure.ts';
import { sha256 } from './checksum.ts';
import { createProject } from './create_project.ts';
import { writeSeries } from './fixtures/series.ts';
import { Project } from './project.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-project-'));
  path = join(folder, 'cell.tomolapse');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const create = (count = 2) => createProject(path, async () => writeSeries(folder, count));
const provenance = {
  step: 's',
  version: 1,
  scan: 0,
  engine: 'e',
  software: '0',
  params: {},
  scans: {},
  needs: {},
  finishedAt: '',
  seconds: 0,
};

/** Opens, does something, closes. */
async function within<T>(writes: boolean, act: (project: Project) => T | Promise<T>): Promise<T> {
  const project = new Project(path, { command: 'test', writes });
  try {
    return await act(project);
  } finally {
    project.close();
  }
}

function filesBelow(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function failureOf(act: () => unknown): Promise<Failure> {
  try {
    await act();
  } catch (error) {
    return error as Failure;
  }
  throw new Error('it did not fail');
}

describe('a new project', () => {
  test('has the series it was made of', async () => {
    const made = await create();
    const series = await within(false, (project) => project.series());
    expect(series).toEqual(made);
    expect(series.voxelSizeUm).toEqual([2, 1.625, 1.625]);
    expect(series.scans[1]).toMatchObject({ index: 1, name: 'scan_1', timeH: 1, path: join(folder, 'scan_1.raw') });
    expect(series.cycling?.currentMa).toEqual([-1, 0, 1e-3]);
    expect(new Set(series.scans.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  test('is refused where something stands already', async () => {
    await create();
    const failure = await failureOf(create);
    expect(failure.code).toBe('input');
    expect(failure.message).toContain(`(${path}): it exists already`);
  });

  test('leaves nothing behind when it fails', async () => {
    writeSeries(folder);
    const before = filesBelow(folder);
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    path = join(folder, 'new', 'deep', 'cell.tomolapse');
    const failure = await failureOf(() =>
      createProject(path, async (objects) => {
        const draft = await objects.begin('0'.repeat(64));
        writeFileSync(join(draft.directory, 'half'), 'half');
        throw full;
      }),
    );
    expect(failure.code).toBe('resources');
    expect(failure.message).toBe(`Cannot create the project (${path}): the disk is full. Make room and run it again.`);
    expect(filesBelow(folder)).toEqual(before);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  test('leaves what others put into a folder that it made', async () => {
    path = join(folder, 'new', 'deep', 'cell.tomolapse');
    const others = join(folder, 'new', 'theirs');
    const made = createProject(path, async () => {
      writeFileSync(others, 'x');
      throw new Error('broken');
    });
    await expect(made).rejects.toThrow('broken');
    expect(readdirSync(join(folder, 'new'))).toEqual(['theirs']);
  });

  test('sweeps what a killed one left', async () => {
    const left = join(folder, '.cell.tomolapse.new-999999999');
    mkdirSync(left);
    await create();
    expect(existsSync(left)).toBe(false);
  });
});

describe('scans', () => {
  test('are found when the folder moves with them, when the project moves, and beside it', async () => {
    await create();
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    path = join(moved, 'cell.tomolapse');
    const first = async () => (await within(false, (project) => project.series())).scans[0]!.source.segments[0]!.path;
    expect(await first()).toBe(join(moved, 'scan_0.raw'));
    mkdirSync(join(moved, 'a', 'b'), { recursive: true });
    renameSync(path, join(moved, 'a', 'b', 'cell.tomolapse'));
    path = join(moved, 'a', 'b', 'cell.tomolapse');
    renameSync(join(moved, 'scan_0.raw'), join(moved, 'a', 'b', 'scan_0.raw'));
    expect(await first()).toBe(join(moved, 'a', 'b', 'scan_0.raw'));
    rmSync(moved, { recursive: true });
  });

  test('that are missing are named', async () => {
    await create();
    rmSync(join(folder, 'scan_1.raw'));
    const failure = await failureOf(() =>
      within(true, (project) => project.refreshScans(async ({ source }) => ({ source, originals: null }))),
    );
    expect(failure.code).toBe('input');
    expect(failure.path).toBe(join(folder, 'scan_1.raw'));
  });

  test('that are only touched stay the same; a changed voxel is noticed, once', async () => {
    const made = await create();
    const refresh = () =>
      within(true, (project) => project.refreshScans(async ({ source }) => ({ source, originals: null })));
    utimesSync(join(folder, 'scan_0.raw'), 1, 1);
    expect(await refresh()).toEqual([]);
    const { size } = statSync(join(folder, 'scan_1.raw'));
    writeFileSync(join(folder, 'scan_1.raw'), Buffer.alloc(size, 1).fill(2, 13, 14));
    expect(await refresh()).toEqual(['scan_1']);
    expect(await refresh()).toEqual([]);
    const { scans } = await within(false, (project) => project.series());
    expect(scans[0]!.fingerprint).toBe(made.scans[0]!.fingerprint);
    expect(scans[1]!.fingerprint).not.toBe(made.scans[1]!.fingerprint);
  });
});

test('a change of the recipe can be taken back and made again; a new change ends that', async () => {
  await create();
  await within(true, (project) => {
    project.setRecipe({ lvf: { clip: true } });
    project.setRecipe({ lvf: { clip: true } });
    project.setRecipe({ reference: 1 });
    project.setAreas(7, 3);
    expect(project.history().map(({ command }) => command)).toEqual(['set-recipe', 'set-recipe', 'set-areas']);
    expect(project.reach()).toEqual({ canUndo: true, canRedo: false });
    expect(project.undo()).toBe(true);
    expect(project.reach()).toEqual({ canUndo: true, canRedo: true });
    expect(project.series().workingAreaMm2).toBe(7.07);
    expect(project.undo()).toBe(true);
    expect(project.recipe()).toEqual({ lvf: { clip: true } });
    expect(project.redo()).toBe(true);
    expect(project.recipe()).toEqual({ reference: 1 });
    project.undo();
    project.setRecipe({ cell: 'symmetric' });
    expect(project.redo()).toBe(false);
  });
  await within(false, (project) => {
    expect(project.recipe()).toEqual({ cell: 'symmetric' });
    expect(project.history()).toHaveLength(2);
  });
});

test('storyboards and figures are kept by name, and their changes taken back like any other', async () => {
  await create();
  const board = { version: 1, shots: [] };
  await within(true, (project) => {
    project.setStoryboards({ paper: board });
    project.setStoryboards({ paper: { ...board } });
    project.setStoryboards({ paper: null, talk: { ...board, title: 'Cu' } });
    project.setFigures({ four: { version: 1 } });
    expect(project.history().map(({ command }) => command)).toEqual([
      'set-storyboards',
      'set-storyboards',
      'set-figures',
    ]);
    expect(Object.keys(project.storyboards())).toEqual(['talk']);
    project.undo();
    expect(project.figures()).toEqual({});
    project.undo();
    expect(project.storyboards()).toEqual({ paper: board });
    project.redo();
  });
  await within(false, async (project) => {
    expect(project.storyboards()).toEqual({ talk: { ...board, title: 'Cu' } });
    expect((await project.verify()).damage).toEqual([]);
  });
});

test('an export that has not ended is known when the project is opened again', async () => {
  await create();
  await within(true, (project) => {
    project.beginExport('b', { file: 'one.mp4' });
    project.beginExport('a', { file: 'two.mp4' });
    project.endExport('b');
  });
  await within(true, async (project) => {
    expect(project.exports()).toEqual([{ id: 'a', request: { file: 'two.mp4' } }]);
    expect(project.reach().canUndo).toBe(false);
    expect((await project.verify()).damage).toEqual([]);
  });
});

test('how the window was left is kept with the project, and no change of it', async () => {
  await create();
  await within(true, (project) => {
    expect(project.workspace()).toBeNull();
    project.setWorkspace({ panels: ['3D'] });
    expect(project.reach()).toEqual({ canUndo: false, canRedo: false });
  });
  await within(false, async (project) => {
    expect(project.workspace()).toEqual({ panels: ['3D'] });
    expect((await project.verify()).damage).toEqual([]);
  });
});

describe('a project that is open elsewhere', () => {
  let other: ChildProcess;
  afterEach(() => other.kill('SIGKILL'));

  async function openElsewhere(): Promise<void> {
    const code = `
      import { Project } from ${JSON.stringify(new URL('./project.ts', import.meta.url).href)};
      new Project(process.argv[1], { command: 'run', writes: true });
      console.log('open');
      setInterval(() => {}, 1000);`;
    other = spawn(process.execPath, ['--input-type=module', '-e', code, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => other.stdout!.once('data', resolve));
  }

  test('is refused with its holder named, for reading and for writing', async () => {
    await create();
    await openElsewhere();
    for (const writes of [false, true]) {
      const failure = await failureOf(() => within(writes, () => undefined));
      expect(failure.code).toBe('busy');
      expect(failure.message).toContain(`"tomolapse run" (process ${other.pid} on `);
    }
  });

  test('is free again once the holder is killed, with everything it had done', async () => {
    await create();
    await within(true, (project) => project.setRecipe({ reference: 1 }));
    await openElsewhere();
    const gone = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await gone;
    expect(await within(false, (project) => project.recipe())).toEqual({ reference: 1 });
    expect((await within(true, (project) => project.verify())).damage).toEqual([]);
  });
});

describe('what cannot be opened is named', () => {
  const without = (name: string, text?: string) => {
    for (const gone of ['project.db.copy', name]) rmSync(join(path, gone));
    if (text !== undefined) writeFileSync(join(path, 'project.db'), text);
  };
  const cases: [string, () => void, string][] = [
    ['no folder', () => rmSync(path, { recursive: true }), 'there is no such folder'],
    ['no database', () => without('project.db'), 'there is no project.db in it'],
    ['an empty database', () => without('project.db.sha256', ''), 'not the database of a Tomolapse project'],
    ['another file', () => without('project.db.sha256', 'x'.repeat(5000)), 'the database is damaged'],
  ];
  test.each(cases)('%s', async (_, spoil, why) => {
    await create();
    spoil();
    const failure = await failureOf(() => within(true, () => undefined));
    expect(failure.code).toBe('input');
    expect(failure.message).toContain(why);
  });
});

describe('a damaged database', () => {
  const database = () => join(path, 'project.db');
  const flip = (file: string, at: number) => {
    const bytes = readFileSync(file);
    bytes[at]! ^= 1 << (at % 8);
    writeFileSync(file, bytes);
  };

  test('is put right from its copy, whichever bit it is, for reading and for writing', async () => {
    await create();
    await within(true, (project) => project.setRecipe({ reference: 1 }));
    const whole = readFileSync(database());
    const places = [...Array(24).keys(), ...Array.from({ length: 40 }, (_, i) => Math.floor((i / 40) * whole.length))];
    for (const [i, at] of places.entries()) {
      flip(database(), at);
      const writes = i % 2 === 0;
      expect([at, await within(writes, (project) => project.recipe())]).toEqual([at, { reference: 1 }]);
      expect(readFileSync(database()).equals(whole)).toBe(true);
    }
    expect(await within(false, async (project) => (await project.verify()).damage)).toEqual([]);
  });

  test('that is empty, another file or gone comes back from its copy', async () => {
    await create();
    const whole = readFileSync(database());
    for (const text of ['', 'x'.repeat(5000), null]) {
      if (text === null) rmSync(database());
      else writeFileSync(database(), text);
      expect(await within(true, (project) => project.series().scans)).toHaveLength(2);
      expect(readFileSync(database()).length).toBe(whole.length);
    }
  });

  test('whose copy or seal is damaged is opened as it is, and has whole ones again', async () => {
    await create();
    for (const name of ['project.db.copy', 'project.db.sha256']) {
      flip(join(path, name), 40);
      const access = { command: 'verify', writes: false, evenDamaged: true };
      const project = new Project(path, access);
      expect((await project.verify()).damage.map((found) => relative(path, found.path))).toEqual([name]);
      project.close();
      await within(true, () => undefined);
      expect(await within(false, async (opened) => (await opened.verify()).damage)).toEqual([]);
    }
  });

  test('that cannot be put right is refused, and says where it lies as it was', async () => {
    await create();
    rmSync(join(path, 'project.db.sha256'));
    flip(database(), readFileSync(database()).indexOf('scan_1.raw'));
    for (const writes of [true, false]) {
      const failure = await failureOf(() => within(writes, () => undefined));
      expect(failure.code).toBe('input');
      expect(failure.message).toMatch(
        /row \d of table scan\w* does not match its checksum\. As it was on 20.* project\.db\.copy/,
      );
    }
  });
});

test('a change can be taken back after the program was killed', async () => {
  await create();
  await within(true, (project) => project.setRecipe({ reference: 1 }));
  const code = `
    import { Project } from ${JSON.stringify(new URL('./project.ts', import.meta.url).href)};
    const project = new Project(process.argv[1], { command: 'run', writes: true });
    project.setRecipe({ cell: 'symmetric' });
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, path], { stdio: 'inherit' });
  await new Promise((resolve) => child.once('exit', resolve));
  await within(true, (project) => {
    expect(project.recipe()).toEqual({ cell: 'symmetric' });
    project.undo();
    expect(project.recipe()).toEqual({ reference: 1 });
    project.undo();
    expect(project.recipe()).toEqual({});
    project.redo();
    project.redo();
    expect(project.recipe()).toEqual({ cell: 'symmetric' });
  });
});

describe('verify', () => {
  test('finds a change of any stored byte, a missing file and one too many', async () => {
    await create();
    const key = sha256('key');
    await within(true, async (project) => {
      const draft = await project.objects.begin(key);
      mkdirSync(join(draft.directory, 'map'));
      writeFileSync(join(draft.directory, 'map', 'values'), Buffer.alloc(300, 7));
      await project.objects.commit(draft, { a: 1 }, provenance);
      project.setRecipe({ reference: 1 });
      project.setPlannedResults([{ step: 's', scan: 0, key, done: true }]);
    });
    const damage = async () => {
      try {
        const project = new Project(path, { command: 'verify', writes: false, evenDamaged: true });
        const { damage } = await project.verify().finally(() => project.close());
        return damage.map((found) => relative(path, found.path));
      } catch (error) {
        return [`refused: ${(error as Failure).code}`];
      }
    };
    expect(await damage()).toEqual([]);

    for (const file of filesBelow(path)) {
      const bytes = readFileSync(file);
      const name = relative(path, file);
      const step = Math.max(1, Math.floor(bytes.length / 48));
      for (let at = 0; at < bytes.length; at += step) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << (at % 8);
        writeFileSync(file, flipped);
        const found = await damage();
        expect([name, at, found.length > 0 && !found.includes('refused: internal')]).toEqual([name, at, true]);
        for (const left of ['-wal', '-journal', '-shm']) rmSync(join(path, `project.db${left}`), { force: true });
      }
      writeFileSync(file, bytes.subarray(0, -1));
      expect([name, 'cut', (await damage()).length > 0]).toEqual([name, 'cut', true]);
      writeFileSync(file, Buffer.concat([bytes, Buffer.from('x')]));
      expect([name, 'longer', (await damage()).length > 0]).toEqual([name, 'longer', true]);
      writeFileSync(file, bytes);
    }
    expect(await damage()).toEqual([]);

    const object = join('objects', key.slice(0, 2), key);
    writeFileSync(join(path, object, 'more'), '');
    expect(await damage()).toEqual([join(object, 'more')]);
    rmSync(join(path, object), { recursive: true });
    expect(await damage()).toEqual([object]);
  });

  test('lets pass what a killed program had begun to write of the database; the next that writes takes it away', async () => {
    await create();
    const begun = ['holder.json.new', 'project.db.copy.new', 'project.db.sha256.new'];
    for (const name of begun) writeFileSync(join(path, name), 'half');
    writeFileSync(join(path, 'mine.new'), 'x');
    const strangers = () =>
      within(false, async (project) => (await project.verify()).damage.map((found) => found.path));
    expect(await strangers()).toEqual([join(path, 'mine.new')]);
    await within(true, () => undefined);
    expect(readdirSync(path).filter((name) => name.endsWith('.new'))).toEqual(['mine.new']);
  });

  test('finds a changed row also where the project was not closed in order', async () => {
    await create();
    await within(true, (project) => project.setRecipe({ reference: 1 }));
    rmSync(join(path, 'project.db.sha256'));
    const bytes = readFileSync(join(path, 'project.db'));
    const at = bytes.indexOf('{"reference":1}');
    bytes[at + 13] = '2'.charCodeAt(0);
    writeFileSync(join(path, 'project.db'), bytes);
    const project = new Project(path, { command: 'verify', writes: false, evenDamaged: true });
    const { damage } = await project.verify().finally(() => project.close());
    expect(damage.map(({ why }) => why)).toContainEqual(
      expect.stringMatching(/row 1 of table (recipe|history) does not match/),
    );
  });
});
