import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { STORYBOARDS } from '../../core/movie/storyboard.ts';
import type { Json } from '../../core/step.ts';
import type { Command } from '../command.ts';
import type { withStage } from '../stage.ts';

const CODECS = ['h264', 'vp9', 'av1', 'prores', 'gif', 'png'] as const;

/** The command, drawing with a stage that is given; with the built window's unless told. */
export const movieWith = (stage?: typeof withStage): Command => ({
  name: 'movie',
  summary: 'Draws a movie of a project and writes it',
  positionals: [{ name: 'PROJECT' }],
  options: {
    storyboard: {
      value: 'FILE|NAME',
      summary: `a storyboard, one of the project's by its name, or one of: ${STORYBOARDS.join(', ')}`,
    },
    out: { value: 'FILE', summary: '.mp4, .webm, .mov or .gif; a folder (no ending) for PNG frames' },
    with: { value: 'PROJECT', many: true, summary: 'the second project of a storyboard that shows two' },
    size: { value: '1920x1080', summary: "of a frame; the storyboard's unless told" },
    fps: { value: 'N', summary: "frames a second; the storyboard's unless told" },
    samples: { value: 'N', summary: 'pictures averaged a frame; as many as change anything unless told' },
    frames: { value: 'A-B', summary: 'these frames only, both included' },
    codec: { value: 'CODEC', choices: CODECS, summary: 'where an ending has several: vp9 or av1 in .webm' },
    threads: { value: 'N', summary: 'threads that read voxels; all cores unless told' },
  },
  notes: [
    'Writes FILE.json beside it: what made the movie, and a hash of each frame.',
    'Stopped or killed, it goes on at the first missing frame when it is started again.',
  ],
  async run(given, around) {
    const missing = ['storyboard', 'out'].find((name) => given.text(name) === undefined);
    if (missing)
      throw new Failure('usage', {
        what: 'Cannot make the movie',
        why: `--${missing} is missing`,
        whatToDo: missing === 'out' ? 'Name a file to write' : `Name a file, or one of: ${STORYBOARDS.join(', ')}`,
      });
    const [quantities, { openForReading }, { readStoryboard }, own, { asItIs, exportMovie, settingsOf }] =
      await Promise.all([
        import('../quantities.ts'),
        import('../reader.ts'),
        import('../storyboards.ts'),
        import('../stage.ts'),
        import('../../backend/app/index.ts'),
      ]);
    const { parseCount, parseRange, parseSize } = quantities;
    const read = <T>(name: string, parse: (text: string, option: string) => T): T | undefined => {
      const text = given.text(name);
      return text === undefined ? undefined : parse(text, `--${name}`);
    };
    const [size, fps, samples, frames] = [
      read('size', parseSize),
      read('fps', parseCount),
      read('samples', parseCount),
      read('frames', parseRange),
    ];
    const threads = read('threads', parseCount) ?? availableParallelism();
    const projects = [];
    let boards: Record<string, Json> | null = null;
    for (const path of [given.positional('PROJECT'), ...given.list('with')]) {
      // Held only while its database is read: drawing takes long, and needs but the stored results.
      const project = await openForReading(resolve(around.cwd, path), 'movie');
      try {
        projects.push(asItIs(project));
        boards ??= project.storyboards();
      } finally {
        project.close();
      }
    }
    const { name, storyboard, folder } = await readStoryboard(given.text('storyboard')!, around.cwd, boards ?? {});
    const request = {
      name,
      storyboard,
      logos: folder,
      projects,
      file: resolve(around.cwd, given.text('out')!),
      codec: (given.text('codec') as (typeof CODECS)[number] | undefined) ?? null,
      samples: samples ?? null,
      threads,
      ffmpeg: (await settingsOf()).ffmpeg ?? null,
      ...(size && { size }),
      ...(fps !== undefined && { fps }),
      ...(frames && { frames }),
    };
    const made = await (stage ?? own.withStage)(around, threads, (door) => exportMovie(request, around, door));
    return { document: made, text: made.file };
  },
});

export const command = movieWith();
