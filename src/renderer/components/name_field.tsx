import { useState } from 'react';

/** A name that is being typed, in place of what it names: Enter or leaving takes it, Esc leaves it as it was. */
export function NameField({
  label,
  name,
  faultOf,
  onEnd,
  className = '',
}: {
  label: string;
  name: string;
  /** Why a name cannot be taken; null where it can. */
  faultOf(name: string): string | null;
  /** The new name, or null where it stays. */
  onEnd(name: string | null): void;
  className?: string;
}) {
  const [draft, setDraft] = useState(name);
  const fault = faultOf(draft.trim());
  return (
    <input
      className={`text-field ${className}`}
      aria-label={label}
      aria-invalid={fault !== null}
      title={fault ?? undefined}
      // biome-ignore lint/a11y/noAutofocus: it appears because its name is to be typed
      autoFocus
      value={draft}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={() => onEnd(fault ? null : draft.trim())}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !fault) onEnd(draft.trim());
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onEnd(null);
      }}
    />
  );
}
