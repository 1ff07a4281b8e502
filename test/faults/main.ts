/**
 * Tries whether anything that happens to the machine loses what was computed: `npm run soak:kill` kills the program at random moments,
 * `npm run soak` does that and lets every fault happen to it. Options: --rounds 200, --seed 1, --commands run,tiffs,….
 */
import { parseArgs } from 'node:util';
import { KILLED, type Killed, killAtRandom } from './kill.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    commands: { type: 'string', default: KILLED.join() },
  },
});

const began = performance.now();
const report = await killAtRandom({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  commands: values.commands.split(',') as Killed[],
  log: (line) => console.log(line),
});
for (const [command, { count, killed }] of report.rounds)
  console.log(`${command.padEnd(8)} ${count} rounds, ${killed} killed before they had ended`);
console.log(`${report.faults.length} faults, ${Math.round((performance.now() - began) / 1000)} s`);
process.exitCode = report.faults.length > 0 ? 1 : 0;
