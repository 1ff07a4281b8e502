import type { Results } from '../../../core/results.ts';

type Cell = string | number | null | undefined;

/** Rows as CSV; what is not known is left empty, words that hold the separator are quoted. */
export function csvOf(header: readonly string[], rows: readonly (readonly Cell[])[], separator = ','): string {
  const text = (cell: Cell) => {
    const word = cell === null || cell === undefined ? '' : String(cell);
    return word.includes(separator) || /["\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word;
  };
  return `${[header, ...rows].map((row) => row.map(text).join(separator)).join('\n')}\n`;
}

/** One row a scan. */
export function scansCsv({ scans }: Results): string {
  const header =
    'scan,name,time_h,charge_mah_cm2,current_ma_cm2,voltage_v,cycle,step,lithium_um,lithium_uncertainty_um,counter_um,' +
    'counter_uncertainty_um,cracks,crack_volume_um3,drift_um,residual_um,noise,flags';
  return csvOf(
    header.split(','),
    scans.map((scan) => [
      scan.index,
      scan.name,
      scan.timeH,
      scan.chargeMahCm2,
      scan.currentMaCm2,
      scan.voltageV,
      scan.cycle,
      scan.step,
      scan.thickness?.working?.meanUm,
      scan.thickness?.working?.uncertaintyUm,
      scan.thickness?.counter?.meanUm,
      scan.thickness?.counter?.uncertaintyUm,
      scan.cracks?.count,
      scan.cracks?.volumeUm3,
      scan.registration?.driftUm,
      scan.registration?.residualUm,
      scan.quality?.noise,
      scan.quality?.flags.join(' '),
    ]),
  );
}

/** One row a crack and scan in which it is there. */
export function cracksCsv({ scans, cracks }: Results): string {
  const header =
    'crack,scan,time_h,volume_voxels,volume_uncertainty_voxels,mean_grey,centroid_z,centroid_y,centroid_x,extent_z_um,' +
    'extent_y_um,extent_x_um,through,fill';
  return csvOf(
    header.split(','),
    cracks.flatMap((crack) =>
      scans.flatMap((scan, at) => {
        if (crack.volumeVoxels[at] == null) return [];
        const nowhere = [null, null, null];
        return [
          [
            crack.id,
            scan.index,
            scan.timeH,
            crack.volumeVoxels[at],
            crack.volumeUncertaintyVoxels[at],
            crack.meanGrey[at],
            ...(crack.centroid[at] ?? nowhere),
            ...(crack.extentUm[at] ?? nowhere),
            String(crack.through),
            crack.fill,
          ],
        ];
      }),
    ),
  );
}

/** Hands a text to the browser's downloads. */
export function saveText(text: string, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
