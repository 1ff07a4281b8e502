import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { expect, test } from 'vitest';
import { HEADERS } from './host/headers.ts';

const SRC = import.meta.dirname;

/** What opens a connection, or could have another program open one. */
const WAYS_OUT =
  /(?<!\.)\bfetch\((?!request)|\bEventSource\(|\bWebSocket\(|XMLHttpRequest|sendBeacon|RTCPeerConnection|\bimportScripts\(|['"](?:node:)?(?:https?|http2|net|tls|dgram|dns)['"]|openExternal|\.loadURL\(|\buploadToServer: true|submitURL/;

/** Files that may, and whom they talk to. Another one is telemetry until it is shown that it is not. */
const ALLOWED: Readonly<Record<string, string>> = {
  'host/server.ts': 'listens on 127.0.0.1',
  'cli/reader.ts': 'asks the host of a project that is open, on 127.0.0.1',
  'main/main.ts': 'asks its own host; opens links in the browser when they are clicked',
  'renderer/host/call.ts': 'asks the host that the window came from',
  'renderer/host/events.ts': 'listens to the host that the window came from',
  'renderer/host/resume.ts': 'shows that host that it knew the window',
  'renderer/stage/http_maps.ts': 'asks the host of the drawing page',
  'renderer/stage/main.ts': 'asks the host of the drawing page',
  'renderer/viewer/http_source.ts': 'reads voxels of the host that the window came from',
};

/** Names of documents and formats, which nobody asks for over the network. */
const NAMES =
  /^https?:\/\/(?:127\.0\.0\.1|localhost|(?:www\.)?w3\.org|ngff\.openmicroscopy\.org|www\.openmicroscopy\.org)\b/;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => /\.(?:tsx?|html|css)$/.test(path) && !/\.test\.ts$|\/fixtures\//.test(path));

const codeOf = (path: string) =>
  readFileSync(join(SRC, path), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$|^import type .*$/gm, '');

test('nothing but what is named here opens a connection', () => {
  const found = files.filter((path) => WAYS_OUT.test(codeOf(path)));
  expect(found.sort()).toEqual(Object.keys(ALLOWED).sort());
});

test('no address of another machine stands in the program', () => {
  const addresses = files.flatMap((path) =>
    [...codeOf(path).matchAll(/\bhttps?:\/\/[^\s'"`<>)]+/g)].map(([address]) => ({ path, address })),
  );
  expect(addresses.filter(({ address }) => !NAMES.test(address) && !/^https?:\/\/\$\{/.test(address))).toEqual([]);
});

test('no page may ask anyone but the host that it came from', () => {
  const policy = HEADERS['content-security-policy']!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("connect-src 'self'");
  for (const part of policy.split('; ')) expect(part).not.toMatch(/https?:|\*/);
});
