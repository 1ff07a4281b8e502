import { Scissors } from 'lucide-react';
import type { AxisName } from '../../../core/geometry.ts';
import type { Action } from '../../commands/registry.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { register } from '../feature.ts';
import { centreOf } from '../views/place.ts';
import { showPanel } from '../workspace/dock.ts';
import { cutAt } from './clip.ts';
import { ClipPanel } from './clip_panel.tsx';

const project = () => useSession.getState().project;
const inProject = (run: () => void): Action => ({ run, enabled: () => project() !== null });

function cutHere(): void {
  const open = project()!;
  const shape = open.scans[open.reference]?.shape;
  if (!shape) return;
  useView.setState(({ clip, activeView, crosshair }) => ({
    clip: cutAt(clip, activeView === 'volume' ? 'z' : activeView, crosshair ?? centreOf(shape), shape),
  }));
}

function toggleSlice(axis: AxisName): Action {
  return inProject(() =>
    useView.setState(({ slicesIn3D }) => ({ slicesIn3D: { ...slicesIn3D, [axis]: !slicesIn3D[axis] } })),
  );
}

register({
  panels: [{ id: 'clip', title: 'Clip', place: 'right', icon: Scissors, component: ClipPanel }],
  commands: {
    'view.clip': inProject(() => showPanel('clip')),
    'view.clipHere': inProject(cutHere),
    'view.clipNone': { run: () => useView.setState({ clip: null }), enabled: () => useView.getState().clip !== null },
    'view.sliceInVolumeZ': toggleSlice('z'),
    'view.sliceInVolumeY': toggleSlice('y'),
    'view.sliceInVolumeX': toggleSlice('x'),
  },
});
