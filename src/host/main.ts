import { version } from '../backend/app/index.ts';
import { type FromHost, HOST_WROTE_IT_DOWN, type HostStart, type ToHost } from '../contract/desktop.ts';
import { asFailure } from '../contract/errors.ts';
import { note, reportCrash, startLog } from '../log/index.ts';
import { DesktopWindows } from './desktop_windows.ts';
import { type Host, startHost } from './server.ts';

/** The way to whoever forked this process: Electron's main (a utility process), or Node. */
interface Parent {
  send(message: FromHost): void;
  listen(hear: (message: ToHost) => void): void;
}

function parentOf(): Parent | null {
  const { parentPort } = process as unknown as {
    parentPort?: {
      postMessage(message: unknown): void;
      on(event: 'message', hear: (event: { data: ToHost }) => void): void;
    };
  };
  if (parentPort)
    return {
      send: (message) => parentPort.postMessage(message),
      listen: (hear) => parentPort.on('message', ({ data }) => hear(data)),
    };
  if (!process.send) return null;
  // A parent that is gone can neither be told nor ask for anything.
  process.on('disconnect', () => process.exit());
  return {
    send: (message) => process.connected && process.send?.(message, () => undefined),
    listen: (hear) => process.on('message', hear),
  };
}

async function start({ kind: _, project, drawnBy, ...options }: HostStart, parent: Parent): Promise<Host> {
  if (drawnBy) windows = new DesktopWindows(drawnBy, (message) => parent.send(message));
  const host = await startHost({
    ...options,
    ...(windows && { windows }),
    onProject: (path) => parent.send({ kind: 'project', path }),
  });
  if (project !== null)
    await host.app.open(project).catch((error: unknown) => {
      parent.send({ kind: 'refused', message: asFailure(error, 'Cannot open the project').message });
    });
  note('host.listening', { port: host.port });
  parent.send({ kind: 'listening', port: host.port, address: host.address });
  return host;
}

startLog('host', version());
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) => {
    reportCrash(error);
    // Whoever forked this host starts another one, with the same project.
    process.exit(HOST_WROTE_IT_DOWN);
  });

const parent = parentOf();
if (!parent) {
  process.stderr.write('error: Cannot start the host: nothing started it. Use: tomolapse serve.\n');
  process.exitCode = 1;
}
let host: Promise<Host> | null = null;
let windows: DesktopWindows | null = null;
parent?.listen((message) => {
  if (message.kind === 'start') {
    host = start(message, parent);
    host.catch((error: unknown) => {
      parent.send({ kind: 'failed', message: asFailure(error, 'Cannot start the host').message });
    });
    return;
  }
  if (message.kind === 'stage-gone') {
    windows?.lost(message.id, message.why);
    return;
  }
  void (async () => {
    await (await host)?.close().catch(() => undefined);
    process.exit();
  })();
});
