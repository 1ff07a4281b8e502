import { flushCompileCache } from 'node:module';
import { version } from '../backend/project/version.ts';
import { asFailure, badInput, Failure, isFailure } from '../core/failure.ts';
import { nearest } from '../core/spelling.ts';
import { note, type ProcessName, reported, startLog } from '../log/index.ts';
import { columns, common, helpOf, parseCall } from './arguments.ts';
import type { Answer, Command, Surroundings } from './command.ts';
import { type Commands, commands } from './commands.ts';
import { Screen } from './screen.ts';

/** Exit codes of spec/cli.md; `src/contract/errors.ts` has the same for whoever validates. */
const exitCodes = { usage: 2, input: 3, cancelled: 4, resources: 5, busy: 1, internal: 1 } as const;

/** What a command's process is, where it is not one that does its work and ends. */
const PROCESSES: Readonly<Record<string, ProcessName>> = { 'run-step': 'runner', serve: 'host', start: 'host' };

/** A terminal, and a program between it and this one, may pass on one wish to stop twice. */
const ONE_WISH_MS = 1000;

/** Runs one call of the program: prints its answer or its failure and sets the exit code. */
export async function main(args: readonly string[], known: Commands = commands): Promise<void> {
  const screen = new Screen(process.stderr);
  const wants = (name: string) => args.includes(`--${name}`);
  const name = args.find((arg) => !arg.startsWith('-'));
  startLog(PROCESSES[name ?? ''] ?? 'command', version());
  if (name !== 'run-step') note('begin', { command: name, version: version() });
  const stop = new AbortController();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) is no error.
    if (error.code === 'EPIPE') return void end(0);
    const { code, message } = asFailure(error, 'Cannot write the answer');
    process.stderr.write(`error: ${message}\n`, () => void end(exitCodes[code]));
  });
  // Nobody is there to be told; the work goes on.
  process.stderr.on('error', () => undefined);
  let failed = false;
  const fail = (error: unknown) => {
    // One line, also where what was stopped fails after all.
    if (failed) return;
    failed = true;
    screen.clear();
    const failure = reported(asFailure(error, 'Something went wrong'), { command: name });
    process.stderr.write(`error: ${failure.message}\n`);
    if (wants('debug')) process.stderr.write(`${stackOf(failure)}\n`);
    if (wants('json')) {
      const { code, message, path } = failure;
      process.stdout.write(`${JSON.stringify({ error: { code, message, path } })}\n`);
    }
    leave(exitCodes[failure.code]);
  };
  let asked = Infinity;
  const hearStop = () => {
    const now = performance.now();
    asked = Math.min(asked, now);
    stop.abort();
    // Who asks again does not want to wait until what is under way has ended in order: the next run clears it up.
    if (now - asked > ONE_WISH_MS)
      fail(new Failure('cancelled', { what: 'Cancelled', why: 'it was asked to stop twice' }));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hearStop);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    const answer = await answerTo(args, known, {
      signal: stop.signal,
      cwd: workingFolder(),
      notice: (line) => screen.notice(line),
      progress: (state) => screen.progress(state),
      announce: (line) => process.stdout.write(`${line}\n`),
      json: wants('json'),
      debug: wants('debug'),
    });
    if (!answer) return;
    screen.clear();
    const text = answer.told ? '' : wants('json') ? JSON.stringify(answer.document, null, 2) : answer.text;
    if (text !== '') process.stdout.write(`${text}\n`);
    if (answer.failed) process.stderr.write(`error: ${answer.failed.message}\n`);
    leave(answer.failed?.exitCode ?? 0);
  } catch (error) {
    if (stop.signal.aborted && !isFailure(error))
      fail(new Failure('cancelled', { what: 'Cancelled', why: 'it was asked to stop', cause: error }));
    else fail(error);
  }
}

async function answerTo(args: readonly string[], known: Commands, around: Surroundings): Promise<Answer | null> {
  const first = args.findIndex((arg) => arg !== '--json' && arg !== '--debug');
  const [name, ...rest] = first < 0 ? [] : [...args.slice(first), ...args.slice(0, first)];
  if (name === undefined || name === '--help' || name === 'help') {
    if (name === undefined)
      throw new Failure('usage', {
        what: 'Cannot start',
        why: 'no command is given',
        whatToDo: 'See: tomolapse --help',
      });
    const wanted = name === 'help' ? rest[0] : undefined;
    return wanted === undefined ? overview(known) : help(await load(wanted, known));
  }
  if (name === '--version') return { document: { version: version() }, text: version() };
  const command = await load(name, known);
  const given = parseCall(command, rest);
  if (given.flag('help')) return help(command);
  return await command.run(given, around);
}

async function load(name: string, known: Commands): Promise<Command> {
  const entry = Object.hasOwn(known, name) ? known[name] : undefined;
  if (entry) return (await entry()).command;
  const meant = nearest(name, Object.keys(known));
  throw new Failure('usage', {
    what: 'Cannot start',
    why: `there is no ${name.startsWith('-') ? 'option' : 'command'} ${name}`,
    whatToDo: meant ? `Did you mean ${meant}?` : 'See: tomolapse --help',
  });
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    const fields = {
      what: 'Cannot start',
      why: 'the working folder was removed',
      whatToDo: 'Change to another folder',
    };
    throw badInput({ ...fields, cause: error });
  }
}

function help(command: Command): Answer {
  return { document: { name: command.name, summary: command.summary, help: helpOf(command) }, text: helpOf(command) };
}

async function overview(known: Commands): Promise<Answer> {
  const all = await Promise.all(Object.values(known).map(async (entry) => (await entry()).command));
  const shown = all.filter(({ hidden }) => !hidden);
  const text = [
    'tomolapse COMMAND [options]',
    '',
    'Operando tomography of solid-state batteries: from scans to lithium and cracks.',
    '',
    ...columns(shown.map(({ name, summary }) => [name, summary])),
    '',
    ...columns([
      ...Object.entries(common).map(([name, { summary }]): [string, string] => [`--${name}`, summary]),
      ['--version', 'print the version'],
    ]),
    '',
    'More on a command: tomolapse COMMAND --help',
  ].join('\n');
  return { document: { version: version(), commands: shown.map(({ name, summary }) => ({ name, summary })) }, text };
}

/** Ends once stdout has taken everything; what the engine still has running is not waited for. */
function leave(code: number): void {
  note('end', { code, seconds: Number(process.uptime().toFixed(1)) });
  process.exitCode = code;
  process.stdout.write('', (error) => {
    // A failure to write is told by its own event.
    if (!error) process.stderr.write('', () => void end(code));
  });
}

async function end(code: number): Promise<void> {
  flushCompileCache();
  try {
    (await import('../engine/exit.ts')).exitNow(code);
  } catch {
    // The engine is not built.
    process.exit(code);
  }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
