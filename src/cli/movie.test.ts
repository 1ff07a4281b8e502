import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeProject } from '../backend/app/fixtures/project.ts';
import type { MadeFile } from '../backend/media/made.ts';
import { embeddedRecord } from '../backend/media/movie/embedded.ts';
import { findBrowser, findFfmpeg } from '../backend/media/programs.ts';
import { Project } from '../store/project.ts';
import { useSmallDisk } from './fixtures/small_disk.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/movie_program.ts', import.meta.url));
const SIZE = [160, 90] as const;
const FPS = 10;

const there = (await findBrowser()) !== null && (await findFfmpeg()) !== null;
const disk = useSmallDisk('3m');

let folder: string;
let project: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-movie-'));
  project = await writeProject(folder, true);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A storyboard of so many seconds; its title tells the page what to do at which frame. */
function storyboard(seconds: number, title = ''): string {
  const panel = { id: 'a', kind: 'slice', axis: 'z', rect: [0, 0, 1, 1] };
  const shot = { seconds, time: { kind: 'hold', at: 'start' }, panels: [panel] };
  const path = join(folder, `${createHash('md5').update(`${seconds} ${title}`).digest('hex')}.json`);
  writeFileSync(path, JSON.stringify({ version: 1, title, size: SIZE, fps: FPS, shots: [shot] }));
  return path;
}

function movie(out: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const call = [PROGRAM, 'movie', project, '--out', out, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, call, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

function begun(out: string, args: string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'movie', project, '--out', out, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const late = Date.now() + 30_000; !holds(); ) {
    if (Date.now() > late) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const piecesOf = (out: string): string[] => {
  const pieces = join(folder, `.${out}.frames`);
  return existsSync(pieces) ? readdirSync(pieces).filter((name) => /^piece_.*\.json$/.test(name)) : [];
};

const recordOf = (out: string) => JSON.parse(readFileSync(join(folder, `${out}.json`), 'utf8')) as MadeFile;

/** The numbers that the frames of a movie show. */
function numbersIn(file: string): number[] {
  const [width, height] = SIZE;
  const args = ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
  const pixels = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
  return Array.from({ length: pixels.length / (width * height) }, (_, frame) => {
    const row = (frame * height + Math.floor(height / 4)) * width;
    return Array.from({ length: 16 }, (_, bit) => (pixels[row + bit * 10 + 5]! > 128 ? 2 ** bit : 0)).reduce(
      (a, b) => a + b,
      0,
    );
  });
}

const counted = (count: number, from = 0) => Array.from({ length: count }, (_, k) => from + k);

/** Processes of browsers that draw for this test's program. */
function browsers(pid: number): string[] {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`tomolapse-stage-${pid}-`));
}

/** Processes that draw pages for a program. */
function pagesOf(pid: number): number[] {
  const all = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .flatMap((found) => (found ? [{ pid: Number(found[1]), parent: Number(found[2]), args: found[3]! }] : []));
  const below = new Set([pid]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const one of all) if (below.has(one.parent)) below.add(one.pid);
  }
  return all.filter((one) => below.has(one.pid) && one.args.includes('--type=renderer')).map((one) => one.pid);
}

