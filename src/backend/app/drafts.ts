import { basename } from 'node:path';
import type { FileHints, Input, ScanDraft } from '../../contract/app.ts';
import { badInput, type Failure } from '../../core/failure.ts';
import type { Triple } from '../../core/geometry.ts';
import type { CyclingLog, VoxelType } from '../../core/series.ts';
import { readCycling } from '../../formats/cycling.ts';
import { chooseDataset, describeFile } from '../../formats/describe.ts';
import { type Dataset, type Description, type Hints, isVoxelType, VOXEL_BYTES } from '../../formats/description.ts';
import { RAW_UNREADABLE } from '../../formats/raw.ts';
import type { NewScan, NewSeries } from '../../store/create_project.ts';
import type { Objects } from '../../store/objects.ts';
import { commonVoxelSize, scanTimes } from '../project/gather.ts';
import { type FoundScan, findScans, keptHints, openScan } from '../project/scans.ts';
import { version } from '../project/version.ts';

type Inspection = { scans: ScanDraft[]; problems: string[] };

/** What paths hold as scans, with everything that is known of each and where that came from; nothing is opened. */
export async function draftsOf(asked: Input<'inspect'>): Promise<Inspection> {
  const problems: string[] = [];
  const notice = (line: string) => problems.push(sentence(line));
  const told =
    asked.voxelSizeUm === null ? null : ([asked.voxelSizeUm, asked.voxelSizeUm, asked.voxelSizeUm] as Triple);
  const { found, refused } = await look(asked, told ? { voxelSizeUm: told } : {});
  if (found.length === 0) return { scans: refused, problems };
  const log = asked.cycling ? await readCycling(asked.cycling, { platingSign: 'negative' }) : null;
  const sources = { timesPath: asked.times, intervalH: asked.intervalH, cyclingPath: asked.cycling ?? null };
  const times = await scanTimes(sources, found, log, notice);
  const from = asked.times ? basename(asked.times) : asked.intervalH !== null ? 'interval' : null;
  const drafts = found.map((scan, i): ScanDraft => {
    const time = times[i]!;
    const choice = choicesOf(scan.description);
    const chosen = chooseDataset(scan.description, asked.datasets?.[scan.path]);
    return {
      ...choice,
      ...described(scan, chosen),
      // Of several volumes the project remembers which, also where the file itself names one.
      ...hintsTold(choice.datasets ? { ...scan.hints, dataset: chosen.name } : scan.hints),
      voxelSizeUm: scan.voxelSizeUm,
      voxelSizeFrom: scan.voxelSizeUm ? (scan.voxelSizeFrom ?? 'the file') : null,
      ...time,
      timeFrom: time.timeH === null ? null : (from ?? scan.timeFrom ?? 'the file'),
      problems: scan.notes.map(sentence),
      blocked: false,
    };
  });
  compare(drafts);
  if (drafts.every(({ timeH }) => timeH !== null)) drafts.sort((a, b) => a.timeH! - b.timeH!);
  return { scans: [...drafts, ...refused], problems };
}

/** A scan with what was told of its file. */
type ToldScan = FoundScan & { hints: FileHints };

/** Looks through the paths; files that turn out to have no header are looked at again as they were told to be. */
async function look({ paths, raw, datasets }: Input<'inspect'>, hints: Hints) {
  const headerless = new Set<string>();
  const toldOf = (path: string): FileHints => {
    const dataset = datasets?.[path];
    return { ...(raw && headerless.has(path) ? raw : {}), ...(dataset === undefined ? {} : { dataset }) };
  };
  const once = async () => {
    const failures: { path: string; failure: Failure }[] = [];
    const found = await findScans(
      paths,
      (path) => ({ ...hints, ...toldOf(path) }),
      (failure, path) => failures.push({ failure, path }),
    );
    return { found: found.map((scan): ToldScan => ({ ...scan, hints: toldOf(scan.path) })), failures };
  };
  let looked = await once();
  for (const { failure, path } of looked.failures) if (isHeaderless(failure)) headerless.add(path);
  if (raw?.shape && headerless.size > 0) looked = await once();
  const refused = looked.failures.map(async ({ failure, path }) => ({
    ...blocked(path, failure),
    ...(isHeaderless(failure) ? { headerless: true } : {}),
    ...(await choicesIn(path)),
  }));
  return { found: looked.found, refused: await Promise.all(refused) };
}

function isHeaderless({ fields }: Failure): boolean {
  return fields.what === RAW_UNREADABLE;
}

/** The data sets of a file that was refused because it has several. */
async function choicesIn(path: string): Promise<Pick<ScanDraft, 'datasets'>> {
  const description = await describeFile(path).catch(() => null);
  return description ? choicesOf(description) : {};
}

