import { resolve } from 'node:path';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'serve',
  summary: 'Serves the app to a browser of this machine',
  positionals: [{ name: 'PROJECT', optional: true }],
  options: {
    port: { value: 'N', summary: "the project's own, else any that is free, unless told" },
    root: { value: 'DIR', many: true, summary: 'folders that may be looked into besides this one and your home' },
    threads: { value: 'N', summary: 'threads to compute with; all cores unless told' },
  },
  notes: [
    'Prints the address, with the token that opens it, alone on a line. From another machine: ssh -L PORT:127.0.0.1:PORT.',
    'Ends on Ctrl-C; what was computed stays.',
  ],
  async run(given, around) {
    const { cwd, announce, json } = around;
    const { runHost } = await import('../serving.ts');
    const named = given.optionalPositional('PROJECT');
    const asked = {
      project: named === undefined ? null : resolve(cwd, named),
      roots: [cwd, ...given.list('root').map((folder) => resolve(cwd, folder))],
      port: given.text('port'),
      threads: given.text('threads'),
    };
    await runHost(asked, around, ({ address, port }) => {
      announce(json ? JSON.stringify({ url: address, port }) : address);
      return null;
    });
    return { document: {}, text: '', told: true };
  },
};
