import { useEffect, useMemo, useState } from 'react';
import type { LayerInfo } from '../../../contract/app.ts';
import type { Triple } from '../../../core/geometry.ts';
import { call } from '../../host/call.ts';
import { tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import type { ViewName } from '../../state/view.ts';
import { useView } from '../../state/view.ts';
import { httpSource, type LayerName, type ViewHandle, type ViewScan, type VoxelSource } from '../../viewer/index.ts';

/** One source a project and revision, for all views: what changed is read anew. */
let source: { key: string; voxels: VoxelSource } | null = null;

function sourceOf(key: string): VoxelSource {
  if (source?.key !== key) source = { key, voxels: httpSource() };
  return source.voxels;
}

export interface ShownSeries {
  source: VoxelSource;
  scans: ViewScan[];
  scan: number;
  shape: Triple;
  voxelSizeUm: Triple;
}

/** What the views of the open project show; null where there is nothing. */
export function useSeries(): ShownSeries | null {
  const project = useSession((session) => session.project);
  const scan = useView((view) => view.scan);
  const layersKey = project?.scans.map(({ layers }) => layers.join()).join(';') ?? '';
  const key = project ? `${project.path} ${layersKey}` : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: scans change their identity with every event, their layers seldom
  const scans = useMemo(() => project?.scans.map(({ index, layers }) => ({ index, layers })) ?? [], [key]);
  if (!project || project.scans.length === 0) return null;
  const reference = project.scans[project.reference] ?? project.scans[0]!;
  return { source: sourceOf(key), scans, scan, shape: reference.shape, voxelSizeUm: project.voxelSizeUm };
}

const infos = new Map<string, Promise<LayerInfo>>();

/** What a layer of a scan holds: asked once a revision. */
export function layerInfo(scan: number, layer: LayerName): Promise<LayerInfo> {
  const project = useSession.getState().project;
  const key = `${project?.path} ${project?.revision} ${scan} ${layer}`;
  let info = infos.get(key);
  if (!info) {
    info = call('layer', { scan, layer });
    info.catch(() => infos.delete(key));
    if (infos.size > 500) infos.clear();
    infos.set(key, info);
  }
  return info;
}

export function useLayerInfo(scan: number, layer: LayerName): LayerInfo | null {
  const project = useSession((session) => session.project);
  const [info, setInfo] = useState<LayerInfo | null>(null);
  const there = project?.scans[scan]?.layers.includes(layer) ?? false;
  const revision = project?.revision;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision may bring new numbers
  useEffect(() => {
    let gone = false;
    if (!there) return setInfo(null);
    layerInfo(scan, layer)
      .then((found) => !gone && setInfo(found))
      .catch(() => !gone && setInfo(null));
    return () => {
      gone = true;
    };
  }, [scan, layer, there, revision]);
  return info;
}

const handles = new Map<ViewName, ViewHandle>();

export function takeHandle(view: ViewName, handle: ViewHandle | null): void {
  if (handle) handles.set(view, handle);
  else handles.delete(view);
}

export function handleOf(view: ViewName): ViewHandle | null {
  return handles.get(view) ?? handles.values().next().value ?? null;
}

const told = new Set<string>();

/** A view's failure, told once however many views see it. */
export function tellViewError(error: Error): void {
  if (error.name === 'AbortError' || told.has(error.message)) return;
  told.add(error.message);
  window.setTimeout(() => told.delete(error.message), 5000);
  tellError(error);
}
