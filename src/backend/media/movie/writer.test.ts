import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findFfmpeg } from '../programs.ts';
import { embeddedRecord } from './embedded.ts';
import { checkFfmpeg } from './ffmpeg.ts';
import { type FormName, forms } from './forms.ts';
import { frameName, type MovieFile, MovieWriter } from './writer.ts';

const SIZE: readonly [number, number] = [64, 48];
const FPS = 10;
const RECORD = JSON.stringify({ name: 'a = b; c # d\\e', greek: 'Ω "quoted"', lines: 'one\ntwo' });
const ffmpegPath = await findFfmpeg();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tomolapse-movie-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Four grounds of a grey that tells the frame, and a ramp. */
function pixelsOf(frame: number): Uint8Array {
  const [width, height] = SIZE;
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      if (y < height / 2) pixels.fill((frame * 9) % 256, at, at + 3);
      else pixels.set([x * 4, 128, 255 - x * 4], at);
    }
  return pixels;
}

async function movie(name: FormName, file: string, frames: readonly [number, number] = [0, 25]): Promise<MovieFile> {
  const form = forms[name];
  const ffmpeg = form.encoder === null ? null : await checkFfmpeg(ffmpegPath, form);
  return {
    file: join(folder, file),
    form,
    ffmpeg,
    size: SIZE,
    fps: FPS,
    frames,
    key: 'k',
    record: RECORD,
    title: 'Cell Ω',
  };
}

async function drawn(writer: MovieWriter, until = Infinity): Promise<number> {
  let count = 0;
  for (let next = writer.next; next !== null && next < until; next = writer.next, count++)
    await writer.take(next, pixelsOf(next), 1);
  return count;
}

async function written(asked: MovieFile) {
  const writer = await MovieWriter.open(asked);
  await drawn(writer);
  const made = await writer.finish(new AbortController().signal);
  await writer.forget();
  await writer.leave();
  return made;
}

/** What is in a video, by ffprobe, and its frames as ffmpeg decodes them. */
function decoded(file: string) {
  const entries =
    'stream=codec_name,pix_fmt,width,height,r_frame_rate,color_space,color_range,nb_read_frames:frame=pts_time:format_tags=title';
  const told = execFileSync('ffprobe', ['-v', 'error', '-count_frames', '-show_entries', entries, '-of', 'json', file]);
  const { streams, frames, format } = JSON.parse(told.toString());
  const args = [
    '-v',
    'error',
    '-i',
    file,
    '-vf',
    'scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int,format=rgb24',
    '-f',
    'rawvideo',
    '-',
  ];
  const pixels = execFileSync('ffmpeg', args, { maxBuffer: 2 ** 28 });
  return {
    stream: streams[0],
    times: frames.map((frame: { pts_time: string }) => Number(frame.pts_time)),
    pixels,
    title: format.tags?.title,
  };
}

/** The grey of the upper half of frame k. */
function greyOf(pixels: Buffer, frame: number): number {
  return pixels[frame * SIZE[0] * SIZE[1] * 3 + (10 * SIZE[0] + 20) * 3 + 1]!;
}

