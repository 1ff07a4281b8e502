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

/** Arrows go to the row of a list above or below and, where `choose`, choose it. Returns whether they did. */
export function onListKey(event: KeyboardEvent<HTMLButtonElement>, choose: boolean): boolean {
  const row = event.currentTarget.closest('li')!;
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  const button = next?.querySelector('button');
  if (!button) return false;
  event.preventDefault();
  event.stopPropagation();
  button.focus();
  if (choose) button.click();
  return true;
}
