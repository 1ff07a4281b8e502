/**
 * Damages sound files and hands them to the program: `npm run fuzz -- [--minutes N] [--target NAME] [--seed N] [--cases N] [--case N]`.
 * `--native` runs libFuzzer's targets of the engine instead, `--sanitized` the addon under sanitizers; both build them first. Prints
 * executions and findings of each target; ends with 1 where there are any, their files in build/fuzz.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { campaign, type Outcome } from './campaign.ts';
import { fuzzEngine, sanitizedAddon } from './engine.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
    cases: { type: 'string' },
    case: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    native: { type: 'boolean', default: false },
    sanitized: { type: 'boolean', default: false },
  },
});
if (values.native) process.exit(fuzzEngine(Number(values.minutes) * 60, values.target ?? []));
if (values.sanitized) {
  Object.assign(process.env, sanitizedAddon());
  values.target = ['addon'];
}
const chosen = values.target ? targets.filter(({ name }) => values.target!.includes(name)) : [...targets];
if (chosen.length === 0) {
  console.error(
    `error: Cannot fuzz: there is no such target. There are: ${targets.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000));
const keep = join(import.meta.dirname, '..', '..', 'build', 'fuzz');
const each = (Number(values.minutes) * 60_000 * Number(values.jobs)) / chosen.length;
const single = values.case === undefined ? {} : { first: Number(values.case), cases: 1 };

const outcomes: Outcome[] = [];
const waiting = [...chosen];
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const cases = Number(values.cases ?? Number.POSITIVE_INFINITY);
      const outcome = await campaign({ target, seed, cases, until: Date.now() + each, keep, ...single });
      outcomes.push(outcome);
      const rate = Math.round(outcome.executions / outcome.seconds);
      console.log(
        `${outcome.target}: ${outcome.executions.toLocaleString('en')} executions of ${outcome.specimens} files, ${rate}/s, ${Math.round((100 * outcome.read) / Math.max(1, outcome.executions))} % read, ${outcome.findings.length} findings`,
      );
      for (const finding of outcome.findings.slice(0, 10))
        console.log(
          `  --target ${finding.target} --seed ${finding.seed} --case ${finding.case} (${finding.specimen}): ${finding.what}`,
        );
    }
  }),
);
const found = outcomes.reduce((sum, { findings }) => sum + findings.length, 0);
console.log(
  `${outcomes.reduce((sum, { executions }) => sum + executions, 0).toLocaleString('en')} executions, ${found} findings`,
);
process.exitCode = found > 0 ? 1 : 0;
