import { FolderSearch } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Problem } from '../../components/notices.tsx';
import { call } from '../../host/call.ts';
import { takeProject } from '../../state/actions.ts';
import { bridge } from '../../state/bridge.ts';
import { type Notice, partsOf, tell } from '../../state/notices.ts';
import { showDialog, usePages } from '../../state/pages.ts';
import { useProject, useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { register } from '../feature.ts';
import { PathDialog } from '../new_project/path_dialog.tsx';
import { autoContrast } from '../views/contrast.ts';
import { triedText } from './words.ts';
import './relink.css';

/** Asks where scans lie that are no longer where they were: once by itself when a project is opened. */
function RelinkDialog() {
  const project = useProject();
  const path = project?.path ?? null;
  const missing = project?.scans.filter((scan) => scan.missing) ?? [];
  const shown = usePages((pages) => pages.dialog === 'relink');
  const [choosing, setChoosing] = useState(false);
  const [looking, setLooking] = useState(false);
  const [tried, setTried] = useState<string | null>(null);
  const [problem, setProblem] = useState<Omit<Notice, 'id' | 'kind'> | null>(null);
  useEffect(() => {
    setTried(null);
    setProblem(null);
    const open = useSession.getState().project;
    if (path !== null && open?.scans.some((scan) => scan.missing)) showDialog('relink');
  }, [path]);

  const look = async (folder: string) => {
    setLooking(true);
    setProblem(null);
    try {
      const { project: now, ...outcome } = await call('relink', { folder });
      await takeProject(now);
      setTried(triedText(outcome));
      if (!useView.getState().windowSet) await autoContrast();
      if (now.scans.some((scan) => scan.missing)) return;
      showDialog(null);
      tell('done', outcome.found.length === 1 ? 'The scan was found' : `All ${outcome.found.length} scans were found`);
    } catch (error) {
      setProblem(partsOf((error as Error).message));
    } finally {
      setLooking(false);
    }
  };
  const choose = () => {
    const native = bridge()?.chooseFolders;
    if (native) void native().then(([folder]) => (folder ? look(folder) : undefined));
    else setChoosing(true);
  };
  return (
    <>
      <Dialog
        open={shown && project !== null}
        onClose={() => showDialog(null)}
        title={missing.length === 0 ? 'All scans are there' : 'Scans are not where they were'}
        description={
          missing.length === 0
            ? 'Every scan of this project is where it is sought.'
            : 'Results can be looked at without them; grey values and new runs need them. Scans are known by their content: nothing else is taken for them.'
        }
        width={600}
        footer={
          missing.length > 0 && (
            <>
              <Button onClick={() => showDialog(null)}>Go on without them</Button>
              <Button variant="primary" icon={FolderSearch} disabled={looking} onClick={choose}>
                {looking ? 'Looking…' : 'Choose the folder to look in…'}
              </Button>
            </>
          )
        }
      >
        {problem && <Problem {...problem} />}
        {tried && missing.length > 0 && (
          <p className="relink-tried" role="status">
            {tried}
          </p>
        )}
        {missing.length > 0 && (
          <ul className="relink-scans" aria-label="Missing scans">
            {missing.map((scan) => (
              <li key={scan.index}>
                <strong>{scan.name}</strong>
                <span className="mono muted selectable">{scan.path}</span>
              </li>
            ))}
          </ul>
        )}
      </Dialog>
      {choosing && (
        <PathDialog
          open
          title="Where the scans are"
          purpose="relink"
          kinds={['folder']}
          onChoose={([folder]) => folder && void look(folder)}
          onClose={() => setChoosing(false)}
        />
      )}
    </>
  );
}

register({
  overlays: [RelinkDialog],
  commands: {
    'project.relink': { run: () => showDialog('relink'), enabled: () => useSession.getState().project !== null },
  },
});
