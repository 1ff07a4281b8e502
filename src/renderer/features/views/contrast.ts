import type { LayerInfo } from '../../../contract/app.ts';
import { tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { setLayer, useView } from '../../state/view.ts';
import { layerInfo } from './series.ts';

/** Share of voxels left black, and white, by auto contrast: ImageJ's. */
const SATURATED = 0.0035;

/** The window that leaves a small share of voxels at either end. */
export function autoWindow({ histogram, range }: Pick<LayerInfo, 'histogram' | 'range'>): [number, number] {
  const { counts } = histogram;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return range;
  const width = (histogram.range[1] - histogram.range[0]) / counts.length;
  const edge = (order: readonly number[]): number => {
    let passed = 0;
    for (const [index, count] of order.entries()) {
      passed += count;
      if (passed > total * SATURATED) return index;
    }
    return 0;
  };
  const low = histogram.range[0] + edge(counts) * width;
  const high = histogram.range[1] - edge([...counts].reverse()) * width;
  return high > low ? [low, high] : range;
}

/** Sets the grey window from the scan shown; where contrast is locked it then stays for all scans. */
export async function autoContrast(): Promise<void> {
  const { scan } = useView.getState();
  const project = useSession.getState().project;
  if (!project?.scans[scan]?.layers.includes('grey')) return;
  const info = await layerInfo(scan, 'grey');
  if (useView.getState().scan !== scan) return;
  setLayer('grey', { window: autoWindow(info) });
  useView.setState({ windowSet: true });
}

/** Where contrast is not locked every scan gets its own as it is shown. */
export function followContrast(): void {
  useView.subscribe((now, before) => {
    const unlocked = !now.contrastLocked && (before.contrastLocked || now.scan !== before.scan);
    if (unlocked) void autoContrast().catch(tellError);
  });
}
