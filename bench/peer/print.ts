import type { CrackSum, Race } from './race.ts';

const um = (value: number) => value.toFixed(3).padStart(9);
const listed = (parts: Record<string, number>) =>
  Object.entries(parts)
    .map(([part, seconds]) => `${part} ${seconds.toFixed(2)}`)
    .join(', ');
const sum = ({ count, volumeVoxels }: CrackSum) => `${count} of ${Math.round(volumeVoxels)} voxels`;

export function printRound({ script, ours, ratio }: Race['rounds'][number]): void {
  console.log(`script ${script.toFixed(1)} s   tomolapse run ${ours.toFixed(2)} s   ratio ${ratio.toFixed(1)}`);
}

/** Prints where both spent their time, what they found beside the truth, and the ratio, which is to reach `least`. */
export function printRace(race: Race, least: number): void {
  console.log(`script by part, s: ${listed(race.scriptParts)}`);
  console.log(`steps, s: ${listed(race.stepSeconds)}`);
  console.log('scan   true µm    script  published  unbiased');
  for (const { scan, trueUm, scriptUm, publishedUm, unbiasedUm, cracks } of race.found) {
    console.log(`${String(scan).padStart(4)} ${um(trueUm)} ${um(scriptUm)}  ${um(publishedUm)} ${um(unbiasedUm)}`);
    if (cracks) console.log(`cracks: true ${sum(cracks.true)}, script ${sum(cracks.script)}, ours ${sum(cracks.ours)}`);
  }
  const whole = `script ${race.script.toFixed(1)} s, tomolapse ${race.ours.toFixed(2)} s`;
  console.log(`ratio (medians of ${race.rounds.length}; ${whole}; ${least} to reach): ${race.ratio.toFixed(1)}`);
}