describe.skipIf(!ffmpegPath)('a movie', () => {
  test.each([
    ['h264', 'm.mp4', { codec_name: 'h264', pix_fmt: 'yuv420p', color_space: 'bt709', color_range: 'tv' }],
    ['vp9', 'm.webm', { codec_name: 'vp9', pix_fmt: 'yuv420p', color_space: 'bt709' }],
    ['av1', 'm.webm', { codec_name: 'av1', pix_fmt: 'yuv420p', color_space: 'bt709' }],
    ['prores', 'm.mov', { codec_name: 'prores', pix_fmt: 'yuv422p10le', color_space: 'bt709' }],
    ['gif', 'm.gif', { codec_name: 'gif' }],
  ] as const)(
    'of %s has every frame at its time, in its colours, and tells what made it',
    async (name, file, facts) => {
      const made = await written(await movie(name, file));
      const path = join(folder, file);
      const { stream, times, pixels, title } = decoded(path);
      expect(stream).toMatchObject({ ...facts, width: 64, height: 48, r_frame_rate: '10/1', nb_read_frames: '25' });
      expect(times).toEqual(Array.from({ length: 25 }, (_, k) => k / FPS));
      for (let frame = 0; frame < 25; frame++)
        expect(Math.abs(greyOf(pixels, frame) - frame * 9), `frame ${frame}`).toBeLessThanOrEqual(
          name === 'gif' ? 14 : 3,
        );
      // Below, colours of the ramp: those of another matrix are off by tens.
      const [x, y] = [8, 36];
      const at = (3 * SIZE[0] * SIZE[1] + y * SIZE[0] + x) * 3;
      for (const [channel, value] of [x * 4, 128, 255 - x * 4].entries())
        expect(Math.abs(pixels[at + channel]! - value), `channel ${channel}`).toBeLessThanOrEqual(
          name === 'gif' ? 20 : 7,
        );
      expect(made.frames.map(({ sha256 }) => sha256)).toEqual(
        Array.from({ length: 25 }, (_, k) => createHash('sha256').update(pixelsOf(k)).digest('hex')),
      );
      const bytes = readFileSync(path);
      expect([made.bytes, made.sha256]).toEqual([bytes.length, createHash('sha256').update(bytes).digest('hex')]);
      expect(await embeddedRecord(path)).toBe(RECORD);
      if (name !== 'gif') expect(title).toBe('Cell Ω');
      if (name === 'h264') expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'));
      expect(readdirSync(folder)).toEqual([file]);
    },
  );

  test('has the same bytes each time, also where it was left and gone on with', async () => {
    const whole = await written(await movie('h264', 'whole.mp4'));
    const asked = await movie('h264', 'left.mp4');
    const first = await MovieWriter.open(asked);
    await drawn(first, 17);
    await first.leave();
    expect(existsSync(asked.file)).toBe(false);
    const second = await MovieWriter.open(asked);
    // The piece that was not whole is drawn again.
    expect([second.next, second.done]).toEqual([10, 10]);
    expect(await drawn(second)).toBe(15);
    const made = await second.finish(new AbortController().signal);
    await second.forget();
    await second.leave();
    expect(made).toEqual(whole);
    expect(readdirSync(folder).sort()).toEqual(['left.mp4', 'whole.mp4']);
  });

  test('takes no piece that is not as it was written, and none of another movie', async () => {
    const asked = await movie('h264', 'm.mp4');
    const first = await MovieWriter.open(asked);
    await drawn(first);
    await first.leave();
    const pieces = join(folder, '.m.mp4.frames');
    appendFileSync(join(pieces, 'piece_000010.mp4'), 'x');
    writeFileSync(join(pieces, 'draft_000040.mp4'), 'half');
    const second = await MovieWriter.open(asked);
    expect([second.next, second.done]).toEqual([10, 15]);
    expect(await drawn(second)).toBe(10);
    await second.leave();
    expect(readdirSync(pieces)).not.toContain('draft_000040.mp4');
    const other = await MovieWriter.open({ ...asked, key: 'another' });
    expect([other.next, other.done]).toEqual([0, 0]);
    await other.leave();
    expect(existsSync(pieces)).toBe(false);
  });

  test('takes a frame once, though two send it at the same time', async () => {
    const asked = await movie('h264', 'twice.mp4', [0, 12]);
    const writer = await MovieWriter.open(asked);
    for (let frame = 0; frame < 12; frame++)
      await Promise.all([writer.take(frame, pixelsOf(frame), 1), writer.take(frame, pixelsOf(frame), 1)]);
    const { frames } = await writer.finish(new AbortController().signal);
    await writer.forget();
    expect(frames).toHaveLength(12);
    expect(decoded(asked.file).stream.nb_read_frames).toBe('12');
  });

  test('of some frames begins and ends with them', async () => {
    await written(await movie('h264', 'part.mp4', [7, 19]));
    const { pixels, stream } = decoded(join(folder, 'part.mp4'));
    expect(stream.nb_read_frames).toBe('12');
    expect(Math.abs(greyOf(pixels, 0) - 63)).toBeLessThanOrEqual(3);
    expect(Math.abs(greyOf(pixels, 11) - 162)).toBeLessThanOrEqual(3);
  });

  test('that is being written is not written twice at once', async () => {
    const asked = await movie('h264', 'm.mp4');
    const writer = await MovieWriter.open(asked);
    // Locks are those of processes.
    const script = `import { Pieces } from ${JSON.stringify(join(import.meta.dirname, 'pieces.ts'))};
      await Pieces.open(${JSON.stringify(asked.file)}, 'k', '.mp4').then(() => console.log('open'), (e) => console.log(e.code, e.message));`;
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString();
    expect(told).toMatch(/^busy Cannot write the movie \(.*m\.mp4\): it is being written\./);
    await writer.leave();
  });
});

