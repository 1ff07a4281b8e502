/**
 * The race against the published analysis as a script: `node bench/peer/main.ts [--pairs N] [--extent whole|slab] [--series DIR]`.
 * Both analyse the same eight scans of 128 × 256 × 256, start-up included, one after the other, N times; prints the seconds, the
 * ratio and both thicknesses beside the truth. DIR holds what bench/accuracy/other_cells.py made for the case `eight`.
 */
import { parseArgs } from 'node:util';
import { printRace, printRound } from './print.ts';
import { raceRun } from './race.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '1' },
    extent: { type: 'string', default: 'whole' },
    series: { type: 'string' },
  },
});
const race = raceRun(Number(values.pairs), {
  extent: values.extent === 'slab' ? 'slab' : 'whole',
  onRound: printRound,
  ...(values.series === undefined ? {} : { series: values.series }),
});
printRace(race, 10);
process.exitCode = race.ratio >= 5 ? 0 : 1;
