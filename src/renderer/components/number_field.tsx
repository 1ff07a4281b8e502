import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { evaluate } from '../../core/arithmetic.ts';

/**
 * A number with its unit: Enter commits, Esc reverts, sums are worked out, the arrows step (Shift × 10) and a drag on the
 * unit scrubs. `null` is an empty field, where `optional` allows one.
 */
export function NumberField({
  value,
  onCommit,
  label,
  unit,
  step = 1,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
  show = String,
  optional = false,
  placeholder,
  disabled = false,
  invalid = false,
  width,
}: {
  value: number | null;
  onCommit: (value: number | null) => void;
  label: string;
  unit?: string;
  step?: number;
  min?: number;
  max?: number;
  show?: (value: number) => string;
  optional?: boolean;
  placeholder?: string;
  disabled?: boolean;
  invalid?: boolean;
  width?: number;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const scrub = useRef<{ x: number; from: number } | null>(null);
  const shown = draft ?? (value === null ? '' : show(value));
  const wrong = draft !== null && !(optional && draft.trim() === '') && evaluate(draft) === null;
  const bounded = (next: number) => Math.max(min, Math.min(max, Number(next.toPrecision(12))));

  const commit = () => {
    if (draft === null) return;
    if (optional && draft.trim() === '') onCommit(null);
    else {
      const next = evaluate(draft);
      if (next === null) return;
      if (bounded(next) !== value) onCommit(bounded(next));
    }
    setDraft(null);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') commit();
    else if (event.key === 'Escape' && draft !== null) {
      event.stopPropagation();
      setDraft(null);
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      event.preventDefault();
      const sign = event.key === 'ArrowUp' ? 1 : -1;
      const base = (draft === null ? value : evaluate(draft)) ?? 0;
      setDraft(null);
      onCommit(bounded(base + sign * step * (event.shiftKey ? 10 : 1)));
    }
  };
  const onPointerDown = (event: PointerEvent<HTMLSpanElement>) => {
    if (disabled || value === null) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    scrub.current = { x: event.clientX, from: value };
  };
  const onPointerMove = (event: PointerEvent<HTMLSpanElement>) => {
    if (!scrub.current) return;
    const moved = Math.round((event.clientX - scrub.current.x) / 2) * step * (event.shiftKey ? 10 : 1);
    onCommit(bounded(scrub.current.from + moved));
  };

  return (
    <span className={`number-field${wrong || invalid ? ' wrong' : ''}`} style={width ? { width } : {}}>
      <input
        aria-label={label}
        aria-invalid={wrong || invalid}
        inputMode="decimal"
        value={shown}
        placeholder={placeholder}
        disabled={disabled}
        onChange={(event) => setDraft(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={commit}
        onKeyDown={onKeyDown}
      />
      {unit && (
        <span
          className="unit scrub"
          title="Drag to change"
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={() => {
            scrub.current = null;
          }}
        >
          {unit}
        </span>
      )}
    </span>
  );
}
