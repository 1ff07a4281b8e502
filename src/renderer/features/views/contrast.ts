import { autoWindow } from '../../../core/contrast.ts';
import { tellError } from '../../state/notices.ts';
import { useSession } from '../../state/session.ts';
import { setLayer, useView } from '../../state/view.ts';
import { layerInfo } from './series.ts';

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
