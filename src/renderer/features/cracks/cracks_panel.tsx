import type { Triple } from '../../../core/geometry.ts';
import type { CrackResults } from '../../../core/results.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Empty, Keys } from '../../components/controls.tsx';
import { digits, fixed } from '../../components/format.ts';
import { onRowKey } from '../../components/row_keys.ts';
import { useSession } from '../../state/session.ts';
import { showScan } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { TableBar } from '../scans/table_bar.tsx';
import { cracksCsv, saveText } from '../scans/tables.ts';

/** Cracks with their identity over time; a row brings the crosshair to its crack. */
export function CracksPanel() {
  const results = useSession((session) => session.results);
  const project = useSession((session) => session.project);
  const scan = useView((view) => view.scan);
  const selection = useView((view) => view.selection);
  if (!results || results.cracks.length === 0)
    return (
      <Empty title={results?.scans.some(({ cracks }) => cracks) ? 'No cracks were found' : 'No cracks yet'}>
        Cracks that the analysis finds are listed here from birth to breakthrough.
        <Button onClick={() => runCommand('analysis.run')}>
          Run the analysis <Keys keys={keysOf('analysis.run')!} />
        </Button>
      </Empty>
    );
  const um3 = inUm3(project?.voxelSizeUm ?? [1, 1, 1]);
  return (
    <>
      <TableBar
        words={`${results.cracks.length} ${results.cracks.length === 1 ? 'crack' : 'cracks'}`}
        save={() => saveText(cracksCsv(results), `${project?.name}_cracks.csv`)}
      />
      <table className="grid" aria-label="Cracks">
        <thead>
          <tr>
            <th className="number">#</th>
            <th className="number">Onset / h</th>
            <th className="number">Volume / µm³</th>
            <th>Reaches</th>
          </tr>
        </thead>
        <tbody>
          {results.cracks.map((crack) => (
            <tr
              key={crack.id}
              tabIndex={0}
              aria-selected={selection?.kind === 'crack' && selection.crack === crack.id}
              onClick={() => selectCrack(crack, scan)}
              onKeyDown={(event) => onRowKey(event, () => selectCrack(crack, scan))}
            >
              <td className="number">{crack.id}</td>
              <td className="number">{onsetText(crack, project?.scans[crack.onsetScan]?.timeH ?? null)}</td>
              <td className="number">{digits(um3(crack.volumeVoxels[scan]))}</td>
              <td>{crack.through ? <span className="tag warning">through</span> : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** A volume in µm³ from one in voxels; null where it is not known. */
export function inUm3([z, y, x]: Triple): (voxels: number | null | undefined) => number | null {
  return (voxels) => (voxels === null || voxels === undefined ? null : voxels * z * y * x);
}

/** Selects a crack; shows its birth where it is not there yet. */
export function selectCrack(crack: CrackResults, scan: number): void {
  const seen = crack.centroid[scan] ? scan : crack.onsetScan;
  if (seen !== scan) showScan(seen);
  const place = crack.centroid[seen];
  useView.setState({
    selection: { kind: 'crack', crack: crack.id },
    ...(place ? { crosshair: place.map(Math.round) as [number, number, number] } : {}),
  });
}

/** An interval between scans, never a scan's label. */
export function onsetText({ onsetIntervalH }: CrackResults, timeH: number | null): string {
  const [from, to] = onsetIntervalH ?? [null, timeH];
  return from === null ? `≤ ${fixed(to, 2)}` : `${fixed(from, 2)}–${fixed(to, 2)}`;
}
