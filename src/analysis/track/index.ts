import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Triple } from '../../core/geometry.ts';
import type { StepContext, StepDefinition, StepResult } from '../../core/step.ts';
import { cellOf } from '../cell.ts';
import { type CrackPart, type Cracks, plane, readCrackVoxels } from '../cracks/index.ts';
import { viewToFileBox, viewToFilePoint, viewToFileVector } from '../frame.ts';
import type { Layers } from '../layers/index.ts';
import { baseScan, includedScans } from '../reference.ts';

export interface TrackParams {
  scans: number[];
  count: number;
  reference: number;
}

/** One crack at one scan; positions in voxels of the reference's file. */
export interface CrackState {
  volume: number;
  volumeIfVoid: number | null;
  sigma: number;
  meanGrey: number;
  centroid: Triple;
  min: Triple;
  max: Triple;
  normal: Triple;
  toWorking: number | null;
  toCounter: number | null;
  /** Pieces that do not touch. */
  pieces: number;
}

export interface TrackedCrack {
  id: number;
  onsetScan: number;
  /** Cracks that this one broke off from. */
  parents: number[];
  /** The scans at which it first touched another crack. */
  mergers: { scan: number; with: number }[];
  /** One entry a scan of the series, null before birth. */
  states: (CrackState | null)[];
}

export interface Tracks {
  cracks: TrackedCrack[];
}

/** Voxels that two cracks of neighbouring scans must share to be one: this part of the smaller one. */
const SHARED = 0.1;

export const track: StepDefinition<TrackParams, Tracks> = {
  name: 'track',
  version: 2,
  title: 'Following cracks',
  scope: 'series',
  params: (recipe, series) => ({
    scans: includedScans(recipe, series),
    count: series.scans.length,
    reference: baseScan(recipe),
  }),
  needs: (recipe, series) => ({
    layers: { step: 'layers' },
    cracks: includedScans(recipe, series).map((scan) => ({ step: 'cracks', scan })),
  }),
  reads: () => [],
  run: followCracks,
};

const ownersIn = (directory: string, scan: number) => join(directory, `owners_${scan}.u16`);

/** The crack that each voxel of `readCrackVoxels` of a scan belongs to; null where the scan took no part. */
export function readOwners({ directory }: StepResult<Tracks>, scan: number): Uint16Array | null {
  const file = ownersIn(directory, scan);
  if (!existsSync(file)) return null;
  const bytes = readFileSync(file);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}

interface Piece {
  part: CrackPart;
  /** Which of the scan's crack voxels they are. */
  rows: number[];
  index: number[];
  core: boolean[];
  fraction: number[];
}

/**
 * Gives every crack one identity for all scans. A part that lies where no crack was is born; a part that lies on one
 * crack is that crack; a part that lies on several is where they have merged, and is shared out among them, each voxel to the
 * nearest, so that each keeps its own volume. Pieces of a crack that has come apart stay that crack.
 */
async function followCracks(context: StepContext<TrackParams>): Promise<Tracks> {
  const { params } = context;
  const cell = cellOf(context.result<Layers>('layers'));
  const results = context.results<Cracks>('cracks');
  const [, nv, nu] = cell.shape;
  const owner = new Map<number, number>();
  const cracks: TrackedCrack[] = [];
  const points = (indices: number[], fraction: number[]) =>
    indices.map((i, k) => ({
      p: [Math.floor(i / (nu * nv)), Math.floor(i / nu) % nv, i % nu] as Triple,
      w: Math.max(0, fraction[k]!),
    }));

  for (const [at, scan] of params.scans.entries()) {
    const result = results[at]!;
    const voxels = readCrackVoxels(result);
    const pieces = piecesOf(result.value, voxels);
    const owners = new Uint16Array(voxels.index.length);
    const claims = pieces.map((piece) => claimsOn(piece, owner));
    const now = new Map<number, { index: number[]; core: boolean[]; fraction: number[]; parts: CrackPart[] }>();
    const join = (id: number, piece: Piece, keep: (i: number) => boolean) => {
      let mine = now.get(id);
      if (!mine) now.set(id, (mine = { index: [], core: [], fraction: [], parts: [] }));
      mine.parts.push(piece.part);
      piece.index.forEach((index, k) => {
        if (!keep(k)) return;
        owners[piece.rows[k]!] = id;
        mine.index.push(index);
        mine.core.push(piece.core[k]!);
        mine.fraction.push(piece.fraction[k]!);
      });
    };
    pieces.forEach((piece, p) => {
      const ids = claims[p]!;
      if (ids.length === 0) {
        const id = cracks.length + 1;
        cracks.push({
          id,
          onsetScan: scan,
          parents: [],
          mergers: [],
          states: new Array<CrackState | null>(params.count).fill(null),
        });
        join(id, piece, () => true);
      } else if (ids.length === 1) {
        join(ids[0]!, piece, () => true);
      } else {
        const share = shareOut(piece, ids, owner, nv, nu);
        for (const id of ids) join(id, piece, (k) => share[k] === id);
        for (const a of ids)
          for (const b of ids) {
            const mergers = cracks[a - 1]!.mergers;
            if (a !== b && !mergers.some((merger) => merger.with === b)) mergers.push({ scan, with: b });
          }
      }
    });
    for (const [id, mine] of now) {
      for (let k = 0; k < mine.index.length; k++) if (mine.core[k]) owner.set(mine.index[k]!, id);
      const volume = mine.fraction.reduce((sum, fraction) => sum + fraction, 0);
      const whole = mine.parts.reduce((sum, part) => sum + part.volume, 0);
      const whole_void = mine.parts.every((part) => part.volumeIfVoid !== null)
        ? mine.parts.reduce((sum, part) => sum + part.volumeIfVoid!, 0)
        : null;
      const cores = mine.index
        .map((index, k) => ({ index, fraction: mine.fraction[k]!, core: mine.core[k]! }))
        .filter(({ core }) => core);
      const spread = plane(
        points(
          cores.map(({ index }) => index),
          cores.map(({ fraction }) => fraction),
        ),
      );
      const bounds = boundsOf(
        cores.map(({ index }) => index),
        nv,
        nu,
      );
      const weight = (value: (part: CrackPart) => number) =>
        mine.parts.reduce((sum, part) => sum + value(part) * part.volume, 0) / (whole || 1);
      cracks[id - 1]!.states[scan] = {
        volume,
        volumeIfVoid: whole_void === null ? null : (whole_void * volume) / (whole || 1),
        sigma: Math.sqrt(mine.parts.reduce((sum, part) => sum + part.sigma ** 2, 0)),
        meanGrey: weight((part) => part.meanGrey),
        centroid: viewToFilePoint(spread.centroid, cell.frame),
        ...viewToFileBox(bounds, cell.frame),
        normal: viewToFileVector(spread.normal, cell.frame),
        toWorking: nearest(mine.parts.map((part) => part.toWorking)),
        toCounter: nearest(mine.parts.map((part) => part.toCounter)),
        pieces: mine.parts.length,
      };
    }
    // A crack that is not seen any more has closed.
    for (const crack of cracks)
      if (!now.has(crack.id) && crack.onsetScan < scan) {
        const last = crack.states.findLast((state) => state !== null)!;
        crack.states[scan] = { ...last, volume: 0, volumeIfVoid: last.volumeIfVoid === null ? null : 0, pieces: 0 };
      }
    await writeFile(ownersIn(context.directory, scan), owners);
  }
  return { cracks };
}

