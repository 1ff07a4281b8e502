import type { ReactNode } from 'react';
import type { Settings } from '../../../contract/app.ts';
import { Choice } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { fixed } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { setSettings } from '../../state/actions.ts';
import { showDialog, usePages } from '../../state/pages.ts';
import { useSession } from '../../state/session.ts';
import { register } from '../feature.ts';
import './settings.css';

const THEMES = [
  ['dark', 'Dark'],
  ['light', 'Light'],
  ['system', 'As the system'],
] as const;
const GRAPHICS = [
  ['default', 'Automatic'],
  ['gl', 'OpenGL'],
  ['d3d11', 'Direct3D 11'],
  ['vulkan', 'Vulkan'],
  ['metal', 'Metal'],
  ['software', 'Software'],
] as const;

function SettingsDialog() {
  const shown = usePages((pages) => pages.dialog === 'settings');
  const settings = useSession((session) => session.settings);
  const version = useSession((session) => session.version);
  const set = (change: Partial<Settings>) => void setSettings(change);
  return (
    <Dialog open={shown} onClose={() => showDialog(null)} title="Settings" width={520}>
      <div className="settings">
        <Setting name="Theme" words="Dark for looking at grey values, light for rooms where one prints." id="theme">
          <Choice
            id="theme"
            label="Theme"
            value={settings.theme}
            options={THEMES}
            onChange={(theme) => set({ theme })}
          />
        </Setting>
        <Setting
          name="Graphics"
          words="Another one may help where the 3D view stutters or leaks memory; takes effect at the next start of the desktop app."
          id="graphics"
        >
          <Choice
            id="graphics"
            label="Graphics"
            value={settings.graphics}
            options={GRAPHICS}
            onChange={(graphics) => set({ graphics })}
          />
        </Setting>
        <Setting name="Memory for analysis" words="What a run of the analysis may take." id="memory">
          <NumberField
            label="Memory for analysis"
            value={settings.memoryMiB}
            unit="MiB"
            min={256}
            step={256}
            show={(value) => fixed(value, 0)}
            onCommit={(memoryMiB) => memoryMiB !== null && set({ memoryMiB })}
            width={144}
          />
        </Setting>
        <Setting name="Graphics memory" words="Shared by all scans that are shown." id="gpu">
          <NumberField
            label="Graphics memory"
            value={settings.gpuMiB}
            unit="MiB"
            min={128}
            step={64}
            show={(value) => fixed(value, 0)}
            onCommit={(gpuMiB) => gpuMiB !== null && set({ gpuMiB })}
            width={144}
          />
        </Setting>
        <p className="label">Tomolapse {version}</p>
      </div>
    </Dialog>
  );
}

function Setting({ name, words, id, children }: { name: string; words: string; id: string; children: ReactNode }) {
  return (
    <div className="setting">
      <label htmlFor={id}>
        <strong>{name}</strong>
        <span className="muted">{words}</span>
      </label>
      {children}
    </div>
  );
}

register({
  overlays: [SettingsDialog],
  commands: {
    'app.settings': () => showDialog('settings'),
    'app.theme': () => {
      const light = document.documentElement.dataset['theme'] === 'light';
      void setSettings({ theme: light ? 'dark' : 'light' });
    },
  },
});
