/**
 * Every check: types of each layer, lint and format side by side, then one after another the engine's own tests under sanitizers, the
 * tests beside the sources, and the app in a browser. Arguments go to vitest, and leave the browser out. Ends with a line
 * `N passed, N failed`; specs that passed at their second try alone are among those that passed, and named above it as flaky.
 */
import { execFile, spawnSync } from 'node:child_process';
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
const flaky: string[] = [];

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

interface Check {
  name: string;
  program: string;
  args: string[];
}

/** Checks that either hold or do not, as many at once as there are cores; their output is shown only where they do not. */
async function checks(all: readonly Check[]): Promise<void> {
  const open = [...all];
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const some = async () => {
    for (let next = open.shift(); next; next = open.shift()) {
      const { name, program, args } = next;
      const output = await new Promise<string | null>((resolve) => {
        execFile(program, args, { cwd: ROOT, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) =>
          resolve(error ? `${stdout}${stderr}` || error.message : null),
        );
      });
      if (output === null) total.passed++;
      else {
        total.failed++;
        failures.push(name);
      }
      console.log(output === null ? `✓ ${name}` : `✗ ${name}\n${output}`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, some));
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
        else if (status === 'expected' || status === 'flaky') {
          total.passed++;
          if (status === 'flaky') flaky.push(`[${projectName}] ${title}`);
        } else {
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

const typesOf = (what: string, ...path: string[]): Check => ({
  name: `types of ${what}`,
  program: bin('tsc'),
  args: ['--noEmit', '-p', join(...path)],
});
const folders = [...new Set(Object.keys(layers).map((folder) => folder.split('/')[0]!))].filter((folder) =>
  readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.ts')),
);
// Those that take longest begin first.
await checks([
  { name: 'lint and format', program: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  typesOf('tests and scripts', '.'),
  typesOf('the tests of renderer', 'src', 'renderer', 'tsconfig.test.json'),
  typesOf('the specs', 'e2e'),
  typesOf('the specs of rendering', 'e2e', 'render'),
  ...folders.map((folder) => typesOf(folder, 'src', folder)),
]);
engineTests();
tests(process.argv.slice(2));
if (process.argv.length === 2) specs();

for (const name of failures) console.log(`✗ ${name}`);
for (const name of flaky) console.log(`flaky: ${name}`);
if (flaky.length > 0) console.log(`${flaky.length} flaky`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;
