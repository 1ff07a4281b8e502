// Run by npm after an install: notes for which lock file the packages are, so that they are not installed again.
import { copyFileSync, existsSync } from 'node:fs';

const at = (path) => new URL(`../${path}`, import.meta.url);
if (existsSync(at('node_modules')) && existsSync(at('package-lock.json')))
  copyFileSync(at('package-lock.json'), at('node_modules/.tomolapse-lock.json'));
