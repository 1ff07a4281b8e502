import type { Entry } from '../../../contract/app.ts';
import { call } from '../../host/call.ts';

const TIMES = /^(times?|scans?|scan_?times?|timestamps?)\.(csv|tsv|txt)$/i;
const CYCLING = /(cycling|cycle|echem|electrochem|potentiostat|biologic|voltage)/i;
const LOGS = /\.(mpt|nda|ndax|res)$/i;

/** The table of times and the cycling log that lie beside scans, by their names; null where there is none, or more than one log. */
export function tablesAmong(entries: readonly Entry[]): { times: string | null; cycling: string | null } {
  const files = entries.filter(({ kind }) => kind === 'table' || kind === 'other');
  const logs = files.filter(({ name, kind }) => LOGS.test(name) || (kind === 'table' && CYCLING.test(name)));
  return {
    times: files.find(({ name }) => TIMES.test(name))?.path ?? null,
    cycling: logs.length === 1 ? logs[0]!.path : null,
  };
}

/** Looks for both in a folder that was chosen, or in the one that holds a chosen file. */
export async function tablesBeside(source: string): Promise<{ times: string | null; cycling: string | null }> {
  const inside = await entriesOf(source);
  const found = tablesAmong(inside ?? []);
  if (found.times || found.cycling) return found;
  const parent = source.replace(/[/\\][^/\\]+[/\\]*$/, '');
  return tablesAmong((await entriesOf(parent)) ?? []);
}

async function entriesOf(path: string): Promise<Entry[] | null> {
  return path
    ? await call('list', { path }).then(
        ({ entries }) => entries,
        () => null,
      )
    : null;
}
