import { tell } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { PLANE_NAMES } from './place.ts';
import { handleOf } from './series.ts';

/** The name tells what is seen: project, scan, time, view. */
export function snapshotName(project: string, scan: number, timeH: number | null, view: string): string {
  const time = timeH === null ? '' : `_${timeH.toFixed(2)}h`;
  return `${project}_scan${String(scan + 1).padStart(2, '0')}${time}_${view}.png`.replace(/[^\w.-]+/g, '-');
}

/** The active view as a PNG with its scale bar, into the folder for downloads. */
export async function saveSnapshot(): Promise<void> {
  const { activeView, scan } = useView.getState();
  const project = useSession.getState().project;
  const handle = handleOf(activeView);
  if (!handle || !project)
    throw new Error('Cannot save a snapshot: no view is on the screen. Show one and press S again.');
  const picture = await handle.snapshot();
  const view = activeView === 'volume' ? '3D' : PLANE_NAMES[activeView];
  const name = snapshotName(project.name, scan, project.scans[scan]?.timeH ?? null, view);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(picture);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  tell('done', `Snapshot saved: ${name}`);
}
