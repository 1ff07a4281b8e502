import { createHmac } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorSchema } from '../contract/errors.ts';
import { Guard } from './guard.ts';
import { findHost } from './hosts.ts';
import { type Host, startHost } from './server.ts';

let folder: string;
let config: string;
let host: Host;
let token: string;
let cookie: string;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tomolapse-host-')));
  config = join(folder, 'config');
  mkdirSync(join(folder, 'renderer'));
  writeFileSync(join(folder, 'renderer', 'index.html'), '<title>Tomolapse</title>');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  host = await startHost({ config, roots: [folder], renderer: join(folder, 'renderer') });
  token = new URL(host.address).searchParams.get('token')!;
  const admitted = await ask('GET', `/?token=${token}`);
  cookie = String(admitted.headers['set-cookie']).split(';')[0]!;
});
afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

function ask(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: host.port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The first line of the answer to bytes as they are. */
function say(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(host.port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (part) => {
      text += part;
      if (text.includes('\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(text.split('\r\n')[0]!));
    socket.on('error', reject);
  });
}

const json = { 'content-type': 'application/json' };

describe('without the token', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/index.html'],
    ['GET', '/icon.svg'],
    ['GET', '/api/events'],
    ['GET', '/api/voxels/0/grey/floor'],
    ['GET', '/api/window'],
    ['POST', '/api/window'],
    ['POST', '/api/state'],
    ['POST', '/api/held/snapshot'],
    ['OPTIONS', '/api/state'],
    ['GET', '/?token='],
    ['GET', '/?token=wrong'],
    ['GET', '/nothing'],
  ])('%s %s is 401', async (method, path) => {
    const { status, text } = await ask(method, path, json);
    expect(status).toBe(401);
    expect(text).not.toContain('Tomolapse</title>');
    expect(errorSchema.parse(JSON.parse(text)).error.code).toBe('usage');
  });

  test('a browser is told in words what to do', async () => {
    const { status, headers, text } = await ask('GET', '/', { accept: 'text/html' });
    expect([status, headers['content-type']]).toEqual([401, 'text/html; charset=utf-8']);
    expect(text).toContain('Open the address that was printed');
  });

  test('wrong cookies and keys are as good as none', async () => {
    const name = cookie.split('=')[0];
    for (const wrong of [`${name}=`, `${name}=${token}`, `x${cookie}`, `${name}="`, '=;=;;'])
      expect((await ask('GET', '/', { cookie: wrong })).status).toBe(401);
    for (const wrong of ['Bearer', 'Bearer wrong', `Basic ${token}`, token])
      expect((await ask('GET', '/', { authorization: wrong })).status).toBe(401);
  });
});