/** The least of the distances that are known. */
function nearest(distances: (number | null)[]): number | null {
  const known = distances.filter((distance) => distance !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

function piecesOf({ parts }: Cracks, voxels: ReturnType<typeof readCrackVoxels>): Piece[] {
  const pieces: Piece[] = parts.map((part) => ({ part, rows: [], index: [], core: [], fraction: [] }));
  voxels.index.forEach((index, k) => {
    const piece = pieces[voxels.part[k]!]!;
    piece.rows.push(k);
    piece.index.push(index);
    piece.core.push(voxels.core[k] === 1);
    piece.fraction.push(voxels.fraction[k]!);
  });
  return pieces;
}

/** Identities that a piece lies on, the one it shares most with first. */
function claimsOn(piece: Piece, owner: Map<number, number>): number[] {
  const shared = new Map<number, number>();
  let cores = 0;
  piece.index.forEach((index, k) => {
    if (!piece.core[k]) return;
    cores++;
    const id = owner.get(index);
    if (id !== undefined) shared.set(id, (shared.get(id) ?? 0) + 1);
  });
  const sizes = new Map<number, number>();
  for (const id of shared.keys()) sizes.set(id, 0);
  for (const id of owner.values()) if (sizes.has(id)) sizes.set(id, sizes.get(id)! + 1);
  return [...shared]
    .filter(([id, count]) => count >= SHARED * Math.min(cores, sizes.get(id)!))
    .sort((a, b) => b[1] - a[1])
    .map(([id]) => id);
}

/** The identity of each voxel of a piece: spreading from the voxels that were theirs before, nearest first. */
function shareOut(piece: Piece, ids: number[], owner: Map<number, number>, nv: number, nu: number): number[] {
  const place = new Map(piece.index.map((index, k) => [index, k]));
  const share = new Array<number>(piece.index.length).fill(0);
  let front: number[] = [];
  piece.index.forEach((index, k) => {
    const id = owner.get(index);
    if (id !== undefined && ids.includes(id)) {
      share[k] = id;
      front.push(k);
    }
  });
  while (front.length > 0) {
    const next: number[] = [];
    for (const k of front)
      for (let ds = -1; ds <= 1; ds++)
        for (let dv = -1; dv <= 1; dv++)
          for (let du = -1; du <= 1; du++) {
            const other = place.get(piece.index[k]! + (ds * nv + dv) * nu + du);
            if (other === undefined || share[other] !== 0) continue;
            share[other] = share[k]!;
            next.push(other);
          }
    front = next;
  }
  return share.map((id) => id || ids[0]!);
}

function boundsOf(indices: number[], nv: number, nu: number): { min: Triple; max: Triple } {
  const min: Triple = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const max: Triple = [0, 0, 0];
  for (const i of indices)
    [Math.floor(i / (nu * nv)), Math.floor(i / nu) % nv, i % nu].forEach((at, axis) => {
      min[axis] = Math.min(min[axis]!, at);
      max[axis] = Math.max(max[axis]!, at + 1);
    });
  return { min, max };
}
