import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from '../command.ts';
import { parseCount } from '../quantities.ts';

const RENDERER = fileURLToPath(new URL('../../../out/renderer', import.meta.url));

export const command: Command = {
  name: 'serve',
  summary: 'Serves the app to a browser of this machine',
  positionals: [{ name: 'PROJECT', optional: true }],
  options: {
    port: { value: 'N', summary: 'any that is free unless told' },
    root: { value: 'DIR', many: true, summary: 'folders that may be looked into besides this one and your home' },
    threads: { value: 'N', summary: 'threads to compute with; all cores unless told' },
  },
  notes: [
    'Prints the address, with the token that opens it, alone on a line. From another machine: ssh -L PORT:127.0.0.1:PORT.',
    'Ends on Ctrl-C; what was computed stays.',
  ],
  async run(given, { signal, cwd, notice, announce, json }) {
    const number = (name: string) => {
      const text = given.text(name);
      return text === undefined ? undefined : parseCount(text, `--${name}`);
    };
    const [{ startHost }, { configFolder }, { buildRenderer }] = await Promise.all([
      import('../../host/index.ts'),
      import('../../backend/app/index.ts'),
      import('../renderer.ts'),
    ]);
    const [port, threads] = [number('port'), number('threads')];
    await buildRenderer(notice, signal);
    const host = await startHost({
      config: configFolder(),
      roots: [cwd, homedir(), ...given.list('root').map((folder) => resolve(cwd, folder))],
      renderer: RENDERER,
      ...(port === undefined ? {} : { port }),
      ...(threads === undefined ? {} : { threads }),
    });
    try {
      const project = given.optionalPositional('PROJECT');
      if (project !== undefined) await host.app.open(placeOf(resolve(cwd, project)));
      announce(json ? JSON.stringify({ url: host.address, port: host.port }) : host.address);
      if (!signal.aborted) await new Promise((done) => signal.addEventListener('abort', done, { once: true }));
    } finally {
      await host.close();
    }
    return { document: {}, text: '', told: true };
  },
};

/** A project may be given without its ending. */
function placeOf(path: string): string {
  return !existsSync(path) && existsSync(`${path}.tomolapse`) ? `${path}.tomolapse` : path;
}
