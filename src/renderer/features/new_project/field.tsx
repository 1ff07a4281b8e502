import type { ReactNode } from 'react';

/** A control of the form with its name, and what it is for. */
export function Field({ name, words, children }: { name: string; words?: string; children: ReactNode }) {
  return (
    <div className="field">
      <span>
        {name}
        {words && <span className="label"> {words}</span>}
      </span>
      {children}
    </div>
  );
}