describe('a window of a host that ended', () => {
  const proofOf = (key: string, text: string) =>
    createHmac('sha256', Buffer.from(key, 'base64url')).update(text).digest('base64url');
  const nonceOf = ({ headers }: Reply) =>
    /^Tomolapse nonce="([\w-]{43})"$/.exec(String(headers['www-authenticate']))?.[1];
  const show = (nonce: string, proof: string) =>
    ask('GET', '/api/window', { authorization: `Tomolapse ${nonce}.${proof}` });
  const origin = () => `http://127.0.0.1:${host.port}`;

  test('is let in by the next one at its port and of its user, once it has answered its question, with no token told', async () => {
    const { key } = JSON.parse((await ask('GET', '/api/window', { cookie })).text) as { key: string };
    const port = host.port;
    await host.close();
    host = await startHost({ config, roots: [folder], renderer: join(folder, 'renderer'), port });
    const before = token;
    token = new URL(host.address).searchParams.get('token')!;
    expect(token).not.toBe(before);
    expect((await ask('GET', '/', { cookie })).status).toBe(401);
    expect((await ask('GET', `/?token=${before}`)).status).toBe(401);

    const asked = await ask('GET', '/api/window', { cookie });
    expect(asked.status).toBe(401);
    const nonce = nonceOf(asked)!;
    const proof = proofOf(key, `${nonce} ${origin()}`);
    const let_in = await show(nonce, proof);
    expect([let_in.status, let_in.text]).toEqual([204, '']);
    const [set] = let_in.headers['set-cookie'] as string[];
    expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    cookie = set!.split(';')[0]!;
    expect((await ask('GET', '/', { cookie })).status).toBe(200);
    // The same question is answered once.
    expect((await show(nonce, proof)).status).toBe(401);
  });

  test('is not let in by an answer to another question, for another address or with another key', async () => {
    const { key } = JSON.parse((await ask('GET', '/api/window', { cookie })).text) as { key: string };
    const question = async () => nonceOf(await ask('GET', '/api/window'))!;
    const wrong: ((nonce: string) => [string, string])[] = [
      () => ['x'.repeat(43), proofOf(key, `${'x'.repeat(43)} ${origin()}`)],
      // What a program at another port was told, and what it relayed from here.
      (nonce) => [nonce, proofOf(key, `${nonce} http://127.0.0.1:${host.port + 1}`)],
      (nonce) => [nonce, proofOf(key, `${nonce} http://localhost:${host.port}`)],
      (nonce) => [nonce, proofOf('', `${nonce} ${origin()}`)],
      (nonce) => [nonce, proofOf(new Guard(host.port, token, 'other user').windowKey, `${nonce} ${origin()}`)],
      (nonce) => [nonce, ''],
      (nonce) => [nonce, key],
    ];
    for (const answer of wrong) expect((await show(...answer(await question()))).status).toBe(401);
    const nonce = await question();
    const elsewhere = { authorization: `Tomolapse ${nonce}.${proofOf(key, `${nonce} ${origin()}`)}` };
    expect((await ask('POST', '/api/state', { ...json, ...elsewhere }, '{}')).status).toBe(401);
  });

  test('shows what only its user can read', () => {
    expect(statSync(join(config, 'windows.key')).mode & 0o777).toBe(0o600);
    const secret = readFileSync(join(config, 'windows.key'), 'utf8');
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(new Guard(host.port, 'one', secret).windowKey).toBe(new Guard(host.port, 'two', secret).windowKey);
    expect(new Guard(host.port + 1, 'one', secret).windowKey).not.toBe(new Guard(host.port, 'one', secret).windowKey);
  });
});

