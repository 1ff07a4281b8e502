import { resolve } from 'node:path';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'start',
  hidden: true,
  summary: 'Opens the app: as a desktop program, in a browser window, or by its address',
  positionals: [{ name: 'PROJECT', optional: true }],
  options: { port: { value: 'N', summary: 'any that is free unless told' } },
  async run(given, around) {
    const [{ doorOf, openBrowser, openDesktop }, { runHost }] = await Promise.all([
      import('../doors.ts'),
      import('../serving.ts'),
    ]);
    // npm starts its scripts in the checkout; what a person names is told from where the person is.
    const cwd = process.env['INIT_CWD'] ?? around.cwd;
    const named = given.optionalPositional('PROJECT');
    const project = named === undefined ? null : resolve(cwd, named);
    const door = await doorOf();
    if (door.kind === 'desktop') return await openDesktop(door.program, project, around);
    await runHost({ project, roots: [cwd], port: given.text('port') }, around, (host) => {
      if (door.kind === 'browser') return openBrowser(door.program, host, around);
      around.notice(`${door.why}; open this address in a browser:`);
      around.announce(host.address);
      return null;
    });
    return { document: {}, text: '', told: true };
  },
};
