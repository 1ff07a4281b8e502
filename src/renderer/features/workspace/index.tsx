import type { CommandId } from '../../../core/commands.ts';
import type { Action } from '../../commands/registry.ts';
import { redo, undo } from '../../state/actions.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { register, registeredPanels } from '../feature.ts';
import { closePanel, fillView, resetLayout, showPanel, toggleRail } from './dock.ts';

const open = () => useSession.getState().project !== null;
const inProject = (run: () => void): Action => ({ run, enabled: open });

/** Commands of panels that other features registered; called once all are there. */
export function registerWorkspace(): void {
  const panels: Partial<Record<CommandId, Action>> = {};
  for (const { id, command, place } of registeredPanels())
    if (command) panels[command] = inProject(() => (place === 'rail' ? toggleRail(id) : showPanel(id)));
  register({
    commands: {
      ...panels,
      'edit.undo': { run: () => void undo(), enabled: () => useSession.getState().project?.canUndo ?? false },
      'edit.redo': { run: () => void redo(), enabled: () => useSession.getState().project?.canRedo ?? false },
      'view.fill': inProject(() => fillView(useView.getState().activeView)),
      'panel.close': inProject(closePanel),
      'view.resetLayout': inProject(resetLayout),
    },
  });
}
