import { createHash } from 'node:crypto';
import { cyclesOf, electrochemistryOf, type ScanElectrochemistry } from '../../core/cycling.ts';
import { LITHIUM_UM_PER_MAH_CM2 } from '../../core/recipe.ts';
import type { CycleResults } from '../../core/results.ts';
import type { StepContext, StepDefinition } from '../../core/step.ts';
import { baselineOf, includedScans } from '../reference.ts';
import type { Thickness } from '../thickness/index.ts';

export interface CyclesParams {
  /** Hash of the log: its rows are in the series. */
  log: string | null;
  exposures: { startH: number | null; timeH: number | null; endH: number | null }[];
  scans: number[];
  /** The scan that charge is counted from, by scan. */
  references: number[];
  areaMm2: number | null;
  umPerMahCm2: number;
}

/** What the log says of every scan and cycle. */
export interface Cycles {
  scans: ScanElectrochemistry[];
  cycles: CycleResults[];
}

export const cycles: StepDefinition<CyclesParams, Cycles> = {
  name: 'cycles',
  version: 2,
  title: 'Charge and cycles',
  scope: 'series',
  params: (recipe, series) => {
    const log = series.cycling;
    return {
      log: log
        ? createHash('sha256')
            .update(JSON.stringify([log.timeH, log.voltageV, log.currentMa]))
            .digest('hex')
        : null,
      exposures: series.scans.map(({ startH, timeH, endH }) => ({ startH, timeH, endH })),
      scans: includedScans(recipe, series),
      references: series.scans.map(({ index }) => baselineOf(recipe, series, index)),
      areaMm2: recipe.electrodes?.working?.areaMm2 ?? series.workingAreaMm2,
      umPerMahCm2: recipe.electrodes?.lithiumUmPerMahCm2 ?? LITHIUM_UM_PER_MAH_CM2,
    };
  },
  needs: (recipe, series) => ({
    thickness: includedScans(recipe, series).map((scan) => ({ step: 'thickness', scan })),
  }),
  reads: () => [],
  run: compareWithCharge,
};

async function compareWithCharge(context: StepContext<CyclesParams>): Promise<Cycles> {
  const { params, series } = context;
  const measured = context.results<Thickness>('thickness');
  const { areaMm2, umPerMahCm2, exposures, references } = params;
  /** Above the scan that everything is told in: what was measured against another scan lies on top of what that one had. */
  const above = (scan: number): { um: number; uncertaintyUm: number } | null => {
    const at = params.scans.indexOf(scan);
    const working = at < 0 ? null : measured[at]!.value.working;
    const baseline = references[scan]!;
    if (!working || baseline === scan) return working && { um: working.meanUm, uncertaintyUm: working.uncertaintyUm };
    const below = above(baseline);
    if (!below) return null;
    const uncertaintyUm = Math.hypot(working.uncertaintyUm, below.uncertaintyUm);
    return { um: working.meanUm + below.um, uncertaintyUm };
  };
  const thickness = series.scans.map(({ index }) => above(index));
  return {
    scans: electrochemistryOf(series.cycling, exposures, { reference: references, areaMm2, umPerMahCm2 }),
    cycles: cyclesOf(series.cycling, exposures, thickness, { areaMm2, umPerMahCm2 }),
  };
}