describe.skipIf(!there)('a movie', () => {
  test('has every frame once, its record beside it and in it, and the same bytes each time', () => {
    const plan = storyboard(3.2);
    const { status, stdout } = movie('first.mp4', ['--storyboard', plan, '--json']);
    expect(status).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({
      file: join(folder, 'first.mp4'),
      codec: 'h264',
      size: [...SIZE],
      fps: FPS,
      frames: 32,
      kept: 0,
    });
    expect(numbersIn(join(folder, 'first.mp4'))).toEqual(counted(32));
    const again = movie('second.mp4', ['--storyboard', plan]);
    expect([again.status, again.stdout]).toEqual([0, `${join(folder, 'second.mp4')}\n`]);
    expect(readFileSync(join(folder, 'second.mp4'))).toEqual(readFileSync(join(folder, 'first.mp4')));
    const [first, second] = [recordOf('first.mp4'), recordOf('second.mp4')];
    expect(second.frames).toEqual(first.frames);
    expect(new Set(first.frames!.map(({ sha256 }) => sha256)).size).toBe(32);
    expect(first).toMatchObject({
      kind: 'movie',
      options: { size: [...SIZE], fps: FPS, codec: 'h264', samples: null },
    });
    expect(first.projects[0]!.inputs).toHaveLength(2);
  });

  test('carries its record, without the frames', async () => {
    movie('carries.webm', ['--storyboard', storyboard(0.3)]);
    const { frames, file, ...made } = recordOf('carries.webm');
    expect(JSON.parse((await embeddedRecord(join(folder, 'carries.webm')))!)).toEqual(made);
    expect([frames!.length, file.name]).toEqual([3, 'carries.webm']);
  });

  test('of some frames, of another size and rate, with samples, is what was asked for', () => {
    const { status } = movie('part.mov', [
      '--storyboard',
      storyboard(3),
      '--frames',
      '33-40',
      '--fps',
      '20',
      '--samples',
      '7',
    ]);
    expect(status).toBe(0);
    expect(numbersIn(join(folder, 'part.mov'))).toEqual(counted(8, 33));
    expect(recordOf('part.mov').frames!.map(({ samples }) => samples)).toEqual(Array(8).fill(7));
  });

  test('that was killed again and again goes on, ends with the same bytes, and leaves no browser', async () => {
    const plan = storyboard(8);
    expect(movie('whole.mp4', ['--storyboard', plan]).status).toBe(0);
    for (const pieces of [1, 3, 5]) {
      const child = begun('killed.mp4', ['--storyboard', plan]);
      const gone = ended(child);
      await until(() => piecesOf('killed.mp4').length >= pieces, `${pieces} pieces`);
      child.kill('SIGKILL');
      await gone;
      expect(existsSync(join(folder, 'killed.mp4'))).toBe(false);
      await until(() => browsers(child.pid!).length === 0, 'the browser ends with its program');
    }
    const { status, stdout } = movie('killed.mp4', ['--storyboard', plan, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).kept).toBeGreaterThanOrEqual(50);
    expect(readFileSync(join(folder, 'killed.mp4'))).toEqual(readFileSync(join(folder, 'whole.mp4')));
    expect(recordOf('killed.mp4').frames).toEqual(recordOf('whole.mp4').frames);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    // Profiles of the killed were swept by the last one, which took its own along.
    expect(
      readdirSync(tmpdir()).filter(
        (name) => name.startsWith('tomolapse-stage-') && !existsSync(`/proc/${name.split('-')[2]}`),
      ),
    ).toEqual([]);
  });

  test('that is stopped ends with 4 and one line, keeps what was drawn, and goes on', async () => {
    const plan = storyboard(8, 'stopped');
    const child = begun('stopped.mp4', ['--storyboard', plan]);
    let said = '';
    child.stderr!.on('data', (text) => {
      said += text;
    });
    const gone = ended(child);
    await until(() => piecesOf('stopped.mp4').length >= 2, 'two pieces');
    child.kill('SIGINT');
    expect(await gone).toBe(4);
    expect(said.match(/^error: /gm)).toHaveLength(1);
    expect(said).toMatch(/error: Stopped \(.*stopped\.mp4\): \d+ of 80 frames are kept\. Start it again to go on/);
    expect(browsers(child.pid!)).toEqual([]);
    expect(existsSync(join(folder, 'stopped.mp4'))).toBe(false);
    const { status, stdout } = movie('stopped.mp4', ['--storyboard', plan, '--json']);
    expect([status, JSON.parse(stdout).kept >= 20]).toEqual([0, true]);
    expect(numbersIn(join(folder, 'stopped.mp4'))).toEqual(counted(80));
  });

  test('whose page crashes is gone on with once; the second time it is told', async () => {
    for (const crashes of [1, 2]) {
      const out = `crash${crashes}.mp4`;
      const child = begun(out, ['--storyboard', storyboard(12, `crashes ${crashes}`)]);
      let said = '';
      child.stderr!.on('data', (text) => {
        said += text;
      });
      const gone = ended(child);
      for (let crash = 1; crash <= crashes; crash++) {
        await until(() => piecesOf(out).length >= 2 * crash && pagesOf(child.pid!).length > 0, 'it draws');
        for (const page of pagesOf(child.pid!)) process.kill(page, 'SIGKILL');
        if (crash === 1) await until(() => said.includes('opened again'), 'it is opened again');
      }
      expect(await gone).toBe(crashes === 1 ? 0 : 1);
      expect(said).toMatch(/warning: the page crashed \(.*\); it is opened again at frame \d+/);
      if (crashes === 1) expect(numbersIn(join(folder, out))).toEqual(counted(120));
      else
        expect(said).toMatch(
          /error: Cannot draw the movie \(frame \d+\): the page crashed \(.*\), twice\. Start it again to go on there/,
        );
    }
  });

  test('whose page gives up says why', () => {
    const { status, stderr } = movie('up.mp4', ['--storyboard', storyboard(2, 'give up 12')]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/error: Cannot draw the movie: the brick 0\/grey\/0\/1\.2\.3 did not come in 60 s/),
    ]);
    expect(piecesOf('up.mp4')).toHaveLength(1);
  });

  test('holds its project only while it reads what there is', async () => {
    const child = begun('held.mp4', ['--storyboard', storyboard(8, 'held')]);
    const gone = ended(child);
    await until(() => piecesOf('held.mp4').length > 0, 'a piece');
    const opened = new Project(project, { command: 'test', writes: true });
    expect(child.exitCode).toBe(null);
    opened.close();
    expect(await gone).toBe(0);
  });

  describe('is refused before the first frame', () => {
    const line = (args: string[], env: NodeJS.ProcessEnv = {}, out = 'refused.mp4') => {
      const { status, stderr } = movie(out, args, env);
      expect(readdirSync(folder).filter((name) => name.includes('refused'))).toEqual([]);
      return [status, stderr.trim().split('\n').at(-1)];
    };
    const withOnly = (...programs: string[]) => {
      const bin = mkdtempSync(join(folder, 'bin-'));
      for (const name of programs)
        symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(bin, name));
      return { PATH: bin };
    };

    test('without a storyboard that can be read', () => {
      expect(line(['--storyboard', 'papr'])).toEqual([
        3,
        expect.stringMatching(/^error: Cannot read the storyboard .*Did you mean paper\?/),
      ]);
      expect(line([])).toEqual([2, expect.stringMatching(/^error: Cannot make the movie: --storyboard is missing/)]);
    });

    test('where the form does not take it', () => {
      const plan = storyboard(1);
      expect(line(['--storyboard', plan, '--size', '161x90'])).toEqual([
        2,
        expect.stringMatching(/H\.264 needs an even width/),
      ]);
      expect(line(['--storyboard', plan], {}, 'refused.avi')).toEqual([
        2,
        expect.stringMatching(/no form of movies for "\.avi"/),
      ]);
      expect(line(['--storyboard', plan, '--frames', '5-10'])).toEqual([
        2,
        expect.stringMatching(/the movie has the frames 0 to 9/),
      ]);
    });

    test('without ffmpeg, without a browser', () => {
      const plan = storyboard(1);
      expect(line(['--storyboard', plan], withOnly('chromium', 'sh'))).toEqual([
        3,
        expect.stringMatching(/^error: Cannot write the movie: ffmpeg is missing\. Install it/),
      ]);
      expect(line(['--storyboard', plan], withOnly('ffmpeg', 'sh'))).toEqual([
        3,
        expect.stringMatching(/^error: Cannot draw: there is no Chromium or Chrome/),
      ]);
    });

    test('where it cannot be written', () => {
      writeFileSync(join(folder, 'a file'), '');
      expect(line(['--storyboard', storyboard(1)], {}, 'a file/refused.mp4')).toEqual([
        3,
        expect.stringMatching(/a part of the path is a file/),
      ]);
      expect(line(['--storyboard', storyboard(1)], {}, '/proc/refused.mp4')).toEqual([
        3,
        expect.stringMatching(/^error: Cannot write the movie/),
      ]);
    });

    test('where a logo is not beside its storyboard', () => {
      const named = (file: string) => {
        const panel = { id: 'a', kind: 'slice', axis: 'z', rect: [0, 0, 1, 1] };
        const overlays = [{ kind: 'logo', file, height: 0.1 }];
        const path = join(folder, 'logo.json');
        const shots = [{ seconds: 1, time: { kind: 'hold', at: 'start' }, panels: [panel] }];
        writeFileSync(path, JSON.stringify({ version: 1, size: SIZE, shots, overlays }));
        return ['--storyboard', path];
      };
      expect(line(named('none.png'))).toEqual([
        3,
        expect.stringMatching(/\(none\.png\): the logo is not there\. Put it into/),
      ]);
      for (const file of ['../passwd.png', '/etc/passwd'])
        expect(line(named(file))).toEqual([3, expect.stringMatching(/a logo lies beside its storyboard/)]);
    });

    test('where two projects are wanted and one is given', () => {
      const panel = { id: 'a', kind: 'slice', axis: 'z', rect: [0, 0, 1, 1], project: 1 };
      const path = join(folder, 'two.json');
      writeFileSync(
        path,
        JSON.stringify({ version: 1, shots: [{ seconds: 1, time: { kind: 'hold', at: 'start' }, panels: [panel] }] }),
      );
      expect(line(['--storyboard', path])).toEqual([3, expect.stringMatching(/shots\[0\]\.panels\[0\]\.project/)]);
      expect(
        movie('both.gif', ['--storyboard', path, '--with', project, '--frames', '0-1', '--size', '160x90']).status,
      ).toBe(0);
    });
  });

  test.skipIf(!disk)(
    'on a disk with too little room is refused; on one that fills up it ends with 5 and one line, and with room goes on',
    async () => {
      const plan = storyboard(12, 'full');
      const out = join(disk!, 'movie.mp4');
      const { status, stderr } = movie(out, ['--storyboard', plan, '--size', '1280x720']);
      expect([status, stderr]).toEqual([
        5,
        expect.stringMatching(/the disk has [\d.]+ MiB left, and 120 frames may take/),
      ]);
      const child = begun(out, ['--storyboard', plan]);
      let said = '';
      child.stderr!.on('data', (text) => {
        said += text;
      });
      const gone = ended(child);
      const pieces = join(disk!, '.movie.mp4.frames');
      await until(
        () => existsSync(pieces) && readdirSync(pieces).some((name) => /^piece_.*\.json$/.test(name)),
        'a piece',
      );
      const filler = join(disk!, 'filler');
      for (let size = 2 ** 20; size >= 1024; )
        try {
          writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
        } catch {
          size /= 2;
        }
      expect(await gone).toBe(5);
      expect(said.match(/^error: /gm)).toHaveLength(1);
      expect(said).toMatch(/error: Cannot write the movie .*the disk is full\. Make room and run it again/);
      rmSync(filler);
      const again = movie(out, ['--storyboard', plan, '--json']);
      expect([again.status, JSON.parse(again.stdout).kept >= 10]).toEqual([0, true]);
      expect(numbersIn(out)).toEqual(counted(120));
    },
  );
});
