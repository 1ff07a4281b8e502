import { extname } from 'node:path';
import { Failure } from '../../../core/failure.ts';

/** How frames become a file. */
export interface Form {
  name: FormName;
  title: string;
  /** What ffmpeg must be able to encode; none where it is not needed. */
  encoder: string | null;
  /** Of the file; a folder has none. */
  ending: string;
  /** Of the pieces that frames are kept in until all are there. */
  pieceEnding: string;
  /** How ffmpeg encodes a piece. */
  encode: readonly string[];
  /** How the file is put together beyond `-c copy`. */
  container: readonly string[];
  /** Both sides must be multiples of it. */
  multiple: number;
  /** A generous guess of what a pixel takes in the file, and in the pieces, bytes. */
  bytesAPixel: { file: number; piece: number };
}

export type FormName = 'h264' | 'vp9' | 'av1' | 'prores' | 'gif' | 'png';

/** The same bytes each time: no stamps, and a number of threads that does not come from the machine. */
const SAME = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-threads', '4'];
/** Colours as screens have them, told in the file: players guess by the height else. */
const SCREEN = ['-color_range', 'tv', '-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];
/** From the frames' RGB, each chroma sample the mean of its pixels. */
const toVideo = (pixels: string) => [
  '-vf',
  `scale=in_range=pc:out_range=tv:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int,format=${pixels},setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709`,
];
/** Text of any length under a name of one's own. */
const TAGS = '+faststart+use_metadata_tags+write_colr';

export const forms: Readonly<Record<FormName, Form>> = {
  h264: {
    name: 'h264',
    title: 'H.264',
    encoder: 'libx264',
    ending: '.mp4',
    pieceEnding: '.mp4',
    encode: [
      ...toVideo('yuv420p'),
      '-c:v',
      'libx264',
      '-preset',
      'medium',
      '-crf',
      '17',
      '-aq-mode',
      '3',
      ...SCREEN,
      ...SAME,
    ],
    container: ['-movflags', TAGS],
    multiple: 2,
    bytesAPixel: { file: 0.04, piece: 0.04 },
  },
  vp9: {
    name: 'vp9',
    title: 'VP9',
    encoder: 'libvpx-vp9',
    ending: '.webm',
    pieceEnding: '.webm',
    encode: [
      ...toVideo('yuv420p'),
      '-c:v',
      'libvpx-vp9',
      '-crf',
      '24',
      '-b:v',
      '0',
      '-deadline',
      'good',
      '-cpu-used',
      '4',
      '-row-mt',
      '1',
      ...SCREEN,
      ...SAME,
    ],
    container: [],
    multiple: 2,
    bytesAPixel: { file: 0.03, piece: 0.03 },
  },
  av1: {
    name: 'av1',
    title: 'AV1',
    encoder: 'libaom-av1',
    ending: '.webm',
    pieceEnding: '.webm',
    encode: [
      ...toVideo('yuv420p'),
      '-c:v',
      'libaom-av1',
      '-crf',
      '24',
      '-b:v',
      '0',
      '-cpu-used',
      '6',
      '-row-mt',
      '1',
      ...SCREEN,
      ...SAME,
    ],
    container: [],
    multiple: 2,
    bytesAPixel: { file: 0.03, piece: 0.03 },
  },
  prores: {
    name: 'prores',
    title: 'ProRes 422 HQ',
    encoder: 'prores_ks',
    ending: '.mov',
    pieceEnding: '.mov',
    encode: [...toVideo('yuv422p10le'), '-c:v', 'prores_ks', '-profile:v', 'hq', '-vendor', 'apl0', ...SCREEN, ...SAME],
    container: ['-movflags', TAGS],
    multiple: 2,
    bytesAPixel: { file: 0.5, piece: 0.5 },
  },
  gif: {
    name: 'gif',
    title: 'GIF',
    encoder: 'gif',
    ending: '.gif',
    // Its colours are chosen once all frames are there: until then nothing may be lost.
    pieceEnding: '.mkv',
    encode: ['-pix_fmt', 'bgr0', '-c:v', 'ffv1', ...SAME],
    container: [],
    multiple: 1,
    bytesAPixel: { file: 0.6, piece: 1.5 },
  },
  png: {
    name: 'png',
    title: 'PNG',
    encoder: null,
    ending: '',
    pieceEnding: '.png',
    encode: [],
    container: [],
    multiple: 1,
    bytesAPixel: { file: 0, piece: 2 },
  },
};

export const FORM_NAMES = Object.keys(forms) as FormName[];
const LEAST_SIDE = 16;
/** What players and the levels of H.264 go to. */
const MOST_WIDTH = 4096;
const MOST_HEIGHT = 4096;
const MOST_PIXELS = 4096 * 2304;
const MOST_FPS = 120;
/** Of a GIF: viewers slow down what changes faster. */
const MOST_GIF_FPS = 50;

/** The form that a file's name asks for, and where two share an ending the one that is named. Throws a Failure `usage`. */
export function formOf(file: string, named: FormName | null): Form {
  const ending = extname(file).toLowerCase();
  const fitting = Object.values(forms).filter((form) => form.ending === ending);
  const what = 'Cannot write the movie';
  if (fitting.length === 0)
    throw new Failure('usage', {
      what,
      path: file,
      why: `there is no form of movies for "${ending}"`,
      whatToDo: 'Name it .mp4, .webm, .mov or .gif, or a folder (no ending) for PNG frames',
    });
  if (named === null) return fitting[0]!;
  const form = fitting.find(({ name }) => name === named);
  if (form) return form;
  const wanted = forms[named].ending;
  throw new Failure('usage', {
    what,
    path: file,
    why: `${forms[named].title} is not written into ${ending || 'folders'}`,
    whatToDo: wanted === '' ? 'Name a folder' : `Name it ${wanted}`,
  });
}

/** Throws a Failure `usage` where a form cannot have frames of a size or rate. */
export function checkFrames(form: Form, [width, height]: readonly [number, number], fps: number): void {
  const wrong = (why: string, whatToDo: string) =>
    new Failure('usage', {
      what: 'Cannot write the movie',
      at: `${width}x${height}, ${fps} frames a second`,
      why,
      whatToDo,
    });
  if (width % form.multiple || height % form.multiple)
    throw wrong(
      `${form.title} needs an even width and height`,
      `Take ${[width, height].map((side) => Math.ceil(side / form.multiple) * form.multiple).join('x')}`,
    );
  if (Math.min(width, height) < LEAST_SIDE)
    throw wrong('that is smaller than can be looked at', 'Take 1280x720 or more');
  if (width > MOST_WIDTH || height > MOST_HEIGHT || width * height > MOST_PIXELS)
    throw wrong('that is larger than 4K', 'Take 3840x2160 or less');
  const most = form.name === 'gif' ? MOST_GIF_FPS : MOST_FPS;
  if (!(fps > 0 && fps <= most)) throw wrong(`${form.title} has at most ${most} frames a second`, 'Take fewer');
}

/** Bytes that the pieces and the file together may take, on the generous side. */
export function roomFor(form: Form, [width, height]: readonly [number, number], frames: number): number {
  const { file, piece } = form.bytesAPixel;
  return Math.ceil(width * height * frames * (file + piece));
}
