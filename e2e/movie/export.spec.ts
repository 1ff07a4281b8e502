import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { findFfmpeg } from '../../src/backend/media/programs.ts';
import { emptyFolder, projectIn, ROOT } from '../support/program.ts';

const NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');

let folder: string;
let project: string;
test.beforeAll(() => {
  folder = emptyFolder();
  project = projectIn(folder);
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tomolapse(...args: string[]) {
  const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config') };
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'bin', 'tomolapse'), args, {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const short = ['--size', '320x180', '--fps', '4', '--samples', '1'];

test('a movie of a cell is what its storyboard says, and is made again to the byte', async () => {
  test.skip((await findFfmpeg()) === null, 'ffmpeg is not there');
  const { status, stdout, stderr } = tomolapse(
    'movie',
    project,
    '--storyboard',
    'paper',
    '--out',
    'cell.mp4',
    ...short,
    '--frames',
    '8-15',
    '--json',
  );
  expect([status, stderr.includes('error:')]).toEqual([0, false]);
  expect(JSON.parse(stdout)).toMatchObject({ frames: 8, kept: 0, size: [320, 180], fps: 4 });
  const facts = [
    '-v',
    'error',
    '-count_frames',
    '-show_entries',
    'stream=codec_name,pix_fmt,width,height,nb_read_frames',
    '-of',
    'json',
  ];
  const told = JSON.parse(execFileSync('ffprobe', [...facts, join(folder, 'cell.mp4')], { encoding: 'utf8' }));
  expect(told.streams).toEqual([
    { codec_name: 'h264', width: 320, height: 180, pix_fmt: 'yuv420p', nb_read_frames: '8' },
  ]);
  const { frames, options } = JSON.parse(readFileSync(join(folder, 'cell.mp4.json'), 'utf8'));
  // The camera turns: no frame is another.
  expect(new Set(frames.map(({ sha256 }: { sha256: string }) => sha256)).size).toBe(8);
  expect(options).toMatchObject({ frames: [8, 15], samples: 1 });

  const again = tomolapse('reproduce', 'cell.mp4', '--json');
  expect([again.status, JSON.parse(again.stdout)]).toEqual([0, expect.objectContaining({ kind: 'movie', same: true })]);
  expect(readFileSync(join(folder, 'cell.again.mp4'))).toEqual(readFileSync(join(folder, 'cell.mp4')));
});

test('one that is killed goes on at the first missing frame, to the same bytes', async () => {
  test.skip((await findFfmpeg()) === null, 'ffmpeg is not there');
  const asked = ['movie', project, '--storyboard', 'slices', ...short, '--frames', '0-15'];
  expect(tomolapse(...asked, '--out', 'whole.mp4').status).toBe(0);
  const pieces = join(folder, '.killed.mp4.frames');
  const child = spawn(NODE, [MAIN, ...asked, '--out', 'killed.mp4'], { cwd: folder, stdio: 'ignore' });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await expect
    .poll(() => existsSync(pieces) && readdirSync(pieces).some((name) => /^piece_.*json$/.test(name)), {
      timeout: 120_000,
      intervals: [20],
    })
    .toBe(true);
  child.kill('SIGKILL');
  await gone;
  expect(existsSync(join(folder, 'killed.mp4'))).toBe(false);
  const { status, stdout } = tomolapse(...asked, '--out', 'killed.mp4', '--json');
  expect([status, JSON.parse(stdout).kept >= 4]).toEqual([0, true]);
  expect(readFileSync(join(folder, 'killed.mp4'))).toEqual(readFileSync(join(folder, 'whole.mp4')));
});
