/** Writes THIRD-PARTY-NOTICES.md from the lock file and the licences in node_modules. Run after a dependency changed. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
const NOTICES = join(ROOT, 'THIRD-PARTY-NOTICES.md');

/** Built into the addon, though npm counts it as a tool. */
const BUILT_IN = new Set(['node-addon-api', 'node-api-headers']);

interface Locked {
  version: string;
  license?: string;
  dev?: boolean;
}

/** Packages that are part of the running program, by path in node_modules. */
export function shipped(): [string, Locked][] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return Object.entries(lock.packages).filter(
    ([path, { dev }]) => path !== '' && (!dev || BUILT_IN.has(path.replace(/.*node_modules\//, ''))),
  );
}

/** The line by which a package is listed. */
export function lineOf([path, { version, license }]: [string, Locked]): string {
  return `- ${path.replace(/.*node_modules\//, '')} ${version}, ${license ?? 'see below'}`;
}

/** Where licence and source of a package are that brings neither. */
function whereItIs(folder: string, { license }: Locked): string {
  const { repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    repository: string | { url: string };
  };
  const url = (typeof repository === 'string' ? repository : repository.url).replace(
    /^(git\+https:|git@github\.com:)/,
    (start) => (start.endsWith('m:') ? 'https://github.com/' : 'https:'),
  );
  return `Licence: https://spdx.org/licenses/${license}.html\nSource: ${url}`;
}

function notices(): string {
  const sections = new Map<string, string>();
  for (const [path, locked] of shipped()) {
    const folder = join(ROOT, path);
    if (!existsSync(folder)) continue;
    const texts = readdirSync(folder)
      .filter((name) => /^(licen[cs]e|copyright|notice)/i.test(name))
      .sort()
      // The Apache licence is that of this program, and stands in LICENSE.
      .filter((name) => !(locked.license === 'Apache-2.0' && /^licen[cs]e/i.test(name)))
      .map((name) => readFileSync(join(folder, name), 'utf8').trim());
    sections.set(lineOf([path, locked]), texts.length > 0 ? texts.join('\n\n') : whereItIs(folder, locked));
  }
  return [
    '# Third-party notices',
    '',
    'Tomolapse runs with these packages. SQLite, inside better-sqlite3, is in the public domain. Node.js, which npm',
    'brings beside them, comes under the MIT licence and those of its parts (https://github.com/nodejs/node/blob/main/LICENSE).',
    '',
    ...sections.keys(),
    ...[...sections].flatMap(([line, text]) => ['', `## ${line.slice(2)}`, '', '```text', text, '```']),
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1]!).href) writeFileSync(NOTICES, notices());
