/**
 * Tries whether anything that happens to the machine loses what was computed. `npm run soak:kill` kills the program at random moments,
 * `npm run soak:faults` lets every fault happen to it, `npm run soak:flips` flips bits of what is stored, `npm run soak` does all. Options:
 * --seed 1; --rounds 200, --scans 4 and --commands run,tiffs,… of the kills; --rounds 20 and --bits 24 (a file) of the flips; --only TEXT of
 * the faults.
 */
import { parseArgs } from 'node:util';
import { letHappen } from './faults.ts';
import { flipBits } from './flips.ts';
import { KILLED, type Killed, killAtRandom } from './kill.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '' },
    bits: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    commands: { type: 'string', default: KILLED.join() },
    scans: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
  },
});
const parts = positionals.length > 0 ? positionals : ['faults', 'kill', 'flips'];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
const began = performance.now();
let wrong = 0;

if (parts.includes('faults')) {
  const reports = await letHappen(values.only, ({ name, said, wrong, seconds, lacking }) => {
    console.log(
      `${wrong.length > 0 ? '✗' : lacking ? '-' : '✓'} ${name}  (${seconds.toFixed(1)} s)\n    ${lacking ?? said}`,
    );
    for (const line of wrong) console.log(`  ✗ ${line}`);
  });
  const failed = reports.filter((report) => report.wrong.length > 0).length;
  const left = reports.filter(({ lacking }) => lacking !== null).length;
  console.log(`${reports.length - failed - left} of ${reports.length} faults end as they should, ${left} left out`);
  wrong += failed;
}
if (parts.includes('kill')) {
  const report = await killAtRandom({
    rounds: Number(values.rounds || 200),
    seed: Number(values.seed),
    scans: Number(values.scans),
    commands: values.commands.split(',') as Killed[],
    log: (line) => console.log(line),
  });
  for (const [command, { count, killed }] of report.rounds)
    console.log(`${command.padEnd(8)} ${count} rounds, ${killed} killed before they had ended`);
  console.log(`${report.faults.length} of ${values.rounds || 200} kills lost something`);
  wrong += report.faults.length;
}
if (parts.includes('flips')) {
  const report = await flipBits({
    bits: Number(values.bits),
    rounds: Number(values.rounds || 20),
    seed: Number(values.seed),
    log: (line) => console.log(line),
  });
  console.log(
    `${report.found} of ${report.flips} flipped bits in ${report.files} files are found and their file is named`,
  );
  console.log(`${report.faults.length} faults in all, ${report.rounds} flips followed through verify and run`);
  for (const fault of report.faults) console.log(`  ✗ ${fault}`);
  wrong += report.faults.length;
}
console.log(`${Math.round((performance.now() - began) / 1000)} s`);
process.exitCode = wrong > 0 ? 1 : 0;
