import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorSchema } from '../contract/errors.ts';
import { resultsSchema } from '../contract/results.ts';
import { useSmallDisk } from './fixtures/small_disk.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const WITH_SMALL_STEPS = fileURLToPath(new URL('./fixtures/program.ts', import.meta.url));
const NO_NETWORK = new URL('./fixtures/no_network.ts', import.meta.url).href;
const SHAPE = ['--shape', '4x5x6', '--type', 'uint16', '--voxel-size', '1.625um'];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-cli-'));
});
/** Where the program writes down what happened. */
const state = () => `${folder}-state`;
afterEach(() => {
  for (const made of [folder, state()]) rmSync(made, { recursive: true, force: true });
});

const environment = () => ({
  ...process.env,
  XDG_STATE_HOME: state(),
  NODE_OPTIONS: `--import ${NO_NETWORK}`,
  STEPS_LOG: join(folder, 'log.txt'),
  NO_COLOR: '1',
});

function tomolapse(args: string[], script = WITH_SMALL_STEPS) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: environment(),
  });
  return { status, stdout, stderr };
}

/** Runs until a line on stderr contains `text`. */
async function untilSaid(args: string[], text: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [WITH_SMALL_STEPS, ...args], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (part: Buffer) => {
      said += part;
      if (said.includes(text)) resolve();
    });
    child.once('exit', () => reject(new Error(`it ended before it said "${text}": ${said}`)));
  });
  return child;
}

const ended = (child: ChildProcess) =>
  new Promise<number | string | null>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));

function writeScans(count = 3, into = folder): string[] {
  mkdirSync(into, { recursive: true });
  return Array.from({ length: count }, (_, i) => {
    const path = join(into, `scan_${i + 8}.raw`);
    writeFileSync(path, Buffer.alloc(240, i + 1));
    return path;
  });
}

const created = (...more: string[]) =>
  tomolapse(['create', 'cell.tomolapse', '--scans', ...writeScans(), ...SHAPE, ...more]);

/** What a failure looks like: one line on stderr, and with --json one document on stdout. */
function expectFailure(args: string[], status: number, line: RegExp | string): void {
  const plain = tomolapse(args);
  expect(plain.status).toBe(status);
  const errors = plain.stderr.split('\n').filter((each) => each.startsWith('error: '));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(line);
  expect(plain.stderr).not.toMatch(/\n\s+at /);
  expect(plain.stdout).toBe('');
  const json = tomolapse([...args, '--json']);
  expect(json.status).toBe(status);
  const { error } = errorSchema.parse(JSON.parse(json.stdout));
  expect(`error: ${error.message}`).toMatch(line);
}