test('frames as PNG are exact, each with what made it, and take the place of frames alone', async () => {
  const asked = await movie('png', 'frames', [3, 6]);
  await written(asked);
  expect(readdirSync(asked.file)).toEqual([3, 4, 5].map(frameName));
  const args = ['-v', 'error', '-i', join(asked.file, frameName(4)), '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  if (ffmpegPath) expect(execFileSync('ffmpeg', args)).toEqual(Buffer.from(pixelsOf(4)));
  expect(JSON.parse((await embeddedRecord(asked.file))!)).toEqual(JSON.parse(RECORD));
  await written({ ...asked, frames: [0, 2] });
  expect(readdirSync(asked.file)).toEqual([0, 1].map(frameName));
  writeFileSync(join(asked.file, 'notes.txt'), 'mine');
  await expect(MovieWriter.open(asked)).rejects.toThrow(/there is something else in it \(notes\.txt\)/);
  expect(readdirSync(folder)).toEqual([basename(asked.file)]);
});

test('a folder of the name of a movie is left alone', async () => {
  mkdirSync(join(folder, 'm.mp4'));
  writeFileSync(join(folder, 'm.mp4', 'notes.txt'), 'mine');
  const asked = { ...(await movie('png', 'm.mp4')), form: forms.h264 };
  await expect(MovieWriter.open(asked)).rejects.toThrow(/m\.mp4\): it is a folder\. Name a file/);
  expect(readFileSync(join(folder, 'm.mp4', 'notes.txt'), 'utf8')).toBe('mine');
});

test('what nobody goes on with for long is swept', async () => {
  for (const [name, days] of [
    ['.old.mp4.frames', 30],
    ['.new.mp4.frames', 1],
    ['.mine.frames', 30],
  ] as const) {
    mkdirSync(join(folder, name));
    if (name === '.mine.frames') continue;
    writeFileSync(join(folder, name, 'key'), 'k');
    const then = Date.now() / 1000 - days * 24 * 3600;
    utimesSync(join(folder, name, 'key'), then, then);
  }
  const writer = await MovieWriter.open(await movie('png', 'frames'));
  await writer.leave();
  expect(readdirSync(folder).sort()).toEqual(['.mine.frames', '.new.mp4.frames']);
});

describe('what cannot be encoded is told before the first frame', () => {
  test('no ffmpeg', async () => {
    await expect(checkFfmpeg(null, forms.h264)).rejects.toThrow(
      /^Cannot write the movie: ffmpeg is missing\. Install it/,
    );
  });

  test('no encoder', async () => {
    const path = join(folder, 'ffmpeg');
    writeFileSync(path, '#!/bin/sh\necho " V....D libx264   H.264"\n', { mode: 0o755 });
    await expect(checkFfmpeg(path, forms.vp9)).rejects.toThrow(/cannot encode VP9 \(libvpx-vp9\)/);
    await expect(checkFfmpeg(path, forms.h264)).resolves.toMatchObject({ path });
  });

  test('an ffmpeg that does not run', async () => {
    const path = join(folder, 'ffmpeg');
    writeFileSync(path, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    await expect(checkFfmpeg(path, forms.h264)).rejects.toThrow(/ffmpeg does not run/);
  });

  test('a disk with too little room', async () => {
    const asked = await movie('png', 'frames', [0, 1_000_000]);
    await expect(MovieWriter.open({ ...asked, size: [4096, 2304] })).rejects.toMatchObject({
      code: 'resources',
      message: expect.stringMatching(/MiB left, and 1000000 frames may take/),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
