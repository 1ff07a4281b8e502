import { Clipboard, Download, Trash2, TriangleAlert } from 'lucide-react';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Empty, IconButton, Keys, Progress } from '../../components/controls.tsx';
import { digits, duration, fixed, greyOf, percent } from '../../components/format.ts';
import { onRowKey } from '../../components/row_keys.ts';
import { tell, tellError } from '../../state/notices.ts';
import { useProject } from '../../state/session.ts';
import { showScan } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { saveText } from '../scans/tables.ts';
import { MeasuredPlot } from './measured_plot.tsx';
import {
  cancelMeasuring,
  clearMeasurements,
  isStale,
  type Measurement,
  measurementsCsv,
  useMeasurements,
} from './measurements.ts';
import { useRegions } from './region_list.ts';
import './regions.css';

/** What was measured, a row a region and scan; a row brings its region and scan back. */
export function MeasurementsPanel() {
  const project = useProject();
  const { rows: all, project: of, running } = useMeasurements();
  const regions = useRegions();
  const scan = useView((view) => view.scan);
  const selection = useView((view) => view.selection);
  if (!project) return null;
  const rows = of === project.path ? all : [];
  if (rows.length === 0 && !running)
    return (
      <Empty title="Nothing measured yet">
        Grey values, volume and lithium of regions are listed here, a row a region and scan.
        <Button onClick={() => runCommand('region.measure')}>
          Measure in this scan <Keys keys={keysOf('region.measure')!} />
        </Button>
      </Empty>
    );
  const csv = (separator = ',') => measurementsCsv(rows, project.scans, separator);
  const copy = () =>
    navigator.clipboard
      .writeText(csv('\t'))
      .then(() => tell('done', `${rows.length} rows are on the clipboard`), tellError);
  return (
    <>
      <div className="table-bar">
        {running ? (
          <span className="measuring" role="status">
            <Progress fraction={running.fraction} label="Measuring" />
            <span className="label">
              {running.done} of {running.total} {duration(running.secondsLeft)}
            </span>
            <Button variant="quiet" onClick={cancelMeasuring}>
              Cancel
            </Button>
          </span>
        ) : (
          <span className="label">
            {rows.length} {rows.length === 1 ? 'row' : 'rows'}
          </span>
        )}
        <span>
          <IconButton label="Copy the table" icon={Clipboard} size={14} onClick={() => void copy()} />
          <IconButton
            label="Save as CSV"
            icon={Download}
            size={14}
            onClick={() => saveText(csv(), `${project.name}_measurements.csv`)}
          />
          <IconButton label="Clear the table" icon={Trash2} size={14} onClick={clearMeasurements} />
        </span>
      </div>
      <div className="measured">
        <div className="measurements">
          <table className="grid" aria-label="Measurements">
            <thead>
              <tr>
                <th>Region</th>
                <th className="number">Scan</th>
                <th className="number">t / h</th>
                <th className="number">Mean</th>
                <th className="number">SD</th>
                <th className="number">Min</th>
                <th className="number">Max</th>
                <th className="number">Voxels</th>
                <th className="number">Volume / µm³</th>
                <th className="number">LVF</th>
                <th className="number" title="Plated since the reference">
                  Plated Li / µm³
                </th>
                <th>Notes</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr
                  key={`${row.id} ${row.scan}`}
                  tabIndex={0}
                  aria-selected={row.scan === scan && selection?.kind === 'region' && selection.region === row.id}
                  onClick={() => show(row)}
                  onKeyDown={(event) => onRowKey(event, () => show(row))}
                >
                  <td>{row.name}</td>
                  <td className="number">{row.scan + 1}</td>
                  <td className="number">{fixed(project.scans[row.scan]?.timeH, 2)}</td>
                  <td className="number">{greyOf(row.grey?.mean)}</td>
                  <td className="number">{digits(row.grey?.sd)}</td>
                  <td className="number">{greyOf(row.grey?.min)}</td>
                  <td className="number">{greyOf(row.grey?.max)}</td>
                  <td className="number">{fixed(row.voxels, 0)}</td>
                  <td className="number">{digits(row.volumeUm3, 4)}</td>
                  <td className="number">{percent(row.lithium?.fraction, 2)}</td>
                  <td className="number">{digits(row.lithium?.volumeUm3, 4)}</td>
                  <td>
                    <Notes notes={notesOf(row, isStale(row, regions), project.scans.length > 1)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {rows.length > 1 && <MeasuredPlot rows={rows} />}
      </div>
    </>
  );
}

function notesOf(row: Measurement, stale: boolean, series: boolean): string[] {
  return [
    ...(stale ? ['moved since'] : []),
    ...(row.outside > 0 ? [`${percent(row.outside / row.voxels, 1)} outside the scan`] : []),
    ...(series && !row.registered ? ['scan not registered'] : []),
    ...(row.voxels === 0 ? ['no voxel inside'] : []),
  ];
}

function Notes({ notes }: { notes: readonly string[] }) {
  return notes.map((note) => (
    <span key={note} className="tag warning">
      <TriangleAlert size={11} aria-hidden /> {note}
    </span>
  ));
}

function show({ id, scan }: Measurement): void {
  showScan(scan);
  useView.setState({ selection: { kind: 'region', region: id }, showRegions: true });
}