describe('with the token', () => {
  test('the first visit gets a cookie that no script sees and no other page sends, and an address without the token', async () => {
    const { status, headers, text } = await ask('GET', `/?view=3d&token=${token}`);
    expect([status, headers['location'], text]).toEqual([303, '/?view=3d', '']);
    const [set] = headers['set-cookie'] as string[];
    expect(set).toMatch(/^tomolapse_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(set).not.toContain(token);
  });

  test('a ticket lets one visit in, soon', async () => {
    const place = new URL(host.ticket());
    const visit = () => ask('GET', `${place.pathname}${place.search}`);
    expect((await visit()).status).toBe(303);
    expect((await visit()).status).toBe(401);
    const guard = new Guard(4000, 'token', 'user');
    const knock = (token: string) =>
      guard.judge({ method: 'GET', url: `/?token=${token}`, headers: { host: '127.0.0.1:4000' }, hosts: 1 });
    expect(knock(guard.ticket()).kind).toBe('admit');
    expect(knock(guard.ticket(Date.now() - 61_000)).kind).toBe('refuse');
  });

  test('everything answers, with headers that keep everything else out', async () => {
    const { status, text, headers } = await ask('GET', '/', { cookie: `other=1; ${cookie}` });
    expect([status, text]).toEqual([200, '<title>Tomolapse</title>']);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    const state = await ask('POST', '/api/state', { ...json, cookie }, '{}');
    expect(JSON.parse(state.text)).toMatchObject({ project: null });
    expect((await ask('POST', '/api/state', { ...json, authorization: `Bearer ${token}` }, '{}')).status).toBe(200);
  });

  test('a foreign name or page is 403 before anything else, whatever it knows', async () => {
    for (const name of [
      'evil.example',
      `evil.example:${host.port}`,
      '127.0.0.1',
      `127.0.0.1:${host.port + 1}`,
      `0.0.0.0:${host.port}`,
    ]) {
      expect((await ask('GET', '/', { cookie, host: name })).status).toBe(403);
      expect((await ask('GET', `/?token=${token}`, { host: name })).status).toBe(403);
      expect((await ask('GET', '/', { host: name })).status).toBe(403);
    }
    for (const origin of [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${host.port + 1}`,
      `https://127.0.0.1:${host.port}`,
      `http://localhost:${host.port}`,
    ])
      expect((await ask('POST', '/api/state', { ...json, cookie, origin }, '{}')).status).toBe(403);
    const own = { host: `localhost:${host.port}`, origin: `http://localhost:${host.port}` };
    expect((await ask('POST', '/api/state', { ...json, cookie, ...own }, '{}')).status).toBe(200);
  });

  test('no path leads out of the window', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/../../secret.txt',
      '/.%00./secret.txt',
      '/\\..\\secret.txt',
      '/%',
    ]) {
      const { status, text } = await ask('GET', path, { cookie });
      expect([400, 404], path).toContain(status);
      expect(text).not.toContain('secret');
    }
  });

  test('what is no request of ours is refused', async () => {
    const headers = `Host: 127.0.0.1:${host.port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    expect(await say(`GET http://evil.example/ HTTP/1.1\r\n${headers}`)).toMatch(/ 400 /);
    expect(await say(`GET //evil.example/ HTTP/1.1\r\n${headers}`)).toMatch(/ 400 /);
    expect(await say(`GET / HTTP/1.1\r\nHost: evil.example\r\n${headers}`)).toMatch(/ 40[03] /);
    expect(await say(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n${headers}`)).toMatch(/ 431 /);
    expect(await say(`GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`)).toMatch(/ 403 /);
    expect(await say('\0\0\0 no HTTP at all\r\n\r\n')).toMatch(/ 400 /);
    expect(
      await say(
        `POST /api/state HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n${headers}`,
      ),
    ).toMatch(/ 413 /);
    expect(
      await say(`POST /api/state HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n${headers}`),
    ).toMatch(/ 400 /);
    const answers = await Promise.all(
      ['{', '[]', '"x"', ''].map((body) => ask('POST', '/api/open', { ...json, cookie }, body)),
    );
    for (const { status, text } of answers) {
      expect(status).toBe(400);
      expect(text).not.toMatch(/\bat .*:\d+/);
    }
  });

  test('a window that goes away ends its stream', async () => {
    const stream = request({ host: '127.0.0.1', port: host.port, path: '/api/events', headers: { cookie } });
    stream.end();
    const [response] = await new Promise<[import('node:http').IncomingMessage]>((resolve) =>
      stream.once('response', (r) => resolve([r])),
    );
    expect(response.headers['content-type']).toMatch(/event-stream/);
    response.destroy();
    expect((await ask('GET', '/', { cookie })).status).toBe(200);
  });
});

test('only this machine is listened to', async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  for (const { address } of others) {
    const refused = await new Promise((resolve) => {
      const socket = connect(host.port, address, () => resolve(false));
      socket.on('error', () => resolve(true));
    });
    expect(refused).toBe(true);
  }
});

test('the token is in a file of its owner alone, for as long as the host runs; a busy port is named', async () => {
  const file = join(config, 'hosts', `${process.pid}.json`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ pid: process.pid, port: host.port, token });
  expect(findHost(config, process.pid)).toMatchObject({ port: host.port });
  expect(findHost(config, 1)).toBeNull();
  const other = join(folder, 'other-config');
  await expect(startHost({ config: other, roots: [], renderer: folder, port: host.port })).rejects.toThrow(
    /port \d+\): another program uses the port/,
  );
  const brief = await startHost({ config: other, roots: [], renderer: folder, token: 'known' });
  expect(brief.address).toMatch(/\?token=known$/);
  await brief.close();
  expect(readdirSync(join(other, 'hosts'))).toEqual([]);
});

test('a connection waits for a frame that takes long to draw', async () => {
  const { headers } = await ask('GET', '/', { cookie, connection: 'keep-alive' });
  const [, seconds] = /timeout=(\d+)/.exec(String(headers['keep-alive']))!;
  expect(Number(seconds)).toBeGreaterThanOrEqual(300);
});
