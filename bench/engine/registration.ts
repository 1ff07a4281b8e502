/**
 * Rigid registration against elastix in the same run: `node bench/engine/registration.ts [--size 256] [--rounds 3]`. Two volumes of
 * the same texture, each with noise of its own, one turned and shifted by a known motion; prints median seconds, the ratio to ours
 * and the largest displacement left in the middle 80 % of the volume, a row each. elastix runs twice: with the parameters that its
 * users give, and with a quarter of their samples and iterations. Needs elastix (Debian: elastix); without it ours alone.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type AlignOptions, align } from '../../src/analysis/register/align.ts';
import { type Matrix4, multiply, type Triple } from '../../src/core/geometry.ts';
import { gaussian } from '../../src/engine/gaussian.ts';
import { resampleBlock } from '../../src/engine/resample.ts';
import { openVolume, type View } from '../../src/engine/volume.ts';

/** Median seconds, and the largest displacement left in voxels. */
export interface Finish {
  seconds: number;
  off: number;
}

export interface RegistrationRace extends Finish {
  /** elastix as its users run it, null where it is missing; and hurried. */
  peer: Finish | null;
  hurried: Finish | null;
  /** Medians over rounds of the peer's time over ours. */
  ratio: number | null;
  hurriedRatio: number | null;
}

const MARGIN = 16;
const TURN = (0.9 * Math.PI) / 180;
const SHIFT: Triple = [2.37, -4.61, 3.18];

/** What elastix's users give it, and a quarter of that. */
const USUAL = { samples: 4096, iterations: 500 };
const HURRIED = { samples: 1024, iterations: 125 };

const matrixAt = (a: Triple): Matrix4 => [1, 0, 0, a[0], 0, 1, 0, a[1], 0, 0, 1, a[2], 0, 0, 0, 1];

/** About the middle: a turn in the plane, a tenth of it out of the plane, then a shift; reference → moved voxel. */
function motionAbout(middle: number): Matrix4 {
  const [c, s] = [Math.cos(TURN), Math.sin(TURN)];
  const [d, t] = [Math.cos(TURN / 10), Math.sin(TURN / 10)];
  const inPlane: Matrix4 = [1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1];
  const outOfPlane: Matrix4 = [d, -t, 0, 0, t, d, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  const to = matrixAt([middle + SHIFT[0], middle + SHIFT[1], middle + SHIFT[2]]);
  return multiply(to, multiply(multiply(inPlane, outOfPlane), matrixAt([-middle, -middle, -middle])));
}

/** A rigid motion backwards. */
function inverse(m: Matrix4): Matrix4 {
  const at = (row: number, column: number) => m[row * 4 + column]!;
  const shift = [0, 1, 2].map((row) => -[0, 1, 2].reduce((sum, k) => sum + at(k, row) * at(k, 3), 0));
  return [0, 1, 2].flatMap((row) => [at(0, row), at(1, row), at(2, row), shift[row]!]).concat(0, 0, 0, 1) as Matrix4;
}

/** White noise, −0.5 to 0.5. */
function whiteNoise(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32 - 0.5;
  });
}

function viewOf(path: string, shapeOf: Triple, type: 'float32' | 'uint16'): View {
  const volume = openVolume({
    segments: [{ path, offset: 0, rows: shapeOf[0] * shapeOf[1] }],
    shape: shapeOf,
    type,
    bigEndian: false,
  });
  return { volume, axis: [0, 1, 2], flip: [false, false, false] };
}

/** Grains of two sizes, as a pressed electrolyte shows them. */
async function texture(directory: string, size: number): Promise<View> {
  const edge = size + 2 * MARGIN;
  const whole: Triple = [edge, edge, edge];
  const white = whiteNoise(edge ** 3, 2463534242);
  const [fine, coarse] = [await gaussian(white, whole, 1.5), await gaussian(white, whole, 5)];
  const path = join(directory, 'texture.f32');
  const grey = fine.map((value, i) => 30_000 + 40_000 * value + 200_000 * coarse[i]!);
  writeFileSync(path, new Uint8Array(grey.buffer));
  return viewOf(path, whole, 'float32');
}

