import { digits, fixed, percent, UNKNOWN } from '../../components/format.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { useProbe, useView } from '../../state/view.ts';

/** What is under the pointer, or at the crosshair: place, grey value, fraction of lithium, crack. */
export function StatusBar() {
  const voxelSizeUm = useSession((session) => session.project?.voxelSizeUm);
  const jobs = useSession((session) => session.jobs);
  const live = useSession((session) => session.live);
  const crosshair = useView((view) => view.crosshair);
  const gpu = useView((view) => view.gpu);
  const probe = useProbe((state) => state.probe);
  const voxel = probe?.voxel ?? crosshair;
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
        {probe?.grey == null ? UNKNOWN : digits(probe.grey, 5)}
      </Value>
      <Value name="LVF" width={80}>
        {probe?.lvf == null ? UNKNOWN : percent(probe.lvf, 1)}
      </Value>
      <Value name="crack" width={64}>
        {probe?.crack == null ? UNKNOWN : String(probe.crack)}
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

function Value({ name, width, children }: { name: string; width: number; children: string }) {
  return (
    <span className="status-value" style={{ minWidth: width }}>
      <span className="label">{name}</span> {children}
    </span>
  );
}
