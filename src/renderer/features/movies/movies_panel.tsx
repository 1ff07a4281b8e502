import { Copy, FileUp, Pencil, Plus, Save, Trash2 } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { Empty, IconButton, Section } from '../../components/controls.tsx';
import { NameField } from '../../components/name_field.tsx';
import { onListKey } from '../../components/row_keys.ts';
import { useProject } from '../../state/session.ts';
import { InTheMaking } from '../analysis/job_list.tsx';
import { addBoard, boardNameFault, openBoard, removeBoard, renameBoard, type Template, useMovies } from './boards.ts';
import { ExportSection } from './export_section.tsx';
import { ExportedFiles } from './exported_files.tsx';
import { importBoard, saveBoard } from './files.ts';
import { newBoard } from './new_panel.ts';
import { showMovie } from './show.ts';
import { boardWords, TEMPLATE_WORDS } from './words.ts';
import './movies.css';

/** The project's storyboards, templates to start from, and the way to a file. */
export function MoviesPanel() {
  const own = useMovies((movies) => movies.own);
  const templates = useMovies((movies) => movies.templates);
  const open = useMovies((movies) => movies.open);
  const [renaming, setRenaming] = useState<string | null>(null);
  const project = useProject();
  if (!project) return <Empty title="No project">Open a project first.</Empty>;
  const names = Object.keys(own);
  return (
    <div className="movies">
      <div className="movies-tools">
        <IconButton label="A new storyboard" icon={Plus} onClick={() => void add('movie', newBoard())} />
        <IconButton
          label="Take a storyboard from a file"
          icon={FileUp}
          onClick={() => void importBoard().then((at) => at && showMovie())}
        />
        <span className="gap" />
        <IconButton
          label="Rename the storyboard"
          icon={Pencil}
          disabled={open === null}
          onClick={() => setRenaming(open)}
        />
        <IconButton
          label="Duplicate the storyboard"
          icon={Copy}
          disabled={open === null}
          onClick={() => open !== null && void addBoard(open, structuredClone(own[open]!))}
        />
        <IconButton
          label="Save the storyboard as a file"
          icon={Save}
          disabled={open === null}
          onClick={() => open !== null && saveBoard(open, own[open]!)}
        />
        <IconButton
          label="Delete the storyboard"
          icon={Trash2}
          disabled={open === null}
          onClick={() => open !== null && void removeBoard(open)}
        />
      </div>
      {names.length > 0 && (
        <ul className="movies-own" aria-label="Storyboards">
          {names.map((name) => (
            <BoardRow
              key={name}
              name={name}
              board={own[name]!}
              chosen={name === open}
              renaming={name === renaming}
              rename={setRenaming}
            />
          ))}
        </ul>
      )}
      {open !== null && own[open] && <ExportSection key={open} name={open} board={own[open]} />}
      <Section title={names.length > 0 ? 'Start another from' : 'Start from'}>
        {names.length === 0 && (
          <p className="muted movies-words">
            A movie is written down as a storyboard: shots, what each shows, from where and when. Choose one to begin
            with; everything in it can be changed.
          </p>
        )}
        <ul className="movies-templates">
          {templates.map((template) => (
            <TemplateRow key={template.name} template={template} />
          ))}
        </ul>
      </Section>
      <InTheMaking kind="movie" />
      <ExportedFiles of={MOVIES} folders />
    </div>
  );
}

async function add(name: string, board: Storyboard): Promise<void> {
  await addBoard(name, board);
  showMovie();
}

function TemplateRow({ template: { name, plan } }: { template: Template }) {
  return (
    <li>
      <button type="button" className="template" onClick={() => void add(name, structuredClone(plan))}>
        <strong>{plan.title ?? name}</strong>
        <span className="label">{boardWords(plan)}</span>
        <span className="muted template-words">{TEMPLATE_WORDS[name] ?? ''}</span>
      </button>
    </li>
  );
}

function BoardRow({
  name,
  board,
  chosen,
  renaming,
  rename,
}: {
  name: string;
  board: Storyboard;
  chosen: boolean;
  renaming: boolean;
  rename: (name: string | null) => void;
}) {
  if (renaming)
    return (
      <li>
        <NameField
          label="Name of the storyboard"
          name={name}
          faultOf={(next) => boardNameFault(next, name)}
          onEnd={(next) => {
            rename(null);
            if (next !== null) void renameBoard(name, next);
          }}
        />
      </li>
    );
  return (
    <li>
      <button
        type="button"
        className="board"
        aria-pressed={chosen}
        onClick={() => {
          if (!chosen) openBoard(name);
          showMovie();
        }}
        onDoubleClick={() => rename(name)}
        onKeyDown={(event) => onBoardKey(event, name, rename)}
      >
        <strong className="ellipsis">{name}</strong>
        <span className="label">{boardWords(board)}</span>
      </button>
    </li>
  );
}

function onBoardKey(event: KeyboardEvent<HTMLButtonElement>, name: string, rename: (name: string) => void): void {
  if (onListKey(event, false)) return;
  if (event.key === 'F2') rename(name);
  else if (event.key === 'Delete') void removeBoard(name);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

const MOVIES = /\.(mp4|webm|mov|gif)$/i;
