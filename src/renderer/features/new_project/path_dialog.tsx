import { useCallback, useState } from 'react';
import type { Entry } from '../../../contract/app.ts';
import { Button } from '../../components/controls.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { FolderBrowser } from '../browser/folder_browser.tsx';

/** Asks for files or folders; the folder that is open counts where nothing is selected and folders are wanted. */
export function PathDialog({
  open,
  title,
  purpose,
  kinds,
  many = false,
  onChoose,
  onClose,
}: {
  open: boolean;
  title: string;
  purpose: string;
  kinds: readonly Entry['kind'][];
  many?: boolean;
  onChoose: (paths: string[]) => void;
  onClose: () => void;
}) {
  const [chosen, setChosen] = useState<{ paths: string[]; folder: string }>({ paths: [], folder: '' });
  const onSelect = useCallback((paths: string[], folder: string) => setChosen({ paths, folder }), []);
  const folders = kinds.includes('folder');
  const paths = chosen.paths.length > 0 ? chosen.paths : folders && chosen.folder ? [chosen.folder] : [];
  const take = (taken: string[]) => {
    onChoose(taken);
    onClose();
  };
  const verb =
    chosen.paths.length > 1
      ? `Take ${chosen.paths.length}`
      : chosen.paths.length === 0 && folders
        ? 'Take this folder'
        : 'Take';
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      width={680}
      {...(many
        ? { description: 'Ctrl with a click selects several; with nothing selected the open folder is taken.' }
        : {})}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={paths.length === 0} onClick={() => take(paths)}>
            {verb}
          </Button>
        </>
      }
    >
      <FolderBrowser
        purpose={purpose}
        many={many}
        accepts={({ kind }) => kinds.includes(kind)}
        onSelect={onSelect}
        onTake={(path) => take([path])}
      />
    </Dialog>
  );
}
