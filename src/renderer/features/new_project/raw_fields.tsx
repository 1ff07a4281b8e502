import { Choice } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import type { RawForm } from './draft.ts';
import { Field } from './field.tsx';

const TYPES = [
  ['', 'from the size'],
  ['uint8', 'uint8'],
  ['int8', 'int8'],
  ['uint16', 'uint16'],
  ['int16', 'int16'],
  ['uint32', 'uint32'],
  ['int32', 'int32'],
  ['float32', 'float32'],
  ['float64', 'float64'],
] as const;
const ORDERS = [
  ['little', 'little-endian'],
  ['big', 'big-endian'],
] as const;

/** What headerless files do not say of themselves; it holds for all of them. */
export function RawFields({ raw, onChange }: { raw: RawForm; onChange: (raw: RawForm) => void }) {
  return (
    <>
      {(['x', 'y', 'z'] as const).map((axis) => (
        <Field key={axis} name={`Voxels along ${axis}`} {...(axis === 'x' ? { words: 'fastest in the file' } : {})}>
          <NumberField
            label={`Voxels along ${axis}`}
            value={raw[axis]}
            min={1}
            optional
            placeholder="?"
            onCommit={(value) => onChange({ ...raw, [axis]: value === null ? null : Math.round(value) })}
            width={136}
          />
        </Field>
      ))}
      <Field name="Type">
        <Choice
          label="Type of voxels"
          value={raw.type}
          options={TYPES}
          onChange={(type) => onChange({ ...raw, type })}
        />
      </Field>
      <Field name="Byte order">
        <Choice
          label="Byte order"
          value={raw.byteOrder}
          options={ORDERS}
          onChange={(byteOrder) => onChange({ ...raw, byteOrder })}
        />
      </Field>
      <Field name="Header" words="before the first voxel">
        <NumberField
          label="Bytes before the first voxel"
          value={raw.offset}
          unit="bytes"
          min={0}
          onCommit={(offset) => offset !== null && onChange({ ...raw, offset: Math.round(offset) })}
          width={136}
        />
      </Field>
    </>
  );
}