/** The texture as it lies under a motion, with noise, in a file; `matrix` leads from its voxels to those of the first scan. */
async function scan(
  from: View,
  matrix: Matrix4,
  directory: string,
  name: string,
  size: number,
  seed: number,
): Promise<View> {
  const shape: Triple = [size, size, size];
  const placed = await resampleBlock(
    from,
    multiply(matrixAt([MARGIN, MARGIN, MARGIN]), matrix),
    [0, 0, 0],
    shape,
    'spline',
  );
  const noise = whiteNoise(placed.length, seed);
  const path = join(directory, `${name}.raw`);
  writeFileSync(path, new Uint8Array(Uint16Array.from(placed, (value, i) => value + 3000 * noise[i]!).buffer));
  const header = ['ObjectType = Image', 'NDims = 3', `DimSize = ${size} ${size} ${size}`, 'ElementType = MET_USHORT'];
  writeFileSync(join(directory, `${name}.mhd`), [...header, `ElementDataFile = ${name}.raw`, ''].join('\n'));
  return viewOf(path, shape, 'uint16');
}

/** The largest distance of two motions in the middle 80 % of the volume, voxels. */
function apart(a: Matrix4, b: Matrix4, size: number): number {
  let most = 0;
  for (let corner = 0; corner < 8; corner++) {
    const place = [0, 1, 2].map((k) => ((corner >> k) & 1 ? 0.9 : 0.1) * (size - 1));
    const difference = [0, 1, 2].map((row) =>
      [0, 1, 2].reduce(
        (sum, k) => sum + (a[row * 4 + k]! - b[row * 4 + k]!) * place[k]!,
        a[row * 4 + 3]! - b[row * 4 + 3]!,
      ),
    );
    most = Math.max(most, Math.hypot(...difference));
  }
  return most;
}

const parameters = ({ samples, iterations }: typeof USUAL) =>
  `
(FixedInternalImagePixelType "float") (MovingInternalImagePixelType "float")
(Registration "MultiResolutionRegistration") (Transform "EulerTransform") (Metric "AdvancedNormalizedCorrelation")
(Interpolator "BSplineInterpolator") (BSplineInterpolationOrder 3) (ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler") (Optimizer "AdaptiveStochasticGradientDescent")
(FixedImagePyramid "FixedSmoothingImagePyramid") (MovingImagePyramid "MovingSmoothingImagePyramid")
(NumberOfResolutions 4) (AutomaticTransformInitialization "false") (AutomaticScalesEstimation "true")
(ImageSampler "RandomCoordinate") (NumberOfSpatialSamples ${samples}) (NewSamplesEveryIteration "true")
(MaximumNumberOfIterations ${iterations}) (WriteResultImage "false") (HowToCombineTransforms "Compose")
`.replaceAll(') (', ')\n(');

