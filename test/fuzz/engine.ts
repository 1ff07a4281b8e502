import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** Builds targets of the engine in a folder of their own; ends the process where that fails. */
function build(folder: string, options: readonly string[], targets: readonly string[]): string {
  const place = join(ROOT, 'build', folder);
  const steps = [
    ['-S', join(ROOT, 'native'), '-B', place, ...options],
    ['--build', place, '--parallel', String(availableParallelism()), '--target', ...targets],
  ];
  for (const step of steps) {
    const { status } = spawnSync('cmake', step, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status === 0) continue;
    console.error(
      `error: Cannot fuzz (${place}): the engine does not build for it. Clang with libFuzzer and cmake are needed (Debian: apt-get install clang cmake).`,
    );
    process.exit(1);
  }
  return place;
}

/** Runs each of libFuzzer's targets for its share of the time; the process's exit code. */
export function fuzzEngine(seconds: number, only: readonly string[]): number {
  const names = readdirSync(join(ROOT, 'native', 'fuzz'))
    .filter((name) => name.endsWith('_fuzz.cpp'))
    .map((name) => name.slice(0, -'_fuzz.cpp'.length))
    .filter((name) => only.length === 0 || only.includes(name));
  const options = ['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_CXX_COMPILER=clang++', '-DTOMOLAPSE_FUZZ=ON'];
  const place = build('native-fuzz', options, ['fuzzers']);
  let found = 0;
  for (const name of names) {
    // What it has learned is kept from one time to the next.
    const corpus = join(ROOT, 'build', 'fuzz-corpus', name);
    const findings = join(ROOT, 'build', 'fuzz');
    for (const folder of [corpus, findings]) mkdirSync(folder, { recursive: true });
    const limits = [
      `-max_total_time=${Math.max(1, Math.floor(seconds / names.length))}`,
      '-max_len=2048',
      '-timeout=10',
      '-rss_limit_mb=2048',
    ];
    const { status, stderr } = spawnSync(
      join(place, `${name}_fuzz`),
      [...limits, `-artifact_prefix=${join(findings, `${name}-`)}`, corpus],
      {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    );
    const [, runs = '0'] = /Done (\d+) runs/.exec(stderr) ?? [];
    console.log(
      `${name}: ${Number(runs).toLocaleString('en')} executions, ${status === 0 ? 'no finding' : 'a finding'}`,
    );
    if (status === 0) continue;
    found++;
    console.log(stderr.split('\n').slice(-60).join('\n'));
  }
  return found > 0 ? 1 : 0;
}

/** The environment in which the addon target loads an addon under AddressSanitizer and UndefinedBehaviorSanitizer, which is built. */
export function sanitizedAddon(): Record<string, string> {
  const place = build('native-sanitized', ['-DCMAKE_BUILD_TYPE=Debug', '-DTOMOLAPSE_SANITIZE=ON'], ['tomolapse_node']);
  const library = (name: string) => execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  const preload = ['libasan.so', 'libubsan.so', 'libstdc++.so.6'].map(library).filter(existsSync).join(':');
  return { TOMOLAPSE_FUZZ_ADDON: join(place, 'tomolapse.node'), TOMOLAPSE_FUZZ_PRELOAD: preload };
}
