import type { CycleResults, ElectrodeThickness, ScanResults } from '../core/results.ts';

/** Notes that begin with this explain a field that is null; tables for people leave them out. */
export const NULL = 'null: ';

type Unnoted = Omit<ScanResults, 'notes'>;

/**
 * Why fields of a scan are null, "null: FIELD: reason" each: those whose step has no note of its own. What a step could not
 * do at all stands in its own note.
 */
export function scanNulls(scan: Unnoted, isReference: boolean): string[] {
  const { quality, intensity, thickness } = scan;
  const reasons: [string, unknown, string][] = [
    ['startH', scan.startH, 'only the middle of the exposure is known'],
    ['endH', scan.endH, 'only the middle of the exposure is known'],
    ['timeH', scan.timeH, 'no table, interval or file tells when it was taken'],
    ['intensity.inert', intensity ? intensity.inert : 0, 'no inert region is in view'],
    ['quality.noise', quality ? quality.noise : 0, 'no part of the scan shows noise alone'],
    ['quality.sharpness', quality ? quality.sharpness : 0, 'too few plain edges'],
    ['quality.rings', quality ? quality.rings : 0, 'no noise to compare rings with'],
    ...ofElectrode('working', thickness?.working ?? null, isReference),
    ...ofElectrode('counter', thickness?.counter ?? null, isReference),
  ];
  const timeless = scan.timeH === null ? ['startH', 'endH'] : [];
  return reasons
    .filter(([field, value]) => value === null && !timeless.includes(field))
    .map(([field, , reason]) => `${NULL}${field}: ${reason}`);
}

function ofElectrode(
  name: 'working' | 'counter',
  lithium: ElectrodeThickness | null,
  isReference: boolean,
): [string, unknown, string][] {
  if (!lithium) return [];
  const voids =
    name === 'counter'
      ? 'it is told of plated lithium, at the working electrode'
      : isReference
        ? 'the reference has no lithium plated'
        : 'nowhere is lithium plated through, or no air is in view to compare with';
  const edge = isReference
    ? 'the reference has no lithium plated'
    : 'the centre holds no lithium for certain, or the region is no cylinder';
  return [
    [`thickness.${name}.edgeToCentre`, lithium.edgeToCentre, edge],
    [`thickness.${name}.voidFractionUpper`, lithium.voidFractionUpper, voids],
  ];
}

/** Why fields of a cycle are null, for the notes of the series. */
export function cycleNulls(cycle: CycleResults): string[] {
  const { index, plateEndScan, stripEndScan } = cycle;
  const scans =
    plateEndScan === null
      ? 'no usable scan lies in its plating'
      : stripEndScan === null
        ? 'no usable scan lies in its stripping'
        : 'no usable scan lies before it, or too little was plated';
  const reasons: [string, unknown, string][] = [
    ['plateEndScan', plateEndScan, 'no usable scan lies in its plating'],
    ['stripEndScan', stripEndScan, 'no usable scan lies in its stripping'],
    ['ceTomography', cycle.ceTomography, scans],
    ['ceElectrochemistry', cycle.ceElectrochemistry, 'the log does not hold both its plating and its stripping'],
    ['uncertainty', cycle.uncertainty, scans],
    ['residualUm', cycle.residualUm, scans],
    ['extrapolatedUm', cycle.extrapolatedUm, 'no usable scan near the end of plating, or no area of the electrode'],
  ];
  return reasons
    .filter(([, value]) => value === null)
    .map(([field, , reason]) => `${NULL}cycle ${index}, ${field}: ${reason}`);
}
