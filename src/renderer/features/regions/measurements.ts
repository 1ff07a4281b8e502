import { create } from 'zustand';
import type { AppScan, Output } from '../../../contract/app.ts';
import type { Region } from '../../../core/geometry.ts';
import { boundsOf } from '../../../core/regions.ts';
import { call } from '../../host/call.ts';
import { tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { csvOf } from '../scans/tables.ts';
import type { ListedRegion } from './region_list.ts';

/** One region in one scan, as it was measured. */
export interface Measurement extends Output<'measure'> {
  id: string;
  name: string;
  region: Region;
  scan: number;
}

interface Measuring {
  done: number;
  total: number;
  fraction: number;
  secondsLeft: number | null;
}

/** What was measured in a project since it was opened, and how far a measurement is. */
export const useMeasurements = create<{
  project: string | null;
  rows: Measurement[];
  running: Measuring | null;
}>(() => ({ project: null, rows: [], running: null }));

/** Rows that are kept with the project's window. */
const MOST_KEPT = 2000;

export function keptMeasured(): readonly Measurement[] {
  const { project, rows } = useMeasurements.getState();
  return project === (useSession.getState().project?.path ?? null) ? rows.slice(0, MOST_KEPT) : [];
}

/** Takes up what was kept, where it is what this version keeps. */
export function restoreMeasured(kept: unknown): void {
  const isRow = (row: Partial<Measurement> | null) =>
    typeof row?.id === 'string' && typeof row.scan === 'number' && typeof row.voxels === 'number' && !!row.region;
  const rows = Array.isArray(kept) && kept.every(isRow) ? (kept as Measurement[]) : [];
  useMeasurements.setState({ project: useSession.getState().project?.path ?? null, rows });
}

let stop: AbortController | null = null;

export function cancelMeasuring(): void {
  stop?.abort();
}

export function clearMeasurements(): void {
  useMeasurements.setState({ rows: [] });
}

/** A renamed region keeps its rows. */
export function forgetName(before: string, id: string, name: string): void {
  useMeasurements.setState(({ rows }) => ({
    rows: rows.map((row) => (row.id === before ? { ...row, id, name } : row)),
  }));
}

/**
 * Measures regions in scans, one after another; rows come in as they are known, and replace those of the same region and
 * scan. What was measured before it is cancelled stays.
 */
export async function measureRegions(regions: readonly ListedRegion[], scans: readonly number[]): Promise<void> {
  const path = useSession.getState().project?.path ?? null;
  const pairs = regions.flatMap((region) => scans.map((scan) => ({ region, scan })));
  if (!path || pairs.length === 0 || stop) return;
  stop = new AbortController();
  const { signal } = stop;
  if (useMeasurements.getState().project !== path) useMeasurements.setState({ project: path, rows: [] });
  const weights = pairs.map(({ region }) => weightOf(region.region));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const began = performance.now();
  let passed = 0;
  try {
    for (const [done, { region, scan }] of pairs.entries()) {
      const fraction = passed / whole;
      const secondsLeft = done === 0 ? null : ((performance.now() - began) / 1000) * (1 / fraction - 1);
      useMeasurements.setState({ running: { done, total: pairs.length, fraction, secondsLeft } });
      const measured = await call('measure', { scan, region: region.region }, signal);
      if (useSession.getState().project?.path !== path) return;
      take({ ...measured, id: region.id, name: region.title, region: region.region, scan });
      passed += weights[done]!;
    }
  } catch (error) {
    if (!signal.aborted) tellError(error);
  } finally {
    stop = null;
    useMeasurements.setState({ running: null });
  }
}

function take(row: Measurement): void {
  useMeasurements.setState(({ rows }) => ({
    rows: [...rows.filter(({ id, scan }) => id !== row.id || scan !== row.scan), row].sort(
      (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }) || a.scan - b.scan,
    ),
  }));
}

/** How long a region takes, more or less: its voxels and a call. */
function weightOf(region: Region): number {
  const { min, max } = boundsOf(region);
  return 1e5 + max.reduce((product, edge, k) => product * Math.max(0, edge - min[k]!), 1);
}

/** Whether a region is no longer where it was measured. */
export function isStale(row: Measurement, regions: readonly ListedRegion[]): boolean {
  const now = regions.find(({ id }) => id === row.id);
  return now !== undefined && JSON.stringify(now.region) !== JSON.stringify(row.region);
}

/** One row a region and scan; with tabs between as spreadsheets take it from the clipboard. */
export function measurementsCsv(rows: readonly Measurement[], scans: readonly AppScan[], separator = ','): string {
  const header =
    'region,scan,name,time_h,voxels,volume_um3,mean,sd,min,max,lvf_mean,lithium_um3,voxels_outside_scan,registered';
  return csvOf(
    header.split(','),
    rows.map(({ name, scan, voxels, outside, volumeUm3, grey, lithium, registered }) => [
      name,
      scan,
      scans[scan]?.name,
      scans[scan]?.timeH,
      voxels,
      volumeUm3,
      grey?.mean,
      grey?.sd,
      grey?.min,
      grey?.max,
      lithium?.fraction,
      lithium?.volumeUm3,
      outside,
      String(registered),
    ]),
    separator,
  );
}
