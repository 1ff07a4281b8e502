import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** A page in plain words, for when there is no window to show. */
export function page(title: string, text: string, status: number): Response {
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,">
<style>body{font:14px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 2em;color:#ddd;background:#1b1d20}h1{font-size:18px}code{background:#2a2d31;padding:.1em .3em}</style>
<h1>${title}</h1><p>${text}</p></html>`;
  return new Response(html, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  });
}

/** A file of the built window; its page where the address names none. Names that it is built with change with what is in it. */
export async function staticFile(folder: string, path: string): Promise<Response> {
  const name = path === '/' ? '/index.html' : path;
  const file = join(folder, name);
  const type = TYPES[extname(name)];
  if (!file.startsWith(folder + sep) || name.includes('\0') || !type) return notFound();
  let bytes: Buffer<ArrayBuffer>;
  try {
    bytes = (await readFile(file)) as Buffer<ArrayBuffer>;
  } catch {
    if (name !== '/index.html') return notFound();
    return page(
      'The window is not built yet',
      'The host is running, but there is no page for it to show. Run <code>npm run build:renderer</code> and reload.',
      503,
    );
  }
  const lasting = name.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache';
  return new Response(bytes, { headers: { 'content-type': type, 'cache-control': lasting } });
}

function notFound(): Response {
  return new Response('There is no such file.\n', {
    status: 404,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });
}
