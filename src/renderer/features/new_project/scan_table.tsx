import { CircleAlert, TriangleAlert } from 'lucide-react';
import type { ScanDraft } from '../../../contract/app.ts';
import { Check, Choice, Tip } from '../../components/controls.tsx';
import { bytes, digits, fixed, shapeText, voxelText } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { type Edit, edited, keyOf } from './draft.ts';

/** What was found, a row a scan: confirmed, corrected or left out. */
export function ScanTable({
  drafts,
  edits,
  onEdit,
  selected,
  onSelect,
  onDataset,
}: {
  drafts: readonly ScanDraft[];
  edits: ReadonlyMap<string, Edit>;
  onEdit: (key: string, edit: Edit) => void;
  selected: string | null;
  onSelect: (key: string) => void;
  /** Of the volumes in a file one was chosen. */
  onDataset: (path: string, name: string) => void;
}) {
  return (
    <table className="grid found" aria-label="Scans found">
      <thead>
        <tr>
          <th>
            <span className="visually-hidden">Take</span>
          </th>
          <th>Name</th>
          <th className="number">Time</th>
          <th>From</th>
          <th className="number">Shape x × y × z</th>
          <th>Type</th>
          <th className="number">Size</th>
          <th className="number">Voxel</th>
          <th>From</th>
          <th>Problems</th>
        </tr>
      </thead>
      <tbody>
        {drafts.map((draft) => {
          const key = keyOf(draft);
          return (
            <Row
              key={key}
              draft={edited(draft, edits.get(key))}
              edit={edits.get(key) ?? {}}
              selected={key === selected}
              onEdit={(edit) => onEdit(key, edit)}
              onSelect={() => onSelect(key)}
              onDataset={(name) => onDataset(draft.path, name)}
            />
          );
        })}
      </tbody>
    </table>
  );
}

function Row({
  draft,
  edit,
  selected,
  onEdit,
  onSelect,
  onDataset,
}: {
  draft: ScanDraft;
  edit: Edit;
  selected: boolean;
  onEdit: (edit: Edit) => void;
  onSelect: () => void;
  onDataset: (name: string) => void;
}) {
  if (draft.blocked)
    return (
      <tr aria-selected={selected} className="excluded" onClick={onSelect}>
        <td>
          <Check checked={false} disabled label={`Take ${draft.name}`} onChange={() => undefined} />
        </td>
        <td className="cell-name">{draft.name}</td>
        <td colSpan={8}>
          <span className="cell-problem">
            <Datasets draft={draft} onDataset={onDataset} />
            <Problems draft={draft} sized />
          </span>
        </td>
      </tr>
    );
  const taken = !edit.leftOut;
  const [z, y, x] = draft.voxelSizeUm ?? [0, 0, 0];
  const cubes = z === y && y === x;
  return (
    <tr aria-selected={selected} className={taken ? '' : 'excluded'} onClick={onSelect} onFocus={onSelect}>
      <td>
        <Check checked={taken} label={`Take ${draft.name}`} onChange={(take) => onEdit({ ...edit, leftOut: !take })} />
      </td>
      <td>
        <input
          className="text-field cell"
          aria-label="Name"
          value={draft.name}
          disabled={!taken}
          onChange={(event) => onEdit({ ...edit, name: event.target.value })}
        />
      </td>
      <td className="number">
        <NumberField
          label={`Time of ${draft.name}`}
          value={draft.timeH}
          unit="h"
          step={0.1}
          show={(value) => fixed(value, 3)}
          optional
          placeholder="?"
          disabled={!taken}
          onCommit={(timeH) => onEdit({ ...edit, timeH })}
          width={96}
        />
      </td>
      <td className="label" title={draft.timeFrom ?? undefined}>
        {draft.timeFrom ?? ''}
      </td>
      <td className="number">{shapeText(draft.shape)}</td>
      <td>{draft.type}</td>
      <td className="number">{bytes(draft.bytes)}</td>
      <td className="number">
        {draft.voxelSizeUm && !cubes ? (
          `${voxelText(draft.voxelSizeUm)} µm`
        ) : (
          <NumberField
            label={`Voxel size of ${draft.name}`}
            value={draft.voxelSizeUm ? x : null}
            unit="µm"
            step={0.005}
            min={1e-4}
            show={(value) => digits(value, 4)}
            placeholder="?"
            invalid={taken && !draft.voxelSizeUm}
            disabled={!taken}
            onCommit={(voxelUm) => voxelUm !== null && onEdit({ ...edit, voxelUm })}
            width={96}
          />
        )}
      </td>
      <td className="label" title={draft.voxelSizeFrom ?? undefined}>
        {draft.voxelSizeFrom ?? ''}
      </td>
      <td>
        <span className="cell-problem">
          <Datasets draft={draft} onDataset={onDataset} />
          <Problems draft={draft} sized={draft.voxelSizeUm !== null} />
        </span>
      </td>
    </tr>
  );
}

/** Which volume of a file that holds several. */
function Datasets({ draft, onDataset }: { draft: ScanDraft; onDataset: (name: string) => void }) {
  if (!draft.datasets) return null;
  const options = draft.datasets.map(
    ({ name, shape, type }) => [name, `${name}: ${[...shape].reverse().join(' × ')}, ${type}`] as const,
  );
  const chosen = draft.hints?.dataset ?? '';
  return (
    <Choice
      label={`Volume in ${draft.name}`}
      value={chosen}
      options={chosen === '' ? [['', 'Choose a volume…'], ...options] : options}
      onChange={(name) => name !== '' && onDataset(name)}
    />
  );
}

function Problems({ draft, sized }: { draft: ScanDraft; sized: boolean }) {
  // Told before the size was typed.
  const problems = draft.problems.filter((problem) => !(sized && /voxel size is not known/i.test(problem)));
  if (problems.length === 0) return null;
  const Icon = draft.blocked ? CircleAlert : TriangleAlert;
  return (
    <Tip label={problems.join(' ')} side="left">
      <span className={`tag ${draft.blocked ? 'error' : 'warning'} problem`} tabIndex={-1}>
        <Icon size={11} aria-label={draft.blocked ? 'Cannot be used' : 'Problem'} />
        <span className="ellipsis">{problems.join(' ')}</span>
      </span>
    </Tip>
  );
}
