import { COMMANDS, MENUS } from '../../../core/commands.ts';
import { Keys } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { showDialog, usePages } from '../../state/pages.ts';
import { register } from '../feature.ts';
import './help.css';

const GESTURES: readonly [string, string][] = [
  ['Click in a slice', 'Moves the crosshair'],
  ['Wheel in a slice', 'Steps slices; Shift by ten, Ctrl zooms'],
  ['Right drag in a slice', 'Window and level of grey values'],
  ['Middle drag in a slice', 'Moves the picture'],
  ['Double click a view', 'Fills the window; Esc puts it back'],
  ['Drag in 3D', 'Turns; right drag moves, wheel zooms'],
  ['Drag along the time', 'Shows the nearest scan; the wheel zooms'],
  ['Drag a unit beside a number', 'Changes the number; sums like 3*1.625 are worked out'],
];

function HelpDialog() {
  const shown = usePages((pages) => pages.dialog === 'help');
  return (
    <Dialog open={shown} onClose={() => showDialog(null)} title="All shortcuts" width={880} reading>
      <div className="help">
        {MENUS.map((menu) => {
          const commands = COMMANDS.filter((command) => command.menu === menu && command.keys);
          return commands.length === 0 ? null : (
            <section key={menu}>
              <h3>{menu}</h3>
              {commands.map(({ id, title, keys }) => (
                <div key={id} className="help-row">
                  <span>{title}</span>
                  <span className="help-keys">
                    {keys!.map((key) => (
                      <Keys key={key} keys={key} />
                    ))}
                  </span>
                </div>
              ))}
            </section>
          );
        })}
        <section>
          <h3>Pointer</h3>
          {GESTURES.map(([gesture, words]) => (
            <div key={gesture} className="help-row">
              <span>{words}</span>
              <span className="muted">{gesture}</span>
            </div>
          ))}
        </section>
      </div>
    </Dialog>
  );
}

register({ overlays: [HelpDialog], commands: { 'app.help': () => showDialog('help') } });
