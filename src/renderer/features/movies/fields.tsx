import { type ReactNode, useEffect, useId, useState } from 'react';
import type { Moment } from '../../../core/movie/storyboard.ts';
import { Check, Choice } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { useProject, useSession } from '../../state/session.ts';
import './facts.css';

/** A name and what sets it. */
export function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="movie-row">
      <span className="movie-row-name">{name}</span>
      <span className="movie-row-body">{children}</span>
    </div>
  );
}

/** Words: Enter or leaving the field takes them, Esc leaves them as they were. */
export function TextField({
  label,
  value,
  onCommit,
  placeholder,
  fault,
}: {
  label: string;
  value: string;
  onCommit: (value: string) => void;
  placeholder?: string;
  /** Why words cannot be taken; null where they can. */
  fault?: (value: string) => string | null;
}) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const why = fault?.(draft.trim()) ?? null;
  const commit = () => {
    if (why !== null) setDraft(value);
    else if (draft !== value) onCommit(draft.trim());
  };
  return (
    <input
      className="text-field"
      aria-label={label}
      aria-invalid={why !== null}
      title={why ?? undefined}
      placeholder={placeholder}
      value={draft}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key !== 'Escape' || draft === value) return;
        event.stopPropagation();
        setDraft(value);
      }}
    />
  );
}

const MOMENTS = [
  ['start', 'the start'],
  ['end', 'the end'],
  ['scan', 'scan'],
  ['hours', 'time'],
  ['charge', 'charge'],
  ['first', 'the first crack'],
  ['largest', 'the largest crack'],
  ['crack', 'crack'],
] as const;
type MomentKind = (typeof MOMENTS)[number][0];

function kindOf(moment: Moment): MomentKind {
  if (typeof moment === 'string') return moment;
  if ('scan' in moment) return 'scan';
  if ('hours' in moment) return 'hours';
  if ('charge' in moment) return 'charge';
  return typeof moment.crack === 'number' ? 'crack' : moment.crack;
}

/** A moment of the experiment: an end, a scan, a time, a charge, the birth of a crack. */
export function MomentField({
  label,
  value,
  onCommit,
}: {
  label: string;
  value: Moment;
  onCommit: (moment: Moment) => void;
}) {
  const project = useProject();
  const cracks = useSession((session) => session.results?.cracks) ?? [];
  const scans = project?.scans ?? [];
  const kind = kindOf(value);
  const offered = MOMENTS.filter(
    ([name]) => name === kind || cracks.length > 0 || !['first', 'largest', 'crack'].includes(name),
  );
  const choose = (next: MomentKind) => {
    const first = scans[0];
    if (next === 'start' || next === 'end') onCommit(next);
    else if (next === 'scan') onCommit({ scan: first?.index ?? 0 });
    else if (next === 'hours') onCommit({ hours: first?.timeH ?? 0 });
    else if (next === 'charge') onCommit({ charge: 0 });
    else onCommit({ crack: next === 'crack' ? (cracks[0]?.id ?? 1) : next });
  };
  return (
    <>
      <Choice label={label} value={kind} options={offered} onChange={choose} />
      {typeof value === 'object' && 'scan' in value && (
        <Choice
          label={`${label}: scan`}
          value={String(value.scan)}
          options={scans.map(({ index, name }) => [String(index), name] as const)}
          onChange={(scan) => onCommit({ scan: Number(scan) })}
        />
      )}
      {typeof value === 'object' && 'hours' in value && (
        <NumberField
          label={`${label}: time`}
          unit="h"
          step={0.1}
          value={value.hours}
          onCommit={(hours) => hours !== null && onCommit({ hours })}
        />
      )}
      {typeof value === 'object' && 'charge' in value && (
        <NumberField
          label={`${label}: charge`}
          unit="mAh cm⁻²"
          step={0.05}
          value={value.charge}
          onCommit={(charge) => charge !== null && onCommit({ charge })}
        />
      )}
      {typeof value === 'object' && 'crack' in value && typeof value.crack === 'number' && (
        <Choice
          label={`${label}: crack`}
          value={String(value.crack)}
          options={cracks.map(({ id }) => [String(id), `crack ${id}`] as const)}
          onChange={(crack) => onCommit({ crack: Number(crack) })}
        />
      )}
    </>
  );
}

/** A place of the cell by a crack, for what points to one. */
export function CrackChoice({
  label,
  value,
  onCommit,
}: {
  label: string;
  value: number | 'first' | 'largest';
  onCommit: (crack: number | 'first' | 'largest') => void;
}) {
  const cracks = useSession((session) => session.results?.cracks) ?? [];
  const options = [
    ['first', 'the first crack'],
    ['largest', 'the largest crack'],
    ...cracks.map(({ id }) => [String(id), `crack ${id}`]),
  ] as [string, string][];
  return (
    <Choice
      label={label}
      value={String(value)}
      options={options}
      onChange={(next) => onCommit(next === 'first' || next === 'largest' ? next : Number(next))}
    />
  );
}

/** Numbers in a row, each with its name. */
export function Numbers({
  label,
  names,
  values,
  onCommit,
  unit,
  factor = 1,
  step = 1,
  min,
  max,
}: {
  label: string;
  names: readonly string[];
  values: readonly number[];
  onCommit: (values: number[]) => void;
  unit?: string;
  /** What is shown of a value: 100 for fractions in per cent. */
  factor?: number;
  step?: number;
  min?: number;
  max?: number;
}) {
  const id = useId();
  return (
    <fieldset className="movie-numbers" aria-label={label}>
      {values.map((value, k) => (
        <label key={names[k]} htmlFor={`${id}${k}`}>
          <span className="label">{names[k]}</span>
          <NumberField
            label={`${label} ${names[k]}`}
            value={Number((value * factor).toFixed(4))}
            step={step}
            {...(unit ? { unit } : {})}
            {...(min === undefined ? {} : { min })}
            {...(max === undefined ? {} : { max })}
            onCommit={(next) => next !== null && onCommit(values.map((one, i) => (i === k ? next / factor : one)))}
          />
        </label>
      ))}
    </fieldset>
  );
}

/** Limits of the colours of a map in µm: found, or told. */
export function LimitsRow({
  limits,
  unlessTold,
  onCommit,
}: {
  limits: readonly [number, number] | undefined;
  /** What holds where none are told. */
  unlessTold: string;
  onCommit: (limits: number[] | undefined) => void;
}) {
  return (
    <Row name="Limits">
      {limits ? (
        <Numbers label="Limits of the colours" names={['from', 'to']} values={limits} unit="µm" onCommit={onCommit} />
      ) : (
        <span className="muted">{unlessTold}</span>
      )}
      <Check
        label="Own limits"
        checked={limits !== undefined}
        onChange={(own) => onCommit(own ? [0, 20] : undefined)}
      />
    </Row>
  );
}
