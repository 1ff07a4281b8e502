import { useEffect } from 'react';
import type { Triple } from '../../../core/geometry.ts';
import { fixed, greyText, percent, UNKNOWN } from '../../components/format.ts';
import { call } from '../../host/call.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { useProbe, useView } from '../../state/view.ts';
import { tellViewError } from '../views/series.ts';

/** What is under the pointer, or at the crosshair: place, grey value, fraction of lithium, crack. */
export function StatusBar() {
  const voxelSizeUm = useSession((session) => session.project?.voxelSizeUm);
  const jobs = useSession((session) => session.jobs);
  const live = useSession((session) => session.live);
  const crosshair = useView((view) => view.crosshair);
  const gpu = useView((view) => view.gpu);
  const { probe, exact } = useProbe();
  const voxel = probe?.voxel ?? crosshair;
  useExactValues(voxel);
  const grey = exact?.grey ?? probe?.grey;
  const lvf = exact?.lvf ?? probe?.lvf;
  const [vz, vy, vx] = voxelSizeUm ?? [1, 1, 1];
  const working = runningJobs(jobs).length > 0;
  return (
    <footer className="status-bar">
      <Value name="voxel" width={136}>
        {voxel ? `${Math.round(voxel[2])}, ${Math.round(voxel[1])}, ${Math.round(voxel[0])}` : UNKNOWN}
      </Value>
      <Value name="x" width={88}>
        {voxel ? `${fixed(voxel[2] * vx, 1)} µm` : UNKNOWN}
      </Value>
      <Value name="y" width={88}>
        {voxel ? `${fixed(voxel[1] * vy, 1)} µm` : UNKNOWN}
      </Value>
      <Value name="z" width={88}>
        {voxel ? `${fixed(voxel[0] * vz, 1)} µm` : UNKNOWN}
      </Value>
      <Value name="grey" width={96}>
        {grey == null ? UNKNOWN : greyText(grey)}
      </Value>
      <Value name="LVF" width={80}>
        {lvf == null ? UNKNOWN : percent(lvf, 1)}
      </Value>
      <Value name="crack" width={64}>
        {exact?.crack == null ? UNKNOWN : String(exact.crack)}
      </Value>
      <span className="status-gap" />
      {gpu && (
        <Value name="GPU" width={128}>
          {`${fixed(gpu.used / 2 ** 20, 0)} / ${fixed(gpu.budget / 2 ** 20, 0)} MiB`}
        </Value>
      )}
      <span className="status-state">
        <span className={`dot ${live ? (working ? 'busy' : 'idle') : 'lost'}`} aria-hidden />
        {live ? (working ? 'engine at work' : 'engine idle') : 'host does not answer'}
      </span>
    </footer>
  );
}

const CALM_MS = 80;

/** Asks the host for what is at a voxel once the pointer rests there. */
function useExactValues(voxel: Triple | null): void {
  const scan = useView((view) => view.scan);
  const revision = useSession((session) => session.project?.revision);
  const key = voxel?.map(Math.round).join() ?? '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision may hold new values
  useEffect(() => {
    useProbe.setState({ exact: null });
    if (key === '') return;
    const reading = new AbortController();
    const timer = window.setTimeout(() => {
      call('pick', { scan, voxel: key.split(',').map(Number) as Triple }, reading.signal)
        .then((exact) => useProbe.setState({ exact }))
        .catch((error: Error) => !reading.signal.aborted && tellViewError(error));
    }, CALM_MS);
    return () => {
      window.clearTimeout(timer);
      reading.abort();
    };
  }, [key, scan, revision]);
}

function Value({ name, width, children }: { name: string; width: number; children: string }) {
  return (
    <span className="status-value" style={{ minWidth: width }}>
      <span className="label">{name}</span> {children}
    </span>
  );
}