/** Seconds that elastix says it took, and its motion; null where it is missing. */
function elastix(directory: string, effort: typeof USUAL): { seconds: number; matrix: Matrix4 } | null {
  const at = (name: string) => join(directory, name);
  writeFileSync(at('rigid.txt'), parameters(effort));
  const threads = String(availableParallelism());
  const words = ['-f', at('reference.mhd'), '-m', at('moved.mhd'), '-p', at('rigid.txt'), '-out', directory];
  const { error, status, stdout } = spawnSync('elastix', [...words, '-threads', threads], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) return null;
  if (status !== 0) throw new Error(`elastix ended with ${status}: ${stdout.slice(-400)}`);
  const parts = [...stdout.matchAll(/^Time spent in resolution .*: ([\d.]+) s\.$/gm)];
  const seconds = parts.reduce((sum, [, part]) => sum + Number(part), 0);
  const said = readFileSync(at('TransformParameters.0.txt'), 'utf8');
  const numbers = (name: string) => new RegExp(`\\(${name} ([^)]*)\\)`).exec(said)![1]!.trim().split(/\s+/).map(Number);
  const [rx, ry, rz, tx, ty, tz] = numbers('TransformParameters') as [number, number, number, number, number, number];
  const center = numbers('CenterOfRotationPoint');
  // ITK's Euler angles: Z · X · Y unless told otherwise, on points (x, y, z).
  const turn = (axis: number, angle: number) => {
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
    const matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    [matrix[i * 3 + i], matrix[i * 3 + j], matrix[j * 3 + i], matrix[j * 3 + j]] = [c, -s, s, c];
    return matrix;
  };
  const times = (a: number[], b: number[]) =>
    a.map((_, k) => [0, 1, 2].reduce((sum, n) => sum + a[Math.floor(k / 3) * 3 + n]! * b[n * 3 + (k % 3)]!, 0));
  const rotation = times(times(turn(2, rz), turn(0, rx)), turn(1, ry));
  const shift = [tx, ty, tz].map(
    (t, row) => t + center[row]! - [0, 1, 2].reduce((sum, k) => sum + rotation[row * 3 + k]! * center[k]!, 0),
  );
  const flip = [2, 1, 0];
  const rows = flip.flatMap((row) => [...flip.map((column) => rotation[row * 3 + column]!), shift[row]!]);
  return { seconds, matrix: [...rows, 0, 0, 0, 1] as Matrix4 };
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** Registers a pair of `size`³ voxels, ours and elastix in turns. */
export async function raceRegistration(size: number, rounds: number): Promise<RegistrationRace> {
  const directory = mkdtempSync(join(tmpdir(), 'tomolapse-bench-'));
  try {
    const shape: Triple = [size, size, size];
    const middle = (size - 1) / 2;
    const motion = motionAbout(middle);
    const from = await texture(directory, size);
    const reference = await scan(from, matrixAt([0, 0, 0]), directory, 'reference', size, 88172645);
    const moved = await scan(from, inverse(motion), directory, 'moved', size, 362436069);
    const options: AlignOptions = {
      reference,
      moved,
      shape,
      movedShape: shape,
      mask: null,
      texture: null,
      rings: null,
      findRings: async () => null,
      center: [middle, middle, middle],
      model: 'rigid',
      threads: availableParallelism(),
      memoryBytes: 2 ** 31,
      signal: new AbortController().signal,
    };
    const seconds: number[] = [];
    let off = 0;
    const peers = [USUAL, HURRIED].map((effort) => ({ effort, seconds: [] as number[], off: 0 }));
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const { matrix } = await align({ ...options });
      seconds.push((performance.now() - start) / 1000);
      off = apart(matrix, motion, size);
      for (const peer of peers) {
        const found = elastix(directory, peer.effort);
        if (!found) continue;
        peer.seconds.push(found.seconds);
        peer.off = apart(found.matrix, motion, size);
      }
    }
    const [usual, hurried] = peers.map((peer) =>
      peer.seconds.length > 0
        ? {
            finish: { seconds: median(peer.seconds), off: peer.off },
            ratio: median(seconds.map((mine, i) => peer.seconds[i]! / mine)),
          }
        : null,
    );
    return {
      seconds: median(seconds),
      off,
      peer: usual?.finish ?? null,
      hurried: hurried?.finish ?? null,
      ratio: usual?.ratio ?? null,
      hurriedRatio: hurried?.ratio ?? null,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { size: { type: 'string', default: '256' }, rounds: { type: 'string', default: '3' } },
  });
  const size = Number(values.size);
  const rounds = Number(values.rounds);
  if (!(size >= 96 && size <= 512 && rounds >= 1)) {
    process.stderr.write('error: bench: --size is 96 to 512 and --rounds at least 1\n');
    process.exit(2);
  }
  const race = await raceRegistration(size, rounds);
  process.stdout.write(`rigid registration, ${size}³ voxels, ${rounds} rounds, ${availableParallelism()} cores\n`);
  const print = (name: string, { seconds, off }: Finish, ratio: number | null) =>
    process.stdout.write(
      `${name.padEnd(44)}${seconds.toFixed(2).padStart(8)} s  off by ${off.toFixed(4)} voxel${ratio === null ? '' : `  ${ratio.toFixed(1)}×`}\n`,
    );
  print('tomolapse', race, null);
  const words = ({ samples, iterations }: typeof USUAL) => `elastix, 4 × ${iterations} steps, ${samples} samples`;
  if (race.peer) print(words(USUAL), race.peer, race.ratio);
  if (race.hurried) print(words(HURRIED), race.hurried, race.hurriedRatio);
  if (!race.peer) process.stdout.write('no peer: elastix is missing (Debian: elastix)\n');
}

if (import.meta.main) await main();
