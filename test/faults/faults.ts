import { spawnSync } from 'node:child_process';
import { commands } from './faults/commands.ts';
import { disks } from './faults/disks.ts';
import { machine } from './faults/machine.ts';
import { others } from './faults/others.ts';
import { scans } from './faults/scans.ts';
import { Place } from './place.ts';

/** Something that happens to the program, its files or its machine. */
export interface Fault {
  name: string;
  /** Lets it happen; `said` is what the program said or did, `wrong` what should not be, one line each. */
  happen(place: Place): Promise<{ said: string; wrong: string[] }>;
  /** Why it cannot happen here, null where it can. */
  lacking?(): string | null;
}

export const FAULTS: readonly Fault[] = [...disks, ...scans, ...machine, ...others, ...commands];

export interface FaultReport {
  name: string;
  said: string;
  wrong: string[];
  seconds: number;
  lacking: string | null;
}

/** Lets every fault whose name matches `only` happen, one after the other. */
export async function letHappen(only: string, log: (report: FaultReport) => void): Promise<FaultReport[]> {
  const chosen = FAULTS.filter(({ name }) => new RegExp(only).test(name));
  const place = await Place.prepare();
  const reports: FaultReport[] = [];
  try {
    for (const { name, happen, lacking } of chosen) {
      const began = performance.now();
      const why = lacking?.() ?? null;
      let [said, wrong]: [string, string[]] = ['', []];
      if (why === null)
        try {
          ({ said, wrong } = await happen(place));
          const left = await place.trial.processes();
          if (left.length > 0) wrong.push(`processes ${left.join(', ')} live on`);
          for (const pid of left) spawnSync('kill', ['-9', String(pid)]);
        } catch (error) {
          wrong = [`it could not be tried: ${(error as Error).message}`];
        }
      const report = { name, said, wrong, lacking: why, seconds: (performance.now() - began) / 1000 };
      reports.push(report);
      log(report);
    }
    return reports;
  } finally {
    place.remove();
  }
}
