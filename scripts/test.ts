/**
 * Every check, one after another: types of each layer, lint and format, the engine's own tests under sanitizers, the tests beside
 * the sources, and the app in a browser. Arguments go to vitest, and leave the browser out. Ends with a line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { layers } from '../src/layers.ts';

const ROOT = join(import.meta.dirname, '..');
const bin = (name: string) => join(ROOT, 'node_modules', '.bin', name);
/** Where the specs look for one; `scripts/test` told where there is none. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const total = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];

/** Runs a program to its end; its output is shown, and returned where it is to be read. */
function run(
  program: string,
  args: string[],
  { quiet = false, env = {} }: { quiet?: boolean; env?: NodeJS.ProcessEnv } = {},
) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    encoding: 'utf8',
    env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }), ...env },
    maxBuffer: 64 * 2 ** 20,
  });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}` };
}

/** One check that either holds or does not; its output is shown only where it does not. */
function check(name: string, program: string, args: string[]): boolean {
  const { ok, output } = run(program, args, { quiet: true });
  if (ok) total.passed++;
  else {
    total.failed++;
    failures.push(name);
  }
  console.log(`${ok ? '✓' : '✗'} ${name}${ok ? '' : `\n${output}`}`);
  return ok;
}

function engineTests(): void {
  const build = join(ROOT, 'build', 'native-sanitized');
  const name = "the engine's own tests under sanitizers";
  if (!existsSync(join(ROOT, 'native', 'test'))) return;
  const configured = ['-S', 'native', '-B', build, '-DCMAKE_BUILD_TYPE=Debug', '-DTOMOLAPSE_SANITIZE=ON'];
  const built = ['--build', build, '--target', 'tomolapse_core_test', '--parallel', String(availableParallelism())];
  console.log('Building the engine under sanitizers…');
  for (const args of [configured, built]) {
    const { ok, output } = run('cmake', args, { quiet: true });
    if (ok) continue;
    console.log(output);
    total.failed++;
    failures.push(`${name}: it does not build`);
    return;
  }
  const { ok, output } = run(join(build, 'tomolapse_core_test'), [], {
    quiet: true,
    env: { ASAN_OPTIONS: 'detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
  });
  const counts = /(\d+) passed, (\d+) failed/.exec(output);
  console.log(ok && counts ? `✓ ${name}: ${counts[0]}` : output);
  total.passed += Number(counts?.[1] ?? 0);
  // A sanitizer ends the program before it counts.
  const failed = Math.max(Number(counts?.[2] ?? 0), ok && counts ? 0 : 1);
  total.failed += failed;
  if (failed > 0) failures.push(name);
}

function tests(args: string[]): void {
  const report = join(ROOT, 'build', 'test', 'vitest.json');
  mkdirSync(join(report, '..'), { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const { ok } = run(process.execPath, [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ]);
  if (!existsSync(report)) {
    total.failed++;
    failures.push('vitest ended without a report');
    return;
  }
  const found = JSON.parse(readFileSync(report, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
    testResults: { name: string; status: string; assertionResults: { status: string; fullName: string }[] }[];
  };
  total.passed += found.numPassedTests;
  total.skipped += found.numPendingTests + found.numTodoTests;
  total.failed += found.numFailedTests;
  for (const file of found.testResults) {
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    failures.push(...failed.map(({ fullName }) => fullName));
    if (file.status === 'failed' && failed.length === 0) {
      total.failed++;
      failures.push(`${file.name} could not be run`);
    }
  }
  if (!ok && found.numFailedTests === 0 && failures.length === 0) {
    total.failed++;
    failures.push('vitest reported an error outside of a test');
  }
}

interface Suite {
  title: string;
  suites?: Suite[];
  specs?: { title: string; tests: { projectName: string; status: string }[] }[];
}

/** The app as a person uses it, in Chromium, and in Electron where that is installed. */
function specs(): void {
  const report = join(ROOT, 'build', 'e2e', 'report.json');
  rmSync(report, { force: true });
  if (!BROWSERS.some(existsSync)) {
    total.skipped++;
    return;
  }
  if (!run('sh', [join('scripts', 'build-app')]).ok) {
    total.failed++;
    failures.push('the window does not build');
    return;
  }
  const playwright = join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js');
  const { ok } = run(process.execPath, [playwright, 'test', '-c', join('e2e', 'playwright.config.ts')]);
  if (!existsSync(report)) {
    total.failed++;
    failures.push('the specs of the app ended without a report');
    return;
  }
  const { suites, errors } = JSON.parse(readFileSync(report, 'utf8')) as { suites: Suite[]; errors: unknown[] };
  const before = total.failed;
  const count = (suite: Suite): void => {
    for (const { title, tests } of suite.specs ?? [])
      for (const { projectName, status } of tests) {
        if (status === 'skipped') total.skipped++;
        else if (status === 'expected') total.passed++;
        else {
          total.failed++;
          failures.push(`[${projectName}] ${title}`);
        }
      }
    suite.suites?.forEach(count);
  };
  suites.forEach(count);
  if ((!ok || errors.length > 0) && total.failed === before) {
    total.failed++;
    failures.push('the specs of the app ended with an error outside of a test');
  }
}

const folders = [...new Set(Object.keys(layers).map((folder) => folder.split('/')[0]!))];
for (const folder of folders)
  if (
    readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.ts'))
  )
    check(`types of ${folder}`, bin('tsc'), ['--noEmit', '-p', join('src', folder)]);
check('types of the tests of renderer', bin('tsc'), ['--noEmit', '-p', join('src', 'renderer', 'tsconfig.test.json')]);
check('types of the specs', bin('tsc'), ['--noEmit', '-p', 'e2e']);
check('types of the specs of rendering', bin('tsc'), ['--noEmit', '-p', join('e2e', 'render')]);
check('types of tests and scripts', bin('tsc'), ['--noEmit', '-p', '.']);
check('lint and format', bin('biome'), ['check', '--error-on-warnings', '.']);
engineTests();
tests(process.argv.slice(2));
if (process.argv.length === 2) specs();

for (const name of failures) console.log(`✗ ${name}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;
