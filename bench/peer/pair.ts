/**
 * One scan pair, registration to thickness and cracks: `node bench/peer/pair.ts [--rounds N] [--size large|medium|small] [--series DIR]`.
 * Two 16-bit scans of a phantom, 256 × 512 × 512 voxels unless told, what a user has after cropping: the script's chain with cracks against
 * `tomolapse run` of one more scan, start-up included. The steps of the series (its scans judged, the layers of the reference
 * found, the constant of normalisation) were run before, as the script is given its regions. DIR holds a phantom.
 */
import { parseArgs } from 'node:util';
import { printRace, printRound } from './print.ts';
import { racePair } from './race.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    size: { type: 'string', default: 'large' },
    series: { type: 'string' },
  },
});
const race = racePair(Number(values.rounds), {
  size: values.size,
  onRound: printRound,
  ...(values.series === undefined ? {} : { series: values.series }),
});
printRace(race, 30);
const steps = Object.values(race.stepSeconds).reduce((sum, seconds) => sum + seconds, 0);
console.log(`steps alone, one after the other: ${steps.toFixed(2)} s, ratio ${(race.script / steps).toFixed(1)}`);
process.exitCode = race.ratio >= 15 ? 0 : 1;
