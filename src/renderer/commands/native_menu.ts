import type { CommandId } from '../../core/commands.ts';
import { runCommand } from './registry.ts';
import { isTypedInto } from './shortcuts.ts';

const EDITS: Partial<Record<CommandId, string>> = { 'edit.undo': 'undo', 'edit.redo': 'redo' };

/** Runs a command that a native menu names; undo and redo of a text field that is typed into are those of the typing. */
export function runFromMenu(id: CommandId): void {
  const edit = EDITS[id];
  if (edit && isTypedInto(document.activeElement)) document.execCommand(edit);
  else runCommand(id);
}
