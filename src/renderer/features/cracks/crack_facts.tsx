import { Empty, Fact, Section } from '../../components/controls.tsx';
import { digits, fixed, withUncertainty } from '../../components/format.ts';
import { runningJobs, useSession } from '../../state/session.ts';
import { scanTimes, showScan } from '../../state/time.ts';
import { useView } from '../../state/view.ts';
import { inUm3, onsetText } from './cracks_panel.tsx';
import './cracks.css';

export function CrackFacts({ id }: { id: number }) {
  const results = useSession((session) => session.results);
  const project = useSession((session) => session.project);
  const running = useSession((session) => runningJobs(session.jobs).length > 0);
  const scan = useView((view) => view.scan);
  const crack = results?.cracks.find((one) => one.id === id);
  if (!project) return null;
  if (!crack)
    return running ? (
      <Empty title="Cracks are being followed anew" />
    ) : (
      <Empty title="This crack is no longer there">The analysis was run anew.</Empty>
    );
  const extent = crack.extentUm[scan];
  const um3 = inUm3(project.voxelSizeUm);
  return (
    <Section title={`Crack ${id}`} aside={crack.through ? <span className="tag warning">through</span> : null}>
      <dl>
        <Fact name="Onset" value={onsetText(crack, project.scans[crack.onsetScan]?.timeH ?? null)} unit="h" />
        <Fact
          name="Volume"
          value={withUncertainty(um3(crack.volumeVoxels[scan]), um3(crack.volumeUncertaintyVoxels[scan]))}
          unit="µm³"
        />
        <Fact
          name="Extent x, y, z"
          value={
            extent
              ? [...extent]
                  .reverse()
                  .map((length) => digits(length))
                  .join(' × ')
              : '–'
          }
          unit="µm"
        />
        <Fact name="To the collector" value={digits(crack.distanceToCollectorUm)} unit="µm" />
        <Fact name="To the counter electrode" value={digits(crack.distanceToCounterUm)} unit="µm" />
        <Fact name="Filled by" value={crack.fill} />
        {crack.parents.length > 0 && <Fact name="From cracks" value={crack.parents.join(', ')} />}
      </dl>
      <Growth volumes={crack.volumeVoxels.map(um3)} times={scanTimes(project.scans)} scan={scan} />
    </Section>
  );
}

const WIDTH = 240;
const HEIGHT = 64;

/** The crack's volume against time; a point shows its scan. */
function Growth({
  volumes,
  times,
  scan,
}: {
  volumes: readonly (number | null)[];
  times: readonly number[];
  scan: number;
}) {
  const most = Math.max(1, ...volumes.map((volume) => volume ?? 0));
  const [first, last] = [times[0] ?? 0, times[times.length - 1] ?? 1];
  const points = volumes.flatMap((volume, index) =>
    volume === null
      ? []
      : [
          {
            index,
            volume,
            x: 6 + ((times[index]! - first) / (last - first || 1)) * (WIDTH - 12),
            y: HEIGHT - 6 - (volume / most) * (HEIGHT - 16),
          },
        ],
  );
  return (
    <figure className="growth">
      <figcaption className="label">Volume over time, highest {digits(most)} µm³</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Volume of the crack over time">
        <line className="lane-edge" x1={0} x2={WIDTH} y1={HEIGHT - 5.5} y2={HEIGHT - 5.5} />
        <polyline points={points.map(({ x, y }) => `${x},${y}`).join(' ')} />
        {points.map(({ index, volume, x, y }) => (
          <circle key={index} cx={x} cy={y} r={index === scan ? 4 : 2.5} onPointerDown={() => showScan(index)}>
            <title>{`${fixed(times[index], 2)} h: ${digits(volume)} µm³`}</title>
          </circle>
        ))}
      </svg>
    </figure>
  );
}
