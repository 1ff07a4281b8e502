import { useCallback, useState } from 'react';
import { Button } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { closeProject, openDemo, openProject } from '../../state/actions.ts';
import { bridge } from '../../state/bridge.ts';
import { showDialog, startNewProject, usePages } from '../../state/pages.ts';
import { useSession } from '../../state/session.ts';
import { register } from '../feature.ts';
import { FolderBrowser } from './folder_browser.tsx';

async function open(): Promise<void> {
  const native = bridge();
  if (!native?.chooseProject) return showDialog('open');
  const [path] = await native.chooseProject();
  if (path) await openProject(path);
}

function OpenDialog() {
  const shown = usePages((pages) => pages.dialog === 'open');
  const [chosen, setChosen] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const onSelect = useCallback(([path]: string[]) => setChosen(path ?? null), []);
  const take = async (path: string) => {
    setBusy(true);
    const opened = await openProject(path);
    setBusy(false);
    if (opened) showDialog(null);
  };
  return (
    <Dialog
      open={shown}
      onClose={() => showDialog(null)}
      title="Open project"
      description="A project is a folder NAME.tomolapse; its scans may lie anywhere."
      width={680}
      footer={
        <>
          <Button onClick={() => showDialog(null)}>Cancel</Button>
          <Button variant="primary" disabled={!chosen || busy} onClick={() => chosen && take(chosen)}>
            {busy ? 'Opening…' : 'Open'}
          </Button>
        </>
      }
    >
      <FolderBrowser
        purpose="project"
        accepts={({ kind }) => kind === 'project'}
        onSelect={onSelect}
        onTake={(path) => void take(path)}
      />
    </Dialog>
  );
}

const hasProject = () => useSession.getState().project !== null;

async function leaveForNew(): Promise<void> {
  if (hasProject()) await closeProject();
  startNewProject();
}

register({
  overlays: [OpenDialog],
  commands: {
    'project.new': () => void leaveForNew(),
    'project.open': () => void open(),
    'project.demo': () => void openDemo(),
    'project.close': { run: () => void closeProject(), enabled: hasProject },
  },
});
