import { Command } from 'cmdk';
import { COMMANDS } from '../../../core/commands.ts';
import { isEnabled, runCommand } from '../../commands/registry.ts';
import { Keys } from '../../components/controls.tsx';
import { showDialog, usePages } from '../../state/pages.ts';
import { register } from '../feature.ts';
import './palette.css';

/** Every command by its name; what cannot run now is shown faintly. */
function Palette() {
  const shown = usePages((pages) => pages.dialog === 'palette');
  const run = (id: (typeof COMMANDS)[number]['id']) => {
    showDialog(null);
    // The palette gives the focus back first, so that the command finds the window as it was.
    window.setTimeout(() => runCommand(id));
  };
  return (
    <Command.Dialog
      open={shown}
      onOpenChange={(open) => showDialog(open ? 'palette' : null)}
      label="All commands"
      className="palette"
      overlayClassName="overlay"
      contentClassName="palette-window"
      loop
    >
      <Command.Input placeholder="Search commands" />
      <Command.List>
        <Command.Empty>No command of this name.</Command.Empty>
        {shown &&
          COMMANDS.filter(({ id }) => id !== 'app.palette').map(({ id, title, menu, keys }) => (
            <Command.Item key={id} value={`${menu} ${title}`} disabled={!isEnabled(id)} onSelect={() => run(id)}>
              <span className="label palette-menu">{menu}</span>
              <span>{title}</span>
              {keys?.[0] && <Keys keys={keys[0]} />}
            </Command.Item>
          ))}
      </Command.List>
    </Command.Dialog>
  );
}

register({ overlays: [Palette], commands: { 'app.palette': () => showDialog('palette') } });
