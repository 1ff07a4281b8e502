import type { FileHints, Input, ScanDraft } from '../../../contract/app.ts';

/** What a person changed of a scan that was found; kept when the folders are looked through again. */
export interface Edit {
  name?: string;
  timeH?: number | null;
  voxelUm?: number;
  leftOut?: boolean;
}

/** How voxels lie in headerless files, as it is typed; empty where it is not told. */
export interface RawForm {
  x: number | null;
  y: number | null;
  z: number | null;
  type: NonNullable<FileHints['type']> | '';
  byteOrder: 'little' | 'big';
  offset: number;
}

export interface Form {
  sources: string[];
  raw: RawForm;
  /** The volume that is meant in files that hold several, by path. */
  datasets: Record<string, string>;
  times: string | null;
  intervalH: number | null;
  voxelSizeUm: number | null;
  cycling: string | null;
  platingSign: 'negative' | 'positive';
  workingAreaMm2: number | null;
  counterAreaMm2: number | null;
  folder: string;
  name: string;
}

export const EMPTY_FORM: Form = {
  sources: [],
  raw: { x: null, y: null, z: null, type: '', byteOrder: 'little', offset: 0 },
  datasets: {},
  times: null,
  intervalH: null,
  voxelSizeUm: null,
  cycling: null,
  platingSign: 'negative',
  workingAreaMm2: null,
  counterAreaMm2: null,
  folder: '',
  name: '',
};

/** What is told of headerless files; null until their size is whole. */
export function rawHints({ x, y, z, type, byteOrder, offset }: RawForm): FileHints | null {
  if (x === null || y === null || z === null) return null;
  return {
    shape: [z, y, x],
    ...(type === '' ? {} : { type }),
    ...(byteOrder === 'big' ? { byteOrder } : {}),
    ...(offset > 0 ? { offset } : {}),
  };
}

/** Names a scan however often it is found again. */
export function keyOf({ path, frame = 0 }: Pick<ScanDraft, 'path' | 'frame'>): string {
  return `${path}#${frame}`;
}

/** The volume of a file is chosen; files that hold one of that name, and of which none was chosen yet, follow. */
export function withDataset(
  datasets: Form['datasets'],
  drafts: readonly ScanDraft[],
  path: string,
  name: string,
): Form['datasets'] {
  const alike = drafts.filter((draft) => draft.blocked && draft.datasets?.some((dataset) => dataset.name === name));
  return { ...Object.fromEntries(alike.map((draft) => [draft.path, name])), ...datasets, [path]: name };
}

/** A scan as found, with what was changed by hand. */
export function edited(draft: ScanDraft, edit: Edit | undefined): ScanDraft {
  if (!edit) return draft;
  return {
    ...draft,
    ...(edit.name === undefined ? {} : { name: edit.name }),
    ...(edit.timeH === undefined ? {} : { startH: null, timeH: edit.timeH, endH: null, timeFrom: 'by hand' }),
    ...(edit.voxelUm === undefined
      ? {}
      : { voxelSizeUm: [edit.voxelUm, edit.voxelUm, edit.voxelUm], voxelSizeFrom: 'by hand' }),
  };
}

/** Why the project cannot be created yet, in the order of the page; empty where it can. */
export function obstacles(form: Form, taken: readonly ScanDraft[]): string[] {
  const found: string[] = [];
  if (form.sources.length === 0) return ['Choose a folder of scans.'];
  if (taken.length === 0) return ['No scan can be taken.'];
  const unsized = taken.filter(({ voxelSizeUm }) => !voxelSizeUm);
  if (unsized.length > 0) found.push(`The voxel size of ${counted(unsized.length)} is not known.`);
  const untimed = taken.filter(({ timeH }) => timeH === null);
  if (untimed.length > 0 && untimed.length < taken.length)
    found.push(`The time of ${counted(untimed.length)} is not known.`);
  if (!form.name.trim()) found.push('The project needs a name.');
  else if (/[/\\:*?"<>|]/.test(form.name)) found.push('The name cannot hold / \\ : * ? " < > |');
  if (!form.folder) found.push('Choose where the project is kept.');
  return found;
}

function counted(count: number): string {
  return count === 1 ? 'one scan' : `${count} scans`;
}

export function projectPath({ folder, name }: Form): string {
  const slash = folder.includes('\\') && !folder.includes('/') ? '\\' : '/';
  return `${folder.replace(/[/\\]+$/, '')}${slash}${name.trim()}.tomolapse`;
}

/** What `create` is asked. */
export function creation(form: Form, taken: ScanDraft[]): Input<'create'> {
  return {
    path: projectPath(form),
    scans: taken,
    cycling: form.cycling,
    platingSign: form.platingSign,
    workingAreaMm2: form.workingAreaMm2,
    counterAreaMm2: form.counterAreaMm2,
  };
}

/** A first name and place: the folder's that holds the first source. */
export function proposed(source: string): Pick<Form, 'folder' | 'name'> {
  const parts = source.replace(/[/\\]+$/, '').split(/[/\\]/);
  const last = parts.pop() ?? '';
  const folder = parts.join(source.includes('\\') && !source.includes('/') ? '\\' : '/') || '/';
  const stem = last.replace(/\.[^.]*$/, '');
  return { folder, name: /^(scans?|data|tomo(grams)?|raw|recon)$/i.test(stem) ? (parts.at(-1) ?? stem) : stem };
}
