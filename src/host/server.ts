import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type App, type AppOptions, createApp, page } from '../backend/app/index.ts';
import { errorDocument, Failure } from '../contract/errors.ts';
import { Guard, WINDOW_PATH } from './guard.ts';
import { HEADERS } from './headers.ts';
import { enterHost, leaveHost, userKey } from './hosts.ts';
import { newToken } from './token.ts';

export interface HostOptions extends AppOptions {
  /** 0 or nothing: any that is free. */
  port?: number;
  /** Made anew unless given: a host that is started again keeps its windows. */
  token?: string;
}

export interface Host {
  app: App;
  port: number;
  /** With the token: what a person opens. */
  address: string;
  /** The same for one visit within a minute: what may stand in the arguments of a process. */
  ticket(): string;
  close(): Promise<void>;
}

const QUIET_MS = 600_000;
const LOOPBACK = '127.0.0.1';
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/**
 * Serves the app on 127.0.0.1 to whoever has its token. Throws a Failure `busy` when the port is taken, `usage` when it may not
 * be used.
 */
export async function startHost({ port: wanted = 0, token = newToken(), ...options }: HostOptions): Promise<Host> {
  let served: Served | null = null;
  const app = await createApp({ visit: (page) => served!.ticket(page), ...options });
  served = await serve(
    (request, bindings) => app.fetch(request, bindings),
    wanted,
    token,
    await userKey(options.config),
  );
  const { port, ticket, close } = served;
  await enterHost(options.config, { pid: process.pid, port, token });
  return {
    app,
    port,
    address: `http://${LOOPBACK}:${port}/?token=${token}`,
    ticket: () => ticket('/'),
    async close() {
      leaveHost(options.config, process.pid);
      await close(() => app.close());
    },
  };
}

/** Answers a request; `bindings` has it as Node does, for large bodies. */
type Answer = (request: Request, bindings: object) => Promise<Response>;

/** Something that answers on 127.0.0.1, to windows with its cookie. */
export interface Served {
  port: number;
  /** The address of a page with a key that is good for one visit within a minute. */
  ticket(page: string): string;
  /** Takes no more requests, does `last`, and ends those that are left. */
  close(last?: () => Promise<void>): Promise<void>;
}

/** Answers for a command, at any free port, for as long as it runs. Throws a Failure as `startHost` does. */
export async function serveAnywhere(answer: Answer): Promise<Served> {
  return await serve(answer, 0, newToken(), newToken());
}

async function serve(answerTo: Answer, wanted: number, token: string, key: string): Promise<Served> {
  const answer = getRequestListener((request, bindings) => answerTo(request, bindings), {
    overrideGlobalObjects: false,
    // What cannot be made a request of; the app answers for its own failures.
    errorHandler: () => new Response(null, { status: 400 }),
  });
  let guard: Guard | null = null;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (guard && passes(guard, request, response)) void answer(request, response);
  });
  server.requestTimeout = 60_000;
  server.headersTimeout = 10_000;
  // A frame may take longer to draw than Node keeps a quiet connection, and is lost when it meets its end.
  server.keepAliveTimeout = QUIET_MS;
  const port = await listening(server, wanted);
  const own = new Guard(port, token, key);
  guard = own;
  return {
    port,
    ticket: (page) => `http://${LOOPBACK}:${port}${page}${page.includes('?') ? '&' : '?'}token=${own.ticket()}`,
    async close(last) {
      const closed = new Promise((resolve) => server.close(resolve));
      await last?.();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Whether a request may be looked at; otherwise it is answered here. */
function passes(guard: Guard, request: IncomingMessage, response: ServerResponse): boolean {
  const { method = '', url = '', headers, headersDistinct } = request;
  const verdict = guard.judge({ method, url, headers, hosts: headersDistinct['host']?.length ?? 0 });
  if (verdict.kind === 'pass' && (method !== 'GET' || url !== WINDOW_PATH)) return true;
  // What is refused is not read either.
  request.resume();
  response.setHeader('cache-control', 'no-store');
  if (verdict.kind === 'pass') {
    response.writeHead(200, JSON_TYPE).end(JSON.stringify({ key: guard.windowKey }));
    return false;
  }
  if (verdict.kind === 'admit') {
    const { location, cookie } = verdict;
    response
      .writeHead(location === null ? 204 : 303, { ...(location ? { location } : {}), 'set-cookie': cookie })
      .end();
    return false;
  }
  const { status, why, nonce } = verdict;
  if (nonce !== undefined) response.setHeader('www-authenticate', `Tomolapse nonce="${nonce}"`);
  response.setHeader('connection', 'close');
  if (method === 'GET' && headers.accept?.includes('text/html')) void sendPage(response, status, why);
  else {
    const failure = new Failure('usage', { what: 'Cannot answer', why });
    response.writeHead(status, JSON_TYPE);
    response.end(JSON.stringify(errorDocument(failure)));
  }
  return false;
}

async function sendPage(response: ServerResponse, status: number, why: string): Promise<void> {
  const sentence = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
  const shown = page(status === 401 ? 'This window is not known' : 'Not here', sentence, status);
  response.writeHead(status, Object.fromEntries(shown.headers));
  response.end(await shown.text());
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new Failure(taken ? 'busy' : 'usage', {
          what: 'Cannot serve the app',
          at: `port ${port}`,
          why: taken ? 'another program uses the port' : error.message,
          whatToDo: 'Give another port, or none',
          cause: error,
        }),
      );
    });
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => resolve((server.address() as AddressInfo).port));
  });
}
