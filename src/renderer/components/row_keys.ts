import type { KeyboardEvent } from 'react';

/** Keys of a table's row: Enter and Space choose it, arrows go to the row above or below and choose that. */
export function onRowKey(event: KeyboardEvent<HTMLTableRowElement>, choose: () => void): void {
  const next = {
    ArrowDown: event.currentTarget.nextElementSibling,
    ArrowUp: event.currentTarget.previousElementSibling,
  }[event.key] as HTMLElement | null | undefined;
  if (event.key === 'Enter' || event.key === ' ') choose();
  else if (next) {
    next.focus();
    next.click();
  } else return;
  event.preventDefault();
}
