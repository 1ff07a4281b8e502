import type { Command } from '../command.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'Tells what is there, what is missing and how to get it',
  positionals: [],
  options: {},
  async run(_given, { cwd }) {
    const { examine } = await import('../doctor.ts');
    const findings = await examine(cwd);
    const width = Math.max(...findings.map(({ name }) => name.length));
    const lines = findings.map(
      ({ name, state, found, howToGet }) =>
        `${{ ok: '✓', missing: '✗', optional: '–' }[state]} ${name.padEnd(width)}  ${found}${howToGet ? `\n  ${' '.repeat(width)}  ${howToGet}` : ''}`,
    );
    const missing = findings.filter(({ state }) => state === 'missing').map(({ name }) => name);
    const ok = missing.length === 0;
    const message = `Something that is needed is missing: ${missing.join(', ')}. See above how to get it.`;
    return {
      document: ok ? { ok, findings } : { ok, findings, error: { code: 'internal', message, path: null } },
      text: lines.join('\n'),
      ...(ok ? {} : { failed: { exitCode: 1, message } }),
    };
  },
};
