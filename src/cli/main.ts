#!/usr/bin/env node
// Only what any Node can load stands here: the program itself needs Node 24, and loading parts of it under an older one crashes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;
if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  enableCompileCache(fileURLToPath(new URL('../../build/compile-cache', import.meta.url)));
  const { main } = await import('./program.ts');
  await main(process.argv.slice(2));
} else {
  const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (existsSync(node)) {
    const { status, signal } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
    if (signal) process.kill(process.pid, signal);
    process.exitCode = status ?? 1;
  } else {
    process.stderr.write(
      `error: Cannot start: Tomolapse needs Node ${NEEDED}, this is ${process.versions.node}. Start it through bin/tomolapse, which brings its own.\n`,
    );
    process.exitCode = 1;
  }
}
