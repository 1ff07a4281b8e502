import type { AxisName, Triple } from '../../../core/geometry.ts';
import type { Action } from '../../commands/registry.ts';
import { attempt } from '../../state/actions.ts';
import { useSession } from '../../state/session.ts';
import { useView, type ViewName } from '../../state/view.ts';
import { register } from '../feature.ts';
import { showPanel } from '../workspace/dock.ts';
import { autoContrast, followContrast } from './contrast.ts';
import { AXIS_OF, centreOf } from './place.ts';
import { SlicePanel } from './slice_panel.tsx';
import { saveSnapshot } from './snapshot.ts';
import { VolumePanel } from './volume_panel.tsx';

const open = () => useSession.getState().project !== null;
const inProject = (run: () => void): Action => ({ run, enabled: open });

function choose(view: ViewName): Action {
  return inProject(() => {
    useView.setState({ activeView: view });
    showPanel(view === 'volume' ? 'volume' : `slice-${view}`);
  });
}

function shape(): Triple | null {
  const project = useSession.getState().project;
  return project?.scans[project.reference]?.shape ?? null;
}

/** Steps through the slices of the active view; of xy where that is the volume. */
function step(by: number): Action {
  return inProject(() => {
    const lengths = shape();
    if (!lengths) return;
    useView.setState(({ activeView, crosshair }) => {
      const axis: AxisName = activeView === 'volume' ? 'z' : activeView;
      const place: Triple = [...(crosshair ?? centreOf(lengths))];
      const at = AXIS_OF[axis];
      place[at] = Math.max(0, Math.min(lengths[at] - 1, Math.round(place[at]) + by));
      return { crosshair: place };
    });
  });
}

register({
  panels: [
    { id: 'volume', title: '3D', place: 'centre', component: VolumePanel },
    { id: 'slice-z', title: 'xy', place: 'centre', component: () => <SlicePanel axis="z" /> },
    { id: 'slice-y', title: 'xz', place: 'centre', component: () => <SlicePanel axis="y" /> },
    { id: 'slice-x', title: 'yz', place: 'centre', component: () => <SlicePanel axis="x" /> },
  ],
  commands: {
    'view.planeX': choose('x'),
    'view.planeY': choose('y'),
    'view.planeZ': choose('z'),
    'view.volume': choose('volume'),
    'view.autoContrast': inProject(() => void attempt(autoContrast)),
    'view.lockContrast': inProject(() =>
      useView.setState(({ contrastLocked }) => ({ contrastLocked: !contrastLocked })),
    ),
    'view.snapshot': inProject(() => void attempt(saveSnapshot)),
    'view.sliceUp': step(1),
    'view.sliceDown': step(-1),
    'view.sliceUp10': step(10),
    'view.sliceDown10': step(-10),
    'view.centre': inProject(() => {
      const lengths = shape();
      if (lengths) useView.setState({ crosshair: centreOf(lengths) });
    }),
  },
});

followContrast();
