import {
  type ColumnDef,
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { ArrowDown, ArrowUp, EyeOff, FileQuestion, TriangleAlert } from 'lucide-react';
import { useMemo } from 'react';
import type { AppScan } from '../../../contract/app.ts';
import { Empty } from '../../components/controls.tsx';
import { digits, fixed } from '../../components/format.ts';
import { onRowKey } from '../../components/row_keys.ts';
import { useSession } from '../../state/session.ts';
import { showScan } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { flagTitle, flagWords } from '../../words/notes.ts';
import { TableBar } from './table_bar.tsx';
import { saveText, scansCsv } from './tables.ts';

interface Row {
  at: number;
  scan: AppScan;
  timeH: number | null;
  charge: number | null;
  thickness: number | null;
  flags: string[];
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });
const column = createColumnHelper<typeof features, Row>();
const columns = column.columns([
  column.accessor('at', { header: '#', cell: ({ row }) => row.original.at + 1 }),
  column.accessor((row) => row.timeH ?? Number.NaN, {
    id: 'time',
    header: 't / h',
    cell: ({ row }) => fixed(row.original.timeH, 2),
  }),
  column.accessor((row) => row.charge ?? Number.NaN, {
    id: 'charge',
    header: 'mAh cm⁻²',
    cell: ({ row }) => digits(row.original.charge),
  }),
  column.accessor((row) => row.thickness ?? Number.NaN, {
    id: 'thickness',
    header: 'Li / µm',
    cell: ({ row }) => digits(row.original.thickness),
  }),
  column.accessor((row) => row.flags.length, {
    id: 'quality',
    header: 'Quality',
    cell: ({ row }) => <Quality row={row.original} />,
  }),
]) as ColumnDef<typeof features, Row>[];
const NUMBERS = new Set(['at', 'time', 'charge', 'thickness']);

/** Every scan with its time, charge, lithium and what its quality is; a row shows its scan. */
export function ScansPanel() {
  const project = useSession((session) => session.project);
  const results = useSession((session) => session.results);
  const shown = useView((view) => view.scan);
  const data = useMemo<Row[]>(
    () =>
      (project?.scans ?? []).map((scan, at) => {
        const result = results?.scans[at];
        return {
          at,
          scan,
          timeH: scan.timeH,
          charge: result?.chargeMahCm2 ?? null,
          thickness: result?.thickness?.working?.meanUm ?? null,
          flags: result?.quality?.flags ?? [],
        };
      }),
    [project, results],
  );
  const table = useTable({ features, columns, data });
  if (data.length === 0) return <Empty title="No scans">A project needs at least one scan.</Empty>;
  const show = (row: Row) => {
    showScan(row.at);
    useView.setState({ selection: { kind: 'scan', scan: row.at } });
  };
  return (
    <>
      <TableBar
        words={`${data.length} scans`}
        save={results && project ? () => saveText(scansCsv(results), `${project.name}_scans.csv`) : null}
      />
      <table className="grid scans" aria-label="Scans">
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                return (
                  <th
                    key={header.id}
                    className={NUMBERS.has(header.column.id) ? 'number' : ''}
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
                  >
                    <button type="button" className="sort" onClick={header.column.getToggleSortingHandler()}>
                      <table.FlexRender header={header} />
                      {sorted === 'asc' && <ArrowUp size={10} aria-hidden />}
                      {sorted === 'desc' && <ArrowDown size={10} aria-hidden />}
                    </button>
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              tabIndex={0}
              aria-selected={row.original.at === shown}
              className={row.original.scan.excluded ? 'excluded' : ''}
              title={row.original.scan.name}
              onClick={() => show(row.original)}
              onKeyDown={(event) => onRowKey(event, () => show(row.original))}
            >
              {row.getAllCells().map((cell) => (
                <td key={cell.id} className={NUMBERS.has(cell.column.id) ? 'number' : ''}>
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Quality({ row: { flags, scan } }: { row: Row }) {
  if (scan.excluded !== null)
    return (
      <span className="tag" title={scan.excluded}>
        <EyeOff size={11} aria-hidden /> left out
      </span>
    );
  if (scan.missing)
    return (
      <span className="tag error" title={`Not found: ${scan.path}`}>
        <FileQuestion size={11} aria-hidden /> missing
      </span>
    );
  if (flags.length === 0) return null;
  return (
    <span className="tag warning" title={flags.map(flagWords).join('. ')}>
      <TriangleAlert size={11} aria-hidden /> {flagTitle(flags[0]!)}
      {flags.length > 1 && ` +${flags.length - 1}`}
    </span>
  );
}
