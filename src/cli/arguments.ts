import { parseArgs } from 'node:util';
import { Failure } from '../core/failure.ts';
import { nearest } from '../core/spelling.ts';
import type { Command, Given, Option } from './command.ts';

/** Options that every command has. */
export const common: Readonly<Record<string, Option>> = {
  json: { summary: 'print one JSON document on stdout' },
  debug: { summary: 'show the stack of an error' },
  help: { summary: 'show this' },
};

/** The arguments of a command, checked. Throws a Failure `usage` with a suggestion. */
export function parseCall(command: Command, args: readonly string[]): Given {
  const options = { ...command.options, ...common };
  const wrong = (why: string, whatToDo = `See: tomolapse ${command.name} --help`) =>
    new Failure('usage', { what: `Cannot run "tomolapse ${command.name}"`, why, whatToDo });
  const { values, positionals } = (() => {
    try {
      const { tokens } = parseArgs({
        args: spread(args, options, wrong),
        strict: false,
        tokens: true,
        options: Object.fromEntries(
          Object.entries(options).map(([name, { value }]) => [
            name,
            { type: value ? 'string' : 'boolean', multiple: true },
          ]),
        ),
      });
      const values = new Map<string, string[]>();
      const positionals: string[] = [];
      for (const token of tokens) {
        if (token.kind === 'positional') positionals.push(token.value);
        if (token.kind !== 'option') continue;
        const option = options[token.name];
        if (!option) {
          const meant = nearest(token.name, Object.keys(options));
          throw wrong(`there is no option ${token.rawName}`, meant ? `Did you mean --${meant}?` : undefined);
        }
        if (!option.value && token.value !== undefined) throw wrong(`--${token.name} takes no value`);
        if (!option.many && option.value && values.has(token.name)) throw wrong(`--${token.name} is given twice`);
        if (option.choices && !option.choices.includes(token.value!))
          throw wrong(`--${token.name} cannot be "${token.value}"`, `Choose one of: ${option.choices.join(', ')}`);
        values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? 'true']);
      }
      return { values, positionals };
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw wrong((error as Error).message);
    }
  })();
  const needed = command.positionals.filter(({ optional }) => !optional);
  if (!values.has('help')) {
    if (positionals.length < needed.length) throw wrong(`${needed[positionals.length]!.name} is missing`);
    if (positionals.length > command.positionals.length)
      throw wrong(`"${positionals[command.positionals.length]}" is too much`);
  }
  const at = (name: string) => positionals[command.positionals.findIndex((positional) => positional.name === name)];
  return {
    positional: (name) => at(name)!,
    optionalPositional: at,
    text: (option) => values.get(option)?.[0],
    list: (option) => values.get(option) ?? [],
    flag: (option) => values.has(option),
  };
}

/** `--scans a b c` as `--scans=a --scans=b --scans=c`, and values that begin with a minus sign bound to their option. */
function spread(
  args: readonly string[],
  options: Readonly<Record<string, Option>>,
  wrong: (why: string) => Failure,
): string[] {
  const spreadOut: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return [...spreadOut, ...args.slice(i)];
    const option = arg.startsWith('--') ? options[arg.slice(2)] : undefined;
    if (!option?.value) {
      spreadOut.push(arg);
      continue;
    }
    let taken = 0;
    while (i + 1 < args.length && !args[i + 1]!.startsWith('--') && (taken === 0 || option.many)) {
      spreadOut.push(`${arg}=${args[++i]}`);
      taken++;
    }
    if (taken === 0) throw wrong(`${arg} needs a value (${option.value})`);
  }
  return spreadOut;
}

/** What `--help` prints for a command. */
export function helpOf(command: Command): string {
  const positionals = command.positionals.map(({ name, optional }) => (optional ? `[${name}]` : name)).join(' ');
  const rows = Object.entries({ ...command.options, ...common }).map(([name, option]) => {
    const value = option.choices ? ` ${option.choices.join('|')}` : option.value ? ` ${option.value}` : '';
    return [`--${name}${value}${option.many ? '…' : ''}`, option.summary] as const;
  });
  return [
    `tomolapse ${command.name}${positionals ? ` ${positionals}` : ''} [options]`,
    '',
    `${command.summary}.`,
    '',
    ...columns(rows),
    ...(command.notes ? ['', ...command.notes] : []),
  ].join('\n');
}

/** Pairs as two aligned columns; a long left side has its right side on the next line. */
export function columns(rows: readonly (readonly [string, string])[], widest = 34): string[] {
  const width = Math.min(widest, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) =>
    left.length <= width ? [`  ${left.padEnd(width)}  ${right}`] : [`  ${left}`, `  ${' '.repeat(width)}  ${right}`],
  );
}
