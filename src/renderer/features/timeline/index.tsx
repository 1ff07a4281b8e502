import type { Action } from '../../commands/registry.ts';
import { useSession } from '../../state/session.ts';
import { changeSpeed, showScan, stepTime, togglePlay } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { register } from '../feature.ts';
import { Timeline } from './timeline.tsx';

const several = () => (useSession.getState().project?.scans.length ?? 0) > 1;
const inTime = (run: () => void): Action => ({ run, enabled: several });

register({
  panels: [{ id: 'timeline', title: 'Time', place: 'bottom', component: Timeline }],
  commands: {
    'time.play': inTime(togglePlay),
    'time.next': inTime(() => stepTime(1)),
    'time.previous': inTime(() => stepTime(-1)),
    'time.next10': inTime(() => stepTime(10)),
    'time.previous10': inTime(() => stepTime(-10)),
    'time.first': inTime(() => showScan(0)),
    'time.last': inTime(() => showScan(Number.MAX_SAFE_INTEGER)),
    'time.loop': inTime(() => useView.setState(({ loop }) => ({ loop: !loop }))),
    'time.faster': inTime(() => changeSpeed(1)),
    'time.slower': inTime(() => changeSpeed(-1)),
  },
});