/** The volumes of a file that has several. */
function choicesOf(description: Description): Pick<ScanDraft, 'datasets'> {
  if (description.kind === 'cycling') return {};
  const usable = description.datasets.filter(({ refused, shape }) => !refused && shape.slice(-3).every((n) => n > 1));
  return usable.length > 1
    ? { datasets: usable.map(({ name, shape, type }) => ({ name, shape: [...shape], type })) }
    : {};
}

function hintsTold(hints: FileHints): Pick<ScanDraft, 'hints'> {
  return Object.keys(hints).length > 0 ? { hints } : {};
}

function described({ path, name, frame, description }: FoundScan, dataset: Dataset) {
  const shape = dataset.shape.slice(-3) as Triple;
  const { format } = description;
  const bytes = shape.reduce((product, size) => product * size, bytesOf(dataset.type));
  return { path, name, frame, format, shape, type: dataset.type, bytes };
}

function bytesOf(type: string): number {
  return isVoxelType(type) ? VOXEL_BYTES[type as VoxelType] : 2;
}

function blocked(path: string, failure: Failure): ScanDraft {
  return {
    path,
    name: basename(path),
    format: '',
    shape: [0, 0, 0],
    type: '',
    bytes: 0,
    voxelSizeUm: null,
    voxelSizeFrom: null,
    startH: null,
    timeH: null,
    endH: null,
    timeFrom: null,
    problems: [sentence(withoutFlags([failure.fields.why, failure.fields.whatToDo].filter(Boolean).join('. ')))],
    blocked: true,
  };
}

/** Says of each scan what sets it apart from the first one. */
function compare(drafts: ScanDraft[]): void {
  const [first] = drafts;
  for (const draft of drafts) {
    if (!draft.voxelSizeUm) draft.problems.push('Its voxel size is not known.');
    if (draft.shape.join() !== first!.shape.join())
      draft.problems.push(`It has ${draft.shape.join(' × ')} voxels, ${first!.name} ${first!.shape.join(' × ')}.`);
    if (draft.type !== first!.type)
      draft.problems.push(`It is of type ${draft.type}, ${first!.name} of ${first!.type}.`);
    const twin = drafts.find((other) => other !== draft && other.timeH !== null && other.timeH === draft.timeH);
    if (twin) draft.problems.push(`It has the same time as ${twin.name}.`);
  }
}

/** What the command line calls by its flags, in the words of the window. */
function withoutFlags(text: string): string {
  return text
    .replace(/--shape(?: ZxYxX)?/g, 'its shape')
    .replace(/--type/g, 'its type')
    .replace(/--offset (\d+)/g, 'a header of $1 bytes')
    .replace(/Choose one with --dataset: .*/, 'Choose one');
}

function sentence(text: string): string {
  const bare = text.replace(/^(note|warning): | \(--[^)]*\)/g, '').trim();
  const whole = bare.charAt(0).toUpperCase() + bare.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** The series of drafts as they were confirmed: times and voxel sizes are those of the drafts. Throws a Failure `input`. */
export async function seriesOfDrafts(
  asked: Input<'create'>,
  objects: Objects,
  signal: AbortSignal,
): Promise<NewSeries> {
  const what = 'Cannot create the project';
  const bad = asked.scans.find((draft) => draft.blocked);
  if (bad) throw badInput({ what, path: bad.path, why: 'it cannot be used as a scan', whatToDo: 'Leave it out' });
  const voxelSizeUm = commonVoxelSize(asked.scans, null, () => undefined);
  let cycling: CyclingLog | null = null;
  if (asked.cycling !== null) cycling = (await readCycling(asked.cycling, { platingSign: asked.platingSign })).log;
  const scans: NewScan[] = [];
  for (const { path, name, frame = 0, hints: told, startH, timeH, endH, voxelSizeFrom, timeFrom } of asked.scans) {
    signal.throwIfAborted();
    const hints: Hints = { voxelSizeUm, ...told };
    const opened = await openScan(
      { path, description: await describeFile(path, hints), frame },
      hints,
      objects,
      signal,
    );
    const origin = { voxelSizeFrom, timeFrom };
    scans.push({ ...opened, name, path, hints: keptHints(hints, frame), startH, timeH, endH, origin });
  }
  if (scans.every(({ timeH }) => timeH !== null)) scans.sort((a, b) => a.timeH! - b.timeH!);
  const { cycling: cyclingPath, workingAreaMm2, counterAreaMm2 } = asked;
  return { scans, voxelSizeUm, cycling, cyclingPath, workingAreaMm2, counterAreaMm2, software: version() };
}
