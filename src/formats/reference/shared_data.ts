import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The folder of real public files that lies beside the repository where it is developed, or null. */
export function sharedData(): string | null {
  const folder = resolve(import.meta.dirname, '../../../../shared/data');
  return existsSync(folder) ? folder : null;
}
