import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/build-app', import.meta.url));

/** Builds the window where it is missing or older than its sources. A window that cannot be built is no reason not to serve. */
export async function buildRenderer(notice: (line: string) => void, signal: AbortSignal): Promise<void> {
  const child = spawn('sh', [SCRIPT], { stdio: ['ignore', 2, 2], signal });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('exit', resolve);
  });
  signal.throwIfAborted();
  if (code !== 0) notice('warning: the window could not be built; the host runs without it');
}
