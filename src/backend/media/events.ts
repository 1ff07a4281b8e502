import { join } from 'node:path';
import { asFailure } from '../../core/failure.ts';
import type { CrackResults, Maybe, Results } from '../../core/results.ts';
import { append, writtenBeside } from '../../formats/beside.ts';
import type { Analysed } from './analysed.ts';
import { type Table, writeTable } from './tables.ts';

/** Something that happened to a crack between two scans; `scan` is the first that shows it. */
export interface CrackEvent {
  kind: 'birth' | 'split' | 'merge';
  crack: number;
  /** Those it broke off from, or touches now. */
  others: number[];
  scan: number;
  name: string;
  /** When it happened, at the earliest and the latest. */
  intervalH: [Maybe, Maybe];
  intervalMahCm2: [Maybe, Maybe];
  voltageV: Maybe;
  /** In the scan that shows it first. */
  volumeVoxels: Maybe;
  volumeUncertaintyVoxels: Maybe;
  volumeUm3: Maybe;
  distanceToCollectorUm: Maybe;
  distanceToCounterUm: Maybe;
  fill: 'lithium' | 'void';
  /** Whether the crack comes to reach from one electrode to the other. */
  through: boolean;
}

/** The events of all cracks in order of time. */
export function crackEvents(results: Results): CrackEvent[] {
  const { cracks, scans, recipe, voxelSizeUm } = results;
  const voxelUm3 = voxelSizeUm.reduce((product, edge) => product * edge, 1);
  const took = (scan: number) => !recipe.scans?.[String(scan)]?.exclude;
  const event = (kind: CrackEvent['kind'], crack: CrackResults, others: number[], scan: number): CrackEvent => {
    const now = scans[scan]!;
    const before = scans.findLast(({ index }) => index < scan && took(index));
    const volumeVoxels = crack.volumeVoxels[scan] ?? null;
    return {
      kind,
      crack: crack.id,
      others,
      scan,
      name: now.name,
      intervalH: [before?.timeH ?? null, now.timeH],
      intervalMahCm2: [before?.chargeMahCm2 ?? null, now.chargeMahCm2],
      voltageV: now.voltageV,
      volumeVoxels,
      volumeUncertaintyVoxels: crack.volumeUncertaintyVoxels[scan] ?? null,
      volumeUm3: volumeVoxels === null ? null : volumeVoxels * voxelUm3,
      distanceToCollectorUm: crack.distanceToCollectorUm,
      distanceToCounterUm: crack.distanceToCounterUm,
      fill: crack.fill,
      through: crack.through,
    };
  };
  const events = cracks.flatMap((crack) => [
    event(crack.parents.length > 0 ? 'split' : 'birth', crack, crack.parents, crack.onsetScan),
    // Two that merge say so both; one event tells it.
    ...(crack.mergers ?? [])
      .filter((merger) => merger.with > crack.id)
      .map((merger) => event('merge', crack, [merger.with], merger.scan)),
  ]);
  return events.sort((a, b) => a.scan - b.scan || a.crack - b.crack);
}

/** Writes events.csv, beside it what made it, and events.json into a folder. Returns the paths. Throws a resources failure for a full disk. */
export async function writeEvents(analysed: Analysed, folder: string): Promise<string[]> {
  const { voxelSizeUm, software } = analysed.results;
  const paths: string[] = await writeTable(eventsTable(analysed.results), analysed, folder);
  const path = join(folder, 'events.json');
  const document = { voxelSizeUm, software, events: crackEvents(analysed.results) };
  try {
    await writtenBeside(path, (file) => append(file, Buffer.from(`${JSON.stringify(document, null, 2)}\n`, 'utf8')));
  } catch (error) {
    throw asFailure(error, 'Cannot write the events', path);
  }
  return [...paths, path];
}

/** The events as a table. */
export function eventsTable(results: Results): Table {
  const plain = ['voltageV', 'volumeVoxels', 'volumeUncertaintyVoxels', 'volumeUm3'] as const;
  const places = ['distanceToCollectorUm', 'distanceToCounterUm', 'fill', 'through'] as const;
  return {
    name: 'events.csv',
    columns: [
      ...['kind', 'crack', 'others', 'scan', 'name', 'intervalH.start', 'intervalH.end'],
      ...['intervalMahCm2.start', 'intervalMahCm2.end', ...plain, ...places],
    ],
    rows: crackEvents(results).map((event) => [
      ...[event.kind, event.crack, event.others.join(' '), event.scan, event.name],
      ...[...event.intervalH, ...event.intervalMahCm2],
      ...[...plain, ...places].map((name) => event[name]),
    ]),
  };
}