describe('the program', () => {
  test('tells its version and its commands, and what each of them takes', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(tomolapse(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    const { stdout } = tomolapse(['--help']);
    for (const name of ['create', 'run', 'results', 'verify', 'info', 'doctor']) {
      expect(stdout).toContain(`\n  ${name} `);
      expect(tomolapse([name, '--help']).stdout).toContain(`tomolapse ${name}`);
    }
    expect(stdout).not.toContain('run-step');
  });

  test.each([
    [[], 'no command is given'],
    [['creat'], 'there is no command creat. Did you mean create\\?'],
    [['--versoin'], 'there is no option --versoin'],
    [['run', 'p', '--thread', '2'], 'there is no option --thread. Did you mean --threads\\?'],
    [['run'], 'PROJECT is missing'],
    [['run', 'a', 'b'], '"b" is too much'],
    [['run', 'p', '--threads'], '--threads needs a value'],
    [['run', 'p', '--executor', 'cloud'], 'Choose one of: local'],
    [['create', 'p', '--scans'], '--scans needs a value'],
    [['create', 'p', '--scans', 'a', '--interval', '30'], '"30" is not a positive number with a unit'],
    [['create', 'p', '--scans', 'a', '--voxel-size', '1x2um'], 'Write it like'],
  ])('refuses %j with exit code 2', (args, line) => {
    expectFailure(args, 2, new RegExp(`^error: .*${line}`));
  });

  test.skipIf(!existsSync('/dev/full'))('ends with 5 where its answer cannot be written', () => {
    const line = `"${process.execPath}" "${MAIN}" --help >/dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      5,
      'error: Cannot write the answer: the disk is full. Make room and run it again.\n',
    ]);
  });

  test('ends as ever where nobody reads its messages any more', async () => {
    const child = spawn(process.execPath, [MAIN, 'creat'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.destroy();
    const status = await new Promise((resolve) => child.on('exit', resolve));
    expect(status).toBe(2);
  });

  test('writes its whole answer to a reader that is slow', () => {
    const line = `"${process.execPath}" "${MAIN}" phantom --help --json | (sleep 0.3; cat)`;
    const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8', cwd: folder });
    expect(JSON.parse(stdout).name).toBe('phantom');
  });

  test('shows a stack only with --debug', () => {
    expect(tomolapse(['run', 'none', '--debug']).stderr).toMatch(/^error: .*\nFailure: .*\n\s+at /);
  });
});

describe('create', () => {
  test('makes a project in natural order with times, from any folder', () => {
    const { status, stdout, stderr } = created('--interval', '30min', '--json');
    expect([status, stderr.includes('\x1b')]).toEqual([0, false]);
    const document = JSON.parse(stdout);
    expect(document.scans.map(({ name, timeH }: { name: string; timeH: number }) => [name, timeH])).toEqual([
      ['scan_8', 0],
      ['scan_9', 0.5],
      ['scan_10', 1],
    ]);
    expect(document.voxelSizeUm).toEqual([1.625, 1.625, 1.625]);
  });

  test('takes a folder of scans, tables beside them left alone', () => {
    writeScans(3, join(folder, 'scans'));
    writeFileSync(join(folder, 'scans', 'notes.txt'), 'x');
    const { stdout } = tomolapse(['create', 'p', '--scans', 'scans', ...SHAPE, '--json']);
    expect(JSON.parse(stdout).scans).toHaveLength(3);
  });

  const cut = (scans: string[], bytes: number) => {
    truncateSync(scans[1]!, bytes);
    return scans;
  };
  const written = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, 'latin1');
    return [name];
  };
  const PNG = '\u0089PNG\r\n\u001a\n';
  const slice = (name: string, bytes: number) => {
    writeFileSync(join(folder, name), Buffer.alloc(bytes, 1));
    return [name];
  };
  const faults: [string, (scans: string[]) => string[], RegExp][] = [
    ['a missing scan', () => ['none.raw'], /none\.raw\): there is no such file or folder/],
    ['an empty scan', (scans) => cut(scans, 0), /scan_9\.raw\): it is empty/],
    ['a truncated scan', (scans) => cut(scans, 100), /scan_9\.raw\): .*100 bytes/],
    [
      'a folder without volumes',
      () => [mkdirSync(join(folder, 'e'), { recursive: true })!],
      /\(.*e\): there is no volume in the folder/,
    ],
    [
      'something else under the name of an image',
      () => written('a.tif', 'hello '.repeat(99)),
      /a\.tif\): it is named like/,
    ],
    ['a picture under the name of a TIFF', () => written('a.tif', PNG), /named like a TIFF.* content is a PNG picture/],
    ['a single slice', () => slice('a_6x5x1_u8.raw', 30), /a_6x5x1_u8\.raw\): it is one slice/],
  ];
  test.each(faults)('refuses %s and leaves nothing behind', (_, spoil, line) => {
    const scans = spoil(writeScans());
    const before = readdirSync(folder).sort();
    const shape = /\.tif$|_u8/.test(scans[0]!) ? ['--voxel-size', '1um'] : SHAPE;
    expectFailure(['create', 'deep/cell.tomolapse', '--scans', ...scans, ...shape], 3, line);
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  test('puts scans in order of their times, on the clock of the log', () => {
    writeFileSync(
      join(folder, 'times.csv'),
      'file,start,end\nscan_10.raw,2024-05-01T10:00,2024-05-01T10:30\nscan_8,2024-05-01T12:00,2024-05-01T12:30\nscan_9.raw,2024-05-01T11:00,2024-05-01T11:30\nscan_1.raw,2024-05-01T08:00,2024-05-01T08:30\n',
    );
    writeFileSync(
      join(folder, 'log.csv'),
      'date,voltage_V,current_mA\n2024-05-01 09:00:00,0.1,1\n2024-05-01 13:00:00,0.1,1\n',
    );
    const tables = ['--times', 'times.csv', '--cycling', 'log.csv', '--plating-sign', 'positive'];
    const { stdout, stderr } = created(...tables, '--json');
    expect(
      JSON.parse(stdout).scans.map(({ name, startH, timeH, endH }: Record<string, unknown>) => [
        name,
        startH,
        timeH,
        endH,
      ]),
    ).toEqual([
      ['scan_10', 1, 1.25, 1.5],
      ['scan_9', 2, 2.25, 2.5],
      ['scan_8', 3, 3.25, 3.5],
    ]);
    expect(stderr).toContain('there is no scan scan_1.raw');
  });

  test.each([
    ['--times', '.', /tomolapse-cli-\w+\): it is a folder/],
    ['--cycling', '.', /tomolapse-cli-\w+\): it is a folder/],
    ['--times', 'none.csv', /Cannot read the scan times \(.*none\.csv\): there is no such file/],
    ['--cycling', 'none.csv', /Cannot read the cycling log \(.*none\.csv\): there is no such file/],
  ])('names the table of %s %s', (option, path, line) => {
    expectFailure(['create', 'p', '--scans', ...writeScans(), ...SHAPE, option, path], 3, line);
  });

  test('warns of scans of one time', () => {
    writeFileSync(join(folder, 't.csv'), 'file,time_h\nscan_8,0\nscan_9,2\nscan_10,2\n');
    expect(created('--times', 't.csv').stderr).toMatch(/warning: .*scan_10\.raw has the same time as .*scan_9\.raw/);
  });

  test('warns of other shapes and types, refuses other voxel sizes', () => {
    const page = (more: string) =>
      spawnSync('/usr/bin/python3', ['-c', `import numpy, tifffile\n${more}`], { cwd: folder, encoding: 'utf8' });
    const write = (name: string, shape: string, type: string, um: number) =>
      `tifffile.imwrite('${name}', numpy.zeros(${shape}, '${type}'), imagej=True, resolution=(${1 / um}, ${1 / um}), metadata={'spacing': ${um}, 'unit': 'um'})\n`;
    const made = page(
      write('a.tif', '(4, 5, 6)', 'uint16', 2) +
        write('b.tif', '(4, 5, 7)', 'uint8', 2) +
        write('c.tif', '(4, 5, 6)', 'uint16', 3),
    );
    if (made.status !== 0) return;
    const { status, stderr } = tomolapse(['create', 'p', '--scans', 'a.tif', 'b.tif', '--interval', '1h']);
    expect(status).toBe(0);
    expect(stderr).toContain('b.tif has 4 × 5 × 7 voxels, the first scan 4 × 5 × 6');
    expect(stderr).toContain('b.tif is of type uint8, the first scan of uint16');
    expectFailure(
      ['create', 'q', '--scans', 'a.tif', 'c.tif'],
      3,
      /c\.tif\): its voxels are 3 × 3 × 3 µm, those of .*a\.tif 2 × 2 × 2 µm/,
    );
  });

  test('refuses a project that exists, and scans without a voxel size', () => {
    created();
    expectFailure(['create', 'cell.tomolapse', '--scans', ...writeScans(), ...SHAPE], 3, /it exists already/);
    expectFailure(
      ['create', 'other', '--scans', ...writeScans(), '--shape', '4x5x6', '--type', 'uint16'],
      3,
      /do not say how large their voxels are.*--voxel-size/,
    );
  });
});

describe('run', () => {
  test('computes what is missing; results and verify find it', () => {
    created();
    const first = tomolapse(['run', 'cell.tomolapse', '--json', '--threads', '1', '--memory', '1GiB']);
    expect(JSON.parse(first.stdout)).toMatchObject({ computed: 7, stored: 0 });
    expect(first.stderr).toContain(' %  Measuring scan_8');
    expect(first.stderr).not.toContain('\x1b');
    expect(first.stderr).not.toContain('\r');
    expect(JSON.parse(tomolapse(['run', 'cell.tomolapse', '--json']).stdout)).toMatchObject({ computed: 0, stored: 7 });
    const results = tomolapse(['results', 'cell.tomolapse', '--json'], MAIN);
    expect(results.status).toBe(0);
    expect(resultsSchema.parse(JSON.parse(results.stdout)).scans).toHaveLength(3);
    expect(tomolapse(['verify', 'cell.tomolapse'])).toMatchObject({ status: 0 });
  });

  test('notices a changed scan', () => {
    created();
    tomolapse(['run', 'cell.tomolapse']);
    writeFileSync(join(folder, 'scan_9.raw'), Buffer.alloc(240, 77));
    const { stdout, stderr } = tomolapse(['run', 'cell.tomolapse', '--json']);
    expect(stderr).toContain('warning: scan_9 has changed since it came in');
    expect(JSON.parse(stdout)).toMatchObject({ computed: 3, stored: 4 });
  });

  test.each([
    [{ lvf: { radius: 3 } }, /recipe\.json, lvf\.radius\): there is no field of the name radius/],
    [{ reference: 3 }, /recipe\.json, reference\): the series has scans 0 to 2/],
    [{ scans: { '9': { exclude: true } } }, /recipe\.json, scans\.9\): the series has scans 0 to 2/],
    [
      { regions: { stable: { kind: 'box', min: [0, 0, 0], max: [4, 5, 7] } } },
      /recipe\.json, regions\.stable\): the box is outside the volume \(z, y, x: 4 × 5 × 6 voxels\)/,
    ],
    [
      { regions: { analysis: { kind: 'cylinder', axis: 'z', center: [2, 2], radius: 1, range: [0, 5] } } },
      /regions\.analysis\): the range is outside the volume along z/,
    ],
  ])('refuses the recipe %j', (recipe, line) => {
    created();
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipe));
    expectFailure(['run', 'cell.tomolapse', '--recipe', 'recipe.json'], 3, line);
  });

  test('names a scan that has gone, and a project that is none', () => {
    created();
    rmSync(join(folder, 'scan_9.raw'));
    expectFailure(['run', 'cell.tomolapse'], 3, /scan_9\.raw\): there is no such file/);
    expectFailure(['run', 'none'], 3, /none\): there is no such folder/);
  });

  const waiting = () => {
    writeFileSync(join(folder, 'recipe.json'), JSON.stringify({ denoise: { gaussianSigma: 7 } }));
    return untilSaid(['run', 'cell.tomolapse', '--recipe', 'recipe.json'], 'Comparing scan_9');
  };
  const runner = () => Number(/ (\d+)\n$/.exec(readFileSync(join(folder, 'log.txt'), 'utf8'))![1]);
  const gone = async (pid: number) => {
    for (let i = 0; i < 100; i++) {
      try {
        process.kill(pid, 0);
      } catch {
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  };
  const goesOn = () => {
    writeFileSync(join(folder, 'recipe.json'), '{}');
    const { status, stdout } = tomolapse(['run', 'cell.tomolapse', '--recipe', 'recipe.json', '--json']);
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { computed: 4, stored: 3 }]);
    expect(existsSync(join(folder, 'cell.tomolapse', 'objects', '.incoming'))).toBe(false);
    expect(tomolapse(['verify', 'cell.tomolapse']).status).toBe(0);
  };

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'ends with 4 on %s, its runner too, and the next run goes on',
    async (signal) => {
      created();
      const run = await waiting();
      const pid = runner();
      run.kill(signal);
      expect(await ended(run)).toBe(4);
      expect(await gone(pid)).toBe(true);
      goesOn();
    },
  );

  test('can be killed: its runner ends with it, and the next run goes on', async () => {
    created();
    const run = await waiting();
    const pid = runner();
    run.kill('SIGKILL');
    await ended(run);
    expect(await gone(pid)).toBe(true);
    goesOn();
  });

  test('holds the project: others are told by whom', async () => {
    created();
    const run = await waiting();
    expectFailure(['results', 'cell.tomolapse'], 1, new RegExp(`"tomolapse run" \\(process ${run.pid} on `));
    expectFailure(['run', 'cell.tomolapse'], 1, /has it open\. Wait until it has ended/);
    run.kill('SIGKILL');
    await ended(run);
  });
});

test('export writes tables, over a project that has no numbers yet too', () => {
  created();
  const { status, stdout } = tomolapse(['export', 'cell.tomolapse', '--out', 'deep/tables', '--json']);
  expect(status).toBe(0);
  const { files } = JSON.parse(stdout) as { files: string[] };
  expect(files).toContain(join(folder, 'deep', 'tables', 'scans.csv'));
  expect(files.every((file) => readFileSync(file, 'utf8').includes(','))).toBe(true);
  expectFailure(['export', 'cell.tomolapse'], 2, /--out is missing/);
});

test.each([
  ['export', ['cell.tomolapse', '--out', 'scan_8.raw/out']],
  ['phantom', ['scan_8.raw']],
  ['demo', ['scan_8.raw']],
  ['create', ['scan_8.raw/p', '--scans', 'scan_9.raw', ...SHAPE]],
])('%s refuses a folder that cannot be before it does anything', (command, args) => {
  created();
  const before = readdirSync(folder).sort();
  expectFailure([command, ...args], 3, /scan_8\.raw.*: a part of the path is a file/);
  expect(readdirSync(folder).sort()).toEqual(before);
});

test.skipIf(!existsSync('/proc/self'))('a file system that takes no folders is told of', () => {
  expectFailure(['phantom', '/proc/none'], 3, /\/proc\/none\): there is no such file or folder/);
});

test('results that are gone are an error, and the next run computes them', () => {
  created();
  tomolapse(['run', 'cell.tomolapse']);
  rmSync(join(folder, 'cell.tomolapse', 'objects'), { recursive: true });
  const { status, stderr } = tomolapse(['verify', 'cell.tomolapse']);
  expect([status, stderr]).toEqual([
    3,
    expect.stringMatching(/^error: .*of scan 0 is missing \(and 6 more\)\. Run the/),
  ]);
  expect(JSON.parse(tomolapse(['run', 'cell.tomolapse', '--json']).stdout)).toMatchObject({ computed: 7 });
  expect(tomolapse(['verify', 'cell.tomolapse']).status).toBe(0);
});

test('info tells what a file is, doctor what there is', () => {
  const [scan] = writeScans(1);
  const { stdout } = tomolapse(['info', scan!, '--shape', '4x5x6', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'volume',
    format: 'raw',
    datasets: [{ shape: [4, 5, 6], type: 'uint16', mapped: true, voxelSizeUm: null }],
  });
  expectFailure(['info', 'none'], 3, /none\): there is no such file/);
  const { status, stdout: findings } = tomolapse(['doctor', '--json']);
  expect(status).toBe(0);
  const names = JSON.parse(findings).findings.map(({ name }: { name: string }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['node', 'engine', 'ffmpeg', 'browser', 'electron', 'graphics', 'disk']),
  );
});

test('a program that asks another machine would be ended at once here', () => {
  const { signal } = spawnSync(process.execPath, ['-e', "fetch('http://192.0.2.1/')"], { env: environment() });
  expect(signal).toBe('SIGKILL');
});

test('what nobody foresaw is written down on this machine, and the line says where', () => {
  created();
  writeFileSync(join(folder, 'recipe.json'), '{"denoise":{"gaussianSigma":12}}');
  const { status, stderr } = tomolapse(['run', 'cell.tomolapse', '--recipe', 'recipe.json', '--threads', '1']);
  expect(status).toBe(1);
  const [line, ...more] = stderr.split('\n').filter((each) => each.startsWith('error: '));
  expect(more).toEqual([]);
  const [, file] = /is NaN\. What happened is written down in (\S+), on this machine only\.$/.exec(line!)!;
  expect(
    readdirSync(join(state(), 'tomolapse/crashes')).map((name) => join(state(), 'tomolapse/crashes', name)),
  ).toEqual([file]);
  expect(JSON.parse(readFileSync(file!, 'utf8'))).toMatchObject({ process: 'runner', facts: { step: 'compare' } });
  const log = readFileSync(join(state(), 'tomolapse/logs/tomolapse.log'), 'utf8').trimEnd().split('\n');
  expect(
    log.map((each) =>
      each
        .split(' ')
        .filter((_, i) => i === 1 || i === 3)
        .join(' '),
    ),
  ).toEqual(['command begin', 'command end', 'command begin', 'runner crash', 'command end']);
  expect(tomolapse(['doctor']).stdout).toContain(`logs       ${join(state(), 'tomolapse/logs')}, 1 crash report in `);
});

test('clean removes what nothing refers to, and only says so on a dry run', () => {
  created();
  tomolapse(['run', 'cell.tomolapse']);
  const [prefix] = readdirSync(join(folder, 'cell.tomolapse/objects'));
  const [stored] = readdirSync(join(folder, 'cell.tomolapse/objects', prefix!));
  const stray = `${prefix}${'0'.repeat(62)}`;
  const place = join(folder, 'cell.tomolapse/objects', prefix!);
  cpSync(join(place, stored!), join(place, stray), { recursive: true });
  const dry = JSON.parse(tomolapse(['clean', 'cell.tomolapse', '--dry-run', '--json']).stdout);
  expect([dry.dryRun, dry.removed.results, dry.unused[0].key, dry.kept.results]).toEqual([true, 1, stray, 7]);
  expect(tomolapse(['clean', 'cell.tomolapse']).stdout).toMatch(
    /^Removed 1 result \(\d.* B\); 7 results \(.*\) stay\.\n$/,
  );
  expect(existsSync(join(place, stray))).toBe(false);
  expect(tomolapse(['clean', 'cell.tomolapse']).stdout).toMatch(/^Nothing to remove: all 7 results/);
  expect(tomolapse(['verify', 'cell.tomolapse']).status).toBe(0);
});

test('verify names what is damaged and ends with 3', () => {
  created();
  tomolapse(['run', 'cell.tomolapse']);
  const note = readdirSync(join(folder, 'cell.tomolapse', 'objects'), { recursive: true, encoding: 'utf8' }).find(
    (path) => path.endsWith('note.txt'),
  )!;
  const path = join(folder, 'cell.tomolapse', 'objects', note);
  const bytes = readFileSync(path);
  bytes[0]! ^= 1;
  writeFileSync(path, bytes);
  const { status, stdout, stderr } = tomolapse(['verify', 'cell.tomolapse', '--json']);
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'input', path }, damage: [{ path }] });
  expect(stderr).toContain(`error: The project is damaged (${path}): it does not match its checksum.`);
});

const disk = useSmallDisk('1m');

describe('a full disk', () => {
  test.skipIf(!disk)('ends create with 5 and one line, and leaves nothing', () => {
    const scans = writeScans();
    const filler = join(disk!, 'filler');
    writeFileSync(filler, Buffer.alloc(2 ** 20 - 16 * 4096));
    const before = readdirSync(disk!);
    expectFailure(['create', join(disk!, 'cell.tomolapse'), '--scans', ...scans, ...SHAPE], 5, /the disk is full/);
    expect(readdirSync(disk!)).toEqual(before);
    rmSync(filler);
  });

  test.skipIf(!disk)('ends run with 5 and one line; with room again the next run goes on', () => {
    const project = join(disk!, 'cell.tomolapse');
    expect(tomolapse(['create', project, '--scans', ...writeScans(), ...SHAPE]).status).toBe(0);
    const filler = join(disk!, 'filler');
    writeFileSync(filler, '');
    for (let size = 2 ** 20; size >= 4096; size /= 2)
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {}
    expect(statSync(filler).size).toBeGreaterThan(0);
    expectFailure(['run', project], 5, /the disk is full/);
    rmSync(filler);
    const { status, stdout } = tomolapse(['run', project, '--json']);
    expect([status, JSON.parse(stdout).computed]).toEqual([0, 7]);
    expect(tomolapse(['verify', project]).status).toBe(0);
  });
});

test.skipIf(!disk)('a project on a disk that can only be read gives its results and is verified', () => {
  const project = join(disk!, 'archived.tomolapse');
  expect(tomolapse(['create', project, '--scans', ...writeScans(), ...SHAPE]).status).toBe(0);
  expect(tomolapse(['run', project]).status).toBe(0);
  expect(spawnSync('mount', ['-o', 'remount,ro', disk!]).status).toBe(0);
  try {
    expect(JSON.parse(tomolapse(['results', project, '--json']).stdout).scans).toHaveLength(3);
    expect(tomolapse(['verify', project]).status).toBe(0);
    expectFailure(['run', project], 3, /archived\.tomolapse\): the folder cannot be written/);
    expectFailure(['create', join(disk!, 'p'), '--scans', ...writeScans(), ...SHAPE], 3, /: the disk is read-only/);
    expectFailure(['export', project, '--out', disk!], 3, /: the disk is read-only/);
  } finally {
    spawnSync('mount', ['-o', 'remount,rw', disk!]);
  }
});

test('a call that is asked to stop twice ends at once, with one line', async () => {
  const pipe = join(folder, 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return;
  created();
  // Nobody writes into it: reading the recipe never ends.
  const child = spawn(process.execPath, [WITH_SMALL_STEPS, 'run', 'cell.tomolapse', '--recipe', pipe], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part;
  });
  const gone = ended(child);
  const stop = setInterval(() => child.kill('SIGINT'), 1200);
  expect(await gone).toBe(4);
  clearInterval(stop);
  expect(said).toBe('error: Cancelled: it was asked to stop twice.\n');
});

test('a working folder that is gone is told of', () => {
  const line = `mkdir gone && cd gone && rmdir ../gone && exec "${process.execPath}" "${MAIN}" results x`;
  const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8', cwd: folder });
  expect([status, stderr]).toEqual([
    3,
    'error: Cannot start: the working folder was removed. Change to another folder.\n',
  ]);
});

test('a project that is made twice in one moment is made once', async () => {
  const args = ['create', 'cell.tomolapse', '--scans', ...writeScans(), ...SHAPE];
  const both = [1, 2].map(() => spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: environment() }));
  const said = both.map((child) => {
    const lines: string[] = [];
    child.stderr.on('data', (part: Buffer) => lines.push(String(part)));
    return lines;
  });
  const codes = await Promise.all(both.map(ended));
  expect(codes.toSorted()).toEqual([0, 3]);
  expect(said[codes.indexOf(3)]!.join('')).toContain('cell.tomolapse): it exists already');
  expect(readdirSync(folder).filter((name) => name.includes('cell'))).toEqual(['cell.tomolapse']);
});
