import { FolderPlus, Plus, TriangleAlert, X } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { Entry, Output } from '../../../contract/app.ts';
import { Button, Choice, Empty, IconButton } from '../../components/controls.tsx';
import { bytes } from '../../components/format.ts';
import { Problem } from '../../components/notices.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { call } from '../../host/call.ts';
import { createProject } from '../../state/actions.ts';
import { bridge } from '../../state/bridge.ts';
import { type Notice, partsOf } from '../../state/notices.ts';
import { usePages } from '../../state/pages.ts';
import { tablesBeside } from './beside.ts';
import {
  creation,
  type Edit,
  EMPTY_FORM,
  edited,
  type Form,
  keyOf,
  obstacles,
  projectPath,
  proposed,
  rawHints,
  withDataset,
} from './draft.ts';
import { Field } from './field.tsx';
import { PathDialog } from './path_dialog.tsx';
import { Preview } from './preview.tsx';
import { RawFields } from './raw_fields.tsx';
import { ScanTable } from './scan_table.tsx';
import './new_project.css';

type Asked = 'sources' | 'times' | 'cycling' | 'folder';
const KINDS: Record<Asked, readonly Entry['kind'][]> = {
  sources: ['folder', 'volume'],
  times: ['table', 'other'],
  cycling: ['table', 'other'],
  folder: ['folder'],
};
const TITLES: Record<Asked, string> = {
  sources: 'Scans: a folder, or files',
  times: 'Table of times',
  cycling: 'Cycling log',
  folder: 'Where the project is kept',
};
const SIGNS = [
  ['negative', 'negative'],
  ['positive', 'positive'],
] as const;

