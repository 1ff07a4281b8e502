import type { ChildProcess } from 'node:child_process';
import type { Trial } from './trial.ts';

/** The app, served for a program to ask. */
export interface ServedApp {
  host: ChildProcess;
  /** What a procedure answers; what was bad about the request or its outcome is in `error`. */
  ask(procedure: string, input?: object): Promise<{ status: number; answer: Record<string, unknown> }>;
  /** The status of a request for bytes. */
  get(path: string): Promise<number>;
}

export async function serveApp(trial: Trial, project: string): Promise<ServedApp> {
  const host = trial.begin(['serve', project]);
  let said = '';
  const address = await new Promise<URL>((resolve, reject) => {
    host.stdout!.on('data', (part: Buffer) => {
      said += part;
      if (said.includes('\n')) resolve(new URL(said.trim()));
    });
    host.once('exit', (code) => reject(new Error(`the app ends with ${code}`)));
  });
  const headers = { authorization: `Bearer ${address.searchParams.get('token')}`, 'content-type': 'application/json' };
  return {
    host,
    async ask(procedure, input = {}) {
      const request = { method: 'POST', headers, body: JSON.stringify(input) };
      const response = await fetch(new URL(`/api/${procedure}`, address), request);
      return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
    },
    async get(path) {
      const response = await fetch(new URL(path, address), { headers });
      await response.arrayBuffer();
      return response.status;
    },
  };
}
