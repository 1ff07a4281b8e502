import { useEffect, useState } from 'react';
import { closeProject, openProject } from '../../state/actions.ts';
import { bridge } from '../../state/bridge.ts';
import { tell } from '../../state/notices.ts';
import { startNewProject } from '../../state/pages.ts';
import { useSession } from '../../state/session.ts';

/** Takes folders and files dropped anywhere: a project is opened, anything else begins a new one. */
export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const isFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onDragOver = (event: DragEvent) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onDragLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      setOver(false);
      void take([...(event.dataTransfer?.files ?? [])]);
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('dragleave', onDragLeave);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('dragleave', onDragLeave);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  return over ? (
    <div className="drop-target" aria-hidden>
      <strong>Drop to open</strong>
      <span className="muted">Scans begin a new project; a .tomolapse folder is opened</span>
    </div>
  ) : null;
}

async function take(files: File[]): Promise<void> {
  const pathOf = bridge()?.pathOf;
  if (!pathOf) {
    tell(
      'warning',
      'Cannot take what was dropped: a browser does not tell where files lie. Choose the folder under New project instead.',
    );
    startNewProject();
    return;
  }
  const paths = files.map(pathOf).filter(Boolean);
  if (paths.length === 0) return;
  const project = paths.find((path) => path.replace(/[/\\]$/, '').endsWith('.tomolapse'));
  if (project) {
    await openProject(project);
    return;
  }
  if (useSession.getState().project) await closeProject();
  startNewProject(paths);
}