/** From folders to a project: what was found is shown before anything is written. */
export function NewProjectPage() {
  const given = usePages((pages) => pages.sources);
  const [form, setForm] = useState<Form>(EMPTY_FORM);
  const [edits, setEdits] = useState<ReadonlyMap<string, Edit>>(new Map());
  const [selected, setSelected] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [problem, setProblem] = useState<Omit<Notice, 'id' | 'kind'> | null>(null);
  const [creating, setCreating] = useState(false);
  const { found, looking, trouble } = useFound(form);

  const set = (change: Partial<Form>) => setForm((before) => ({ ...before, ...change }));
  const addSources = (paths: string[]) => {
    setForm((before) => {
      const sources = [...new Set([...before.sources, ...paths])];
      const first = before.name === '' && sources[0] ? proposed(sources[0]) : {};
      return { ...before, ...first, sources };
    });
    // What lies beside the scans is taken along; it can be put away or replaced.
    const [first] = paths;
    if (first)
      void tablesBeside(first).then(({ times, cycling }) =>
        setForm((before) => ({ ...before, times: before.times ?? times, cycling: before.cycling ?? cycling })),
      );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: taken once for each drop
  useEffect(() => {
    if (given.length > 0) addSources(given);
  }, [given]);

  const drafts = found?.scans ?? [];
  const taken = useMemo(
    () =>
      drafts
        .filter((draft) => !draft.blocked && !edits.get(keyOf(draft))?.leftOut)
        .map((draft) => edited(draft, edits.get(keyOf(draft)))),
    [drafts, edits],
  );
  const shown = drafts.find((draft) => keyOf(draft) === selected) ?? drafts.find(({ blocked }) => !blocked) ?? null;
  const missing = obstacles(form, taken);
  const create = async () => {
    setCreating(true);
    setProblem(null);
    try {
      await createProject(creation(form, taken));
      usePages.setState({ page: 'start', sources: [] });
    } catch (error) {
      setProblem(partsOf((error as Error).message));
    } finally {
      setCreating(false);
    }
  };
  const choose = (what: Asked) => {
    const native = bridge()?.chooseFolders;
    if (what === 'sources' && native) void native().then((paths) => paths.length > 0 && addSources(paths));
    else setAsked(what);
  };
  const onChoose = (paths: string[]) => {
    if (asked === 'sources') addSources(paths);
    else if (asked) set({ [asked]: paths[0] ?? null });
  };
  const total = taken.reduce((sum, draft) => sum + draft.bytes, 0);

  return (
    <main className="new-project">
      <header className="new-bar">
        <img src="/icon.svg" width="16" height="16" alt="" />
        <h1>New project</h1>
        <Button variant="quiet" onClick={() => usePages.setState({ page: 'start', sources: [] })}>
          Cancel
        </Button>
      </header>
      <div className="new-form">
        <Group title="Scans">
          {form.sources.map((path) => (
            <PathRow
              key={path}
              path={path}
              onRemove={() => set({ sources: form.sources.filter((one) => one !== path) })}
            />
          ))}
          <Button icon={FolderPlus} onClick={() => choose('sources')}>
            {form.sources.length === 0 ? 'Choose a folder or files…' : 'Add more…'}
          </Button>
        </Group>
        {drafts.some(({ headerless, hints }) => headerless || hints?.shape) && (
          <Group title="Headerless files">
            <RawFields raw={form.raw} onChange={(raw) => set({ raw })} />
          </Group>
        )}
        <Group title="Voxel size and times">
          <Field name="Voxel size" words="for all, where files do not tell">
            <NumberField
              label="Voxel size of all scans"
              value={form.voxelSizeUm}
              unit="µm"
              step={0.005}
              min={1e-4}
              optional
              placeholder="from the files"
              onCommit={(voxelSizeUm) => set({ voxelSizeUm })}
              width={136}
            />
          </Field>
          <Field name="Interval" words="between scans, where there are no times">
            <NumberField
              label="Interval between scans"
              value={form.intervalH}
              unit="h"
              step={0.25}
              min={1e-4}
              optional
              placeholder="none"
              onCommit={(intervalH) => set({ intervalH })}
              width={136}
            />
          </Field>
          <FileField
            name="Times"
            path={form.times}
            hint="a table of scans and times"
            onChoose={() => choose('times')}
            onRemove={() => set({ times: null })}
          />
        </Group>
        <Group title="Cell">
          <FileField
            name="Cycling log"
            path={form.cycling}
            hint="voltage and current against time"
            onChoose={() => choose('cycling')}
            onRemove={() => set({ cycling: null })}
          />
          <Field name="Current while plating">
            <Choice
              label="Sign of the current while lithium plates"
              value={form.platingSign}
              options={SIGNS}
              onChange={(platingSign) => set({ platingSign })}
            />
          </Field>
          <Field name="Working area" words="charge per area needs it">
            <NumberField
              label="Area of the working electrode"
              value={form.workingAreaMm2}
              unit="mm²"
              step={0.1}
              min={1e-6}
              optional
              placeholder="not known"
              onCommit={(workingAreaMm2) => set({ workingAreaMm2 })}
              width={136}
            />
          </Field>
          <Field name="Counter area">
            <NumberField
              label="Area of the counter electrode"
              value={form.counterAreaMm2}
              unit="mm²"
              step={0.1}
              min={1e-6}
              optional
              placeholder="not known"
              onCommit={(counterAreaMm2) => set({ counterAreaMm2 })}
              width={136}
            />
          </Field>
        </Group>
        <Group title="Project">
          <Field name="Name">
            <input
              className="text-field"
              aria-label="Name of the project"
              value={form.name}
              onChange={(event) => set({ name: event.target.value })}
            />
          </Field>
          <div className="field-file">
            <span>Folder</span>
            <Button onClick={() => choose('folder')}>Choose…</Button>
          </div>
          {form.folder && form.name && <p className="mono muted selectable new-path">{projectPath(form)}</p>}
          <p className="label">The project holds results only; scans stay where they are.</p>
        </Group>
      </div>
      <div className="new-found" aria-busy={looking}>
        {trouble && <Problem {...trouble} />}
        {found?.problems.map((line) => (
          <p key={line} className="tag warning new-note">
            <TriangleAlert size={11} aria-label="Note" /> {line}
          </p>
        ))}
        {form.sources.length === 0 ? (
          <Empty title="Which scans?">
            Choose a folder of tomograms: one file (TIFF, HDF5, Zeiss, NRRD, raw, …), one folder of slices or one
            OME-Zarr a scan. They stay where they are.
            <Button variant="primary" icon={Plus} className="large" onClick={() => choose('sources')}>
              Choose a folder or files…
            </Button>
          </Empty>
        ) : drafts.length === 0 ? (
          <Empty title={looking ? 'Looking through the folders…' : 'No scans found'}>
            {!looking && !trouble && 'None of these files is a volume that can be read. Choose another folder.'}
          </Empty>
        ) : (
          <ScanTable
            drafts={drafts}
            edits={edits}
            selected={shown && keyOf(shown)}
            onSelect={setSelected}
            onDataset={(path, name) => set({ datasets: withDataset(form.datasets, drafts, path, name) })}
            onEdit={(key, edit) => setEdits((before) => new Map(before).set(key, edit))}
          />
        )}
      </div>
      <aside className="new-preview">
        <Preview draft={shown} />
      </aside>
      <footer className="new-foot">
        {problem && <Problem {...problem} />}
        <span className="muted">
          {taken.length > 0 && `${taken.length} of ${drafts.length} scans, ${bytes(total)}`}
          {looking && ' · looking…'}
        </span>
        <span className="new-missing" role="status">
          {form.sources.length > 0 && !looking && missing[0]}
        </span>
        <Button
          variant="primary"
          className="large"
          disabled={missing.length > 0 || creating || looking}
          onClick={() => void create()}
        >
          {creating ? 'Reading the scans…' : 'Create the project'}
        </Button>
      </footer>
      {asked && (
        <PathDialog
          open
          title={TITLES[asked]}
          purpose={asked}
          kinds={KINDS[asked]}
          many={asked === 'sources'}
          onChoose={onChoose}
          onClose={() => setAsked(null)}
        />
      )}
    </main>
  );
}

const CALM_MS = 150;

/** What the sources hold, looked through again after every change that matters. */
function useFound({ sources, times, intervalH, voxelSizeUm, cycling, raw: typed, datasets }: Form) {
  const raw = useMemo(() => rawHints(typed), [typed]);
  const [found, setFound] = useState<Output<'inspect'> | null>(null);
  const [looking, setLooking] = useState(false);
  const [trouble, setTrouble] = useState<Omit<Notice, 'id' | 'kind'> | null>(null);
  useEffect(() => {
    if (sources.length === 0) {
      setFound(null);
      setTrouble(null);
      return;
    }
    const reading = new AbortController();
    setLooking(true);
    const timer = window.setTimeout(() => {
      call('inspect', { paths: sources, times, intervalH, voxelSizeUm, cycling, raw, datasets }, reading.signal)
        .then((output) => {
          setFound(output);
          setTrouble(null);
          setLooking(false);
        })
        .catch((error: Error) => {
          if (reading.signal.aborted) return;
          setTrouble(partsOf(error.message));
          setLooking(false);
        });
    }, CALM_MS);
    return () => {
      window.clearTimeout(timer);
      reading.abort();
    };
  }, [sources, times, intervalH, voxelSizeUm, cycling, raw, datasets]);
  return { found, looking, trouble };
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="group" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function PathRow({ path, onRemove }: { path: string; onRemove: () => void }) {
  return (
    <div className="path-row">
      <span className="mono ellipsis" title={path}>
        {/* The end of a path tells more than its beginning. */}
        <bdi>{path}</bdi>
      </span>
      <IconButton label={`Remove ${path}`} icon={X} size={14} onClick={onRemove} />
    </div>
  );
}

function FileField({
  name,
  path,
  hint,
  onChoose,
  onRemove,
}: {
  name: string;
  path: string | null;
  hint: string;
  onChoose: () => void;
  onRemove: () => void;
}) {
  return (
    <div>
      <div className="field-file">
        <span>
          {name}
          {!path && <span className="label"> {hint}</span>}
        </span>
        <Button onClick={onChoose}>Choose…</Button>
      </div>
      {path && <PathRow path={path} onRemove={onRemove} />}
    </div>
  );
}
