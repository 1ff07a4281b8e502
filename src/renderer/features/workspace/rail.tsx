import { CircleHelp, Settings } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { IconButton } from '../../components/controls.tsx';
import { registeredPanels } from '../feature.ts';
import { isShown, subscribeDock } from './dock.ts';

/** The way to the panels of the left. */
export function Rail() {
  const shown = useSyncExternalStore(subscribeDock, () =>
    registeredPanels()
      .filter(({ id }) => isShown(id))
      .map(({ id }) => id)
      .join(' '),
  );
  return (
    <nav className="rail" aria-label="Panels">
      {registeredPanels().map(({ id, title, place, icon, command }) =>
        place === 'rail' && icon && command ? (
          <IconButton
            key={id}
            label={title}
            icon={icon}
            size={18}
            side="right"
            keys={keysOf(command)}
            pressed={shown.split(' ').includes(id)}
            onClick={() => runCommand(command)}
          />
        ) : null,
      )}
      <span className="rail-gap" />
      <IconButton
        label="All shortcuts"
        icon={CircleHelp}
        size={18}
        side="right"
        keys="?"
        onClick={() => runCommand('app.help')}
      />
      <IconButton
        label="Settings"
        icon={Settings}
        size={18}
        side="right"
        keys={keysOf('app.settings')}
        onClick={() => runCommand('app.settings')}
      />
    </nav>
  );
}
