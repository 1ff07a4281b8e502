import { Box, ChevronUp, File, Folder, HardDrive, Package, Table2 } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Entry, Output } from '../../../contract/app.ts';
import { Empty, IconButton } from '../../components/controls.tsx';
import { bytes } from '../../components/format.ts';
import { Problem } from '../../components/notices.tsx';
import { call } from '../../host/call.ts';
import { type Notice, partsOf } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import './folder_browser.css';

const ICONS = { folder: Folder, project: Package, volume: Box, table: Table2, other: File };
const LAST = new Map<string, string>();

/**
 * Looks into the folders that were opened to the window. A click selects (Ctrl for several where `many`), a double click or
 * Enter enters a folder and takes anything else; Backspace goes up.
 */
export function FolderBrowser({
  purpose,
  accepts,
  many = false,
  onSelect,
  onTake,
}: {
  /** Browsers of one purpose open where the last one was. */
  purpose: string;
  accepts: (entry: Entry) => boolean;
  many?: boolean;
  /** What is selected; the folder shown itself where nothing is. */
  onSelect: (paths: string[], folder: string) => void;
  onTake: (path: string) => void;
}) {
  const roots = useSession((session) => session.roots);
  const [path, setPath] = useState(() => LAST.get(purpose) ?? roots[0]?.path ?? '');
  const [folder, setFolder] = useState<Output<'list'> | null>(null);
  const [problem, setProblem] = useState<Omit<Notice, 'id' | 'kind'> | null>(null);
  const [selected, setSelected] = useState<string[]>([]);
  const rows = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!path) return;
    const reading = new AbortController();
    call('list', { path }, reading.signal)
      .then((found) => {
        setFolder(found);
        setProblem(null);
        setSelected([]);
        LAST.set(purpose, found.path);
        onSelect([], found.path);
      })
      .catch((error: Error) => !reading.signal.aborted && setProblem(partsOf(error.message)));
    return () => reading.abort();
  }, [path, purpose, onSelect]);

  const select = (entry: Entry, more: boolean) => {
    if (!accepts(entry)) return;
    const next =
      many && more
        ? selected.includes(entry.path)
          ? selected.filter((one) => one !== entry.path)
          : [...selected, entry.path]
        : [entry.path];
    setSelected(next);
    onSelect(next, folder?.path ?? path);
  };
  const enter = (entry: Entry) => {
    if (entry.kind === 'folder') setPath(entry.path);
    else if (accepts(entry)) onTake(entry.path);
  };
  const onKeyDown = (event: KeyboardEvent, entry: Entry) => {
    if (event.key === 'Enter') enter(entry);
    else if (event.key === ' ') select(entry, true);
    else if (event.key === 'Backspace' && folder?.parent) setPath(folder.parent);
    else if (event.key === 'ArrowDown') (event.currentTarget.nextElementSibling as HTMLElement | null)?.focus();
    else if (event.key === 'ArrowUp') (event.currentTarget.previousElementSibling as HTMLElement | null)?.focus();
    else return;
    event.preventDefault();
  };

  return (
    <div className="folder-browser">
      <nav aria-label="Places">
        {roots.map((root) => (
          <button
            key={root.path}
            type="button"
            aria-current={path.startsWith(root.path)}
            title={root.path}
            onClick={() => setPath(root.path)}
          >
            <HardDrive size={14} strokeWidth={1.75} aria-hidden />
            <span className="ellipsis">{root.name}</span>
          </button>
        ))}
      </nav>
      <div className="folder-main">
        <div className="folder-path">
          <IconButton
            label="Folder above"
            icon={ChevronUp}
            disabled={!folder?.parent}
            onClick={() => folder?.parent && setPath(folder.parent)}
          />
          <PathField path={folder?.path ?? path} onEnter={setPath} />
        </div>
        {problem && <Problem {...problem} />}
        <div className="folder-rows" role="listbox" aria-label="Contents" aria-multiselectable={many} ref={rows}>
          {folder?.entries.map((entry) => {
            const Icon = ICONS[entry.kind];
            const usable = entry.kind === 'folder' || accepts(entry);
            return (
              <div
                key={entry.path}
                role="option"
                tabIndex={0}
                aria-selected={selected.includes(entry.path)}
                aria-disabled={!usable}
                className="folder-row"
                onClick={(event) => select(entry, event.ctrlKey || event.metaKey || event.shiftKey)}
                onDoubleClick={() => enter(entry)}
                onKeyDown={(event) => onKeyDown(event, entry)}
              >
                <Icon size={14} strokeWidth={1.75} aria-hidden className={`kind-${entry.kind}`} />
                <span className="ellipsis">{entry.name}</span>
                <span className="number label">{entry.kind === 'folder' ? '' : bytes(entry.bytes)}</span>
              </div>
            );
          })}
          {folder?.entries.length === 0 && <Empty title="This folder is empty" />}
        </div>
      </div>
    </div>
  );
}

/** The path itself, to be typed or pasted; Enter goes there. */
function PathField({ path, onEnter }: { path: string; onEnter: (path: string) => void }) {
  const [draft, setDraft] = useState(path);
  useEffect(() => setDraft(path), [path]);
  return (
    <input
      className="text-field mono"
      aria-label="Path"
      value={draft}
      spellCheck={false}
      onChange={(event) => setDraft(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') {
          event.preventDefault();
          onEnter(draft.trim());
        }
      }}
    />
  );
}
