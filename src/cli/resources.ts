import { availableParallelism, totalmem } from 'node:os';
import { parseBytes } from '../core/units.ts';
import type { Given, Option } from './command.ts';
import { parseCount } from './quantities.ts';

export const resourceOptions: Readonly<Record<string, Option>> = {
  threads: { value: 'N', summary: 'threads to compute with; all cores unless told' },
  memory: { value: '2GiB', summary: 'memory to stay under; half of the machine unless told' },
};

/** What `resourceOptions` give. Throws a Failure `usage` for values that are not understood. */
export function resourcesOf(given: Given): { threads: number; memoryBytes: number } {
  const [threads, memory] = [given.text('threads'), given.text('memory')];
  return {
    threads: threads === undefined ? availableParallelism() : parseCount(threads, '--threads'),
    memoryBytes: memory === undefined ? Math.floor(totalmem() / 2) : parseBytes(memory, '--memory'),
  };
}
