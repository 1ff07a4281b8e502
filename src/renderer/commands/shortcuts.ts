import { COMMANDS, type CommandId, isEditingKey } from '../../core/commands.ts';
import { runCommand } from './registry.ts';

/** What a key press says, as far as shortcuts need it. */
export interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const NAMES: Record<string, string> = {
  ' ': 'Space',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
};

/** A key press as the list of commands writes it. Shift counts for letters and named keys; a sign already tells it. */
export function keysPressed({ key, ctrlKey, metaKey, altKey, shiftKey }: Press): string {
  const name = NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  const sign = key.length === 1 && key !== ' ' && !/[a-z]/i.test(key);
  const parts = [ctrlKey || metaKey ? 'CmdOrCtrl' : '', altKey ? 'Alt' : '', shiftKey && !sign ? 'Shift' : '', name];
  return parts.filter(Boolean).join('+');
}

const byKeys = new Map<string, CommandId>(COMMANDS.flatMap(({ id, keys }) => (keys ?? []).map((key) => [key, id])));

export function commandFor(press: Press): CommandId | null {
  return byKeys.get(keysPressed(press)) ?? null;
}

/** Whether text is typed there, which has an undo of its own. */
export function isTypedInto(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      'textarea, [contenteditable="true"], input:not([type="checkbox"], [type="radio"], [type="range"])',
    ) !== null
  );
}

/** Where letters, arrows or the space bar mean something of their own. */
function claims(target: EventTarget | null, press: Press): boolean {
  if (isEditingKey(keysPressed(press))) return isTypedInto(target);
  if (!(target instanceof Element) || press.ctrlKey || press.metaKey || press.altKey) return false;
  if (target.closest('input, textarea, select, [contenteditable="true"], [role="menu"]')) return true;
  if (target.closest('[role="dialog"]')) return true;
  if (press.key === ' ' || press.key === 'Enter')
    return target.closest('button, [role="tab"], [role="checkbox"], [role="option"], tr[tabindex]') !== null;
  return (
    /^(Arrow|Page|Home|End)/.test(press.key) &&
    target.closest('[role="slider"], [role="tab"], [role="option"], tr[tabindex]') !== null
  );
}

/** Listens to the whole window; returns what ends it. */
export function listenToKeys(): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || claims(event.target, event)) return;
    const id = commandFor(event);
    if (id && runCommand(id)) event.preventDefault();
  };
  // A button pressed with the pointer does not keep the space bar to itself.
  const onClick = (event: MouseEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest<HTMLElement>('button');
    if (event.detail > 0 && button && !button.closest('[role="dialog"], [role="menu"]')) button.blur();
  };
  window.addEventListener('keydown', onKeyDown);
  window.addEventListener('click', onClick);
  return () => {
    window.removeEventListener('keydown', onKeyDown);
    window.removeEventListener('click', onClick);
  };
}
