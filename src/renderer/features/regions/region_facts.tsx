import { AXES, type AxisName, type Region, type Triple } from '../../../core/geometry.ts';
import { runCommand } from '../../commands/registry.ts';
import { Button, Choice, Empty, Fact, Section } from '../../components/controls.tsx';
import { digits, fixed, greyOf, percent } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { useProject } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { changeRegion } from './change.ts';
import { isStale, useMeasurements } from './measurements.ts';
import { useRegions, withKind } from './region_list.ts';
import { extentUm } from './region_size.ts';

const KINDS = [
  ['box', 'Box'],
  ['z', 'Cylinder along z'],
  ['y', 'Cylinder along y'],
  ['x', 'Cylinder along x'],
] as const;

/** A region's numbers, the same that are dragged in the slices, and what was measured in it. */
export function RegionFacts({ id }: { id: string }) {
  const regions = useRegions();
  const listed = regions.find((one) => one.id === id);
  const scan = useView((view) => view.scan);
  const voxelSizeUm = useProject()?.voxelSizeUm ?? [1, 1, 1];
  const measured = useMeasurements(({ rows }) => rows.find((row) => row.id === id && row.scan === scan));
  if (!listed) return <Empty title="No such region">It was deleted, or the analysis has not found it yet.</Empty>;
  const { region, title, words, drawn, told } = listed;
  const set = (next: Region) => void changeRegion(id, next);
  return (
    <>
      <Section
        title={title}
        aside={
          told && !drawn ? (
            <Button variant="quiet" onClick={() => void changeRegion(id, undefined)}>
              Find it again
            </Button>
          ) : null
        }
      >
        <p className="muted inspector-words">{words}.</p>
        <div className="region-kind">
          <Choice
            label="Shape"
            value={region.kind === 'box' ? 'box' : region.axis}
            options={KINDS}
            onChange={(kind) => set(withKind(region, kind))}
          />
        </div>
        {region.kind === 'box' ? (
          <BoxNumbers min={region.min} max={region.max} onChange={(min, max) => set({ kind: 'box', min, max })} />
        ) : (
          <CylinderNumbers region={region} onChange={set} />
        )}
        <dl>
          <Fact name="Size x × y × z" value={extentUm(region, voxelSizeUm)} unit="µm" />
        </dl>
      </Section>
      <Section
        title="Measured in this scan"
        aside={
          <Button variant="quiet" onClick={() => runCommand('region.measure')}>
            Measure
          </Button>
        }
      >
        {measured ? (
          <>
            {isStale(measured, regions) && <p className="muted">The region was moved since.</p>}
            <dl>
              <Fact name="Mean grey" value={greyOf(measured.grey?.mean)} />
              <Fact name="Standard deviation" value={digits(measured.grey?.sd)} />
              <Fact name="Least" value={greyOf(measured.grey?.min)} />
              <Fact name="Greatest" value={greyOf(measured.grey?.max)} />
              <Fact name="Volume" value={digits(measured.volumeUm3, 4)} unit="µm³" />
              <Fact name="Voxels" value={fixed(measured.voxels, 0)} />
              {measured.lithium && (
                <>
                  <Fact name="Plated lithium, mean LVF" value={percent(measured.lithium.fraction, 2)} />
                  <Fact name="Plated lithium" value={digits(measured.lithium.volumeUm3, 4)} unit="µm³" />
                </>
              )}
            </dl>
          </>
        ) : (
          <p className="muted">Not measured yet.</p>
        )}
      </Section>
    </>
  );
}

function BoxNumbers({
  min,
  max,
  onChange,
}: {
  min: Triple;
  max: Triple;
  onChange: (min: Triple, max: Triple) => void;
}) {
  const shape = useShape();
  const set = (end: 'min' | 'max', axis: number, value: number | null) => {
    if (value === null) return;
    const bounds = { min: [...min] as Triple, max: [...max] as Triple };
    bounds[end][axis] = Math.round(value);
    onChange(bounds.min, bounds.max);
  };
  return (
    <div className="region-numbers">
      <span />
      <span className="label">from</span>
      <span className="label">to</span>
      {[2, 1, 0].map((axis) => (
        <div key={axis} className="region-row">
          <span>{AXES[axis]}</span>
          <NumberField
            label={`${AXES[axis]} from`}
            value={min[axis]!}
            min={0}
            max={max[axis]! - 1}
            onCommit={(value) => set('min', axis, value)}
          />
          <NumberField
            label={`${AXES[axis]} to`}
            value={max[axis]!}
            min={min[axis]! + 1}
            max={shape[axis]!}
            onCommit={(value) => set('max', axis, value)}
          />
        </div>
      ))}
    </div>
  );
}

function CylinderNumbers({
  region,
  onChange,
}: {
  region: Extract<Region, { kind: 'cylinder' }>;
  onChange: (region: Region) => void;
}) {
  const shape = useShape();
  const { axis, center, radius, range } = region;
  const across = AXES.filter((name) => name !== axis) as [AxisName, AxisName];
  const along = AXES.indexOf(axis);
  return (
    <div className="region-numbers">
      <span />
      <span className="label">{across[1]}</span>
      <span className="label">{across[0]}</span>
      <div className="region-row">
        <span>centre</span>
        {([1, 0] as const).map((k) => (
          <NumberField
            key={k}
            label={`Centre ${across[k]}`}
            value={center[k]}
            step={0.5}
            onCommit={(value) =>
              value !== null && onChange({ ...region, center: k === 0 ? [value, center[1]] : [center[0], value] })
            }
          />
        ))}
      </div>
      <div className="region-row">
        <span>radius</span>
        <NumberField
          label="Radius"
          value={radius}
          min={0.5}
          step={0.5}
          onCommit={(value) => value !== null && onChange({ ...region, radius: value })}
        />
      </div>
      <span />
      <span className="label">from</span>
      <span className="label">to</span>
      <div className="region-row">
        <span>{axis}</span>
        <NumberField
          label={`${axis} from`}
          value={range[0]}
          min={0}
          max={range[1] - 1}
          onCommit={(value) => value !== null && onChange({ ...region, range: [Math.round(value), range[1]] })}
        />
        <NumberField
          label={`${axis} to`}
          value={range[1]}
          min={range[0] + 1}
          max={shape[along]!}
          onCommit={(value) => value !== null && onChange({ ...region, range: [range[0], Math.round(value)] })}
        />
      </div>
    </div>
  );
}

function useShape(): Triple {
  const project = useProject();
  return project?.scans[project.reference]?.shape ?? [1, 1, 1];
}
