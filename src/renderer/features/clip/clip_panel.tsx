import { RotateCcw } from 'lucide-react';
import { AXES, type AxisName } from '../../../core/geometry.ts';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Check, Empty, Keys, RangeSlider, Section } from '../../components/controls.tsx';
import { digits } from '../../components/format.ts';
import { NumberField } from '../../components/number_field.tsx';
import { useProject } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { PLANE_NAMES } from '../views/place.ts';
import { withEnds } from './clip.ts';
import './clip.css';

const PLANES: readonly [AxisName, Parameters<typeof keysOf>[0]][] = [
  ['z', 'view.sliceInVolumeZ'],
  ['y', 'view.sliceInVolumeY'],
  ['x', 'view.sliceInVolumeX'],
];

/** What of the volume 3D shows, and which slices stand in it. */
export function ClipPanel() {
  const project = useProject();
  const clip = useView((view) => view.clip);
  const slices = useView((view) => view.slicesIn3D);
  const shape = project?.scans[project.reference]?.shape;
  if (!project || !shape) return <Empty title="No volume">Open a project first.</Empty>;
  const ends = (axis: number): [number, number] => (clip ? [clip.min[axis]!, clip.max[axis]!] : [0, shape[axis]!]);
  const set = (axis: number, next: [number, number]) => useView.setState({ clip: withEnds(clip, axis, next, shape) });
  return (
    <>
      <Section
        title="Clip box"
        aside={
          <Button
            variant="quiet"
            icon={RotateCcw}
            disabled={clip === null}
            title="Alt K"
            onClick={() => runCommand('view.clipNone')}
          >
            Show all
          </Button>
        }
      >
        {[2, 1, 0].map((axis) => {
          const [low, high] = ends(axis);
          const name = AXES[axis]!;
          const um = (voxels: number) => digits(voxels * project.voxelSizeUm[axis]!);
          return (
            <div key={name} className="clip-row">
              <span className="clip-axis">{name}</span>
              <NumberField
                label={`Clip ${name} from`}
                value={low}
                min={0}
                max={high - 1}
                onCommit={(value) => value !== null && set(axis, [value, high])}
              />
              <RangeSlider
                label={`Clip ${name}`}
                min={0}
                max={shape[axis]!}
                value={[low, high]}
                onChange={(next) => set(axis, next)}
              />
              <NumberField
                label={`Clip ${name} to`}
                value={high}
                min={low + 1}
                max={shape[axis]!}
                onCommit={(value) => value !== null && set(axis, [low, value])}
              />
              <span className="label clip-um">
                {um(low)} to {um(high)} µm
              </span>
            </div>
          );
        })}
        <p className="muted clip-words">
          <Keys keys={keysOf('view.clipHere')!} /> cuts at the crosshair, across the active slice.
        </p>
      </Section>
      <Section title="Slices in 3D">
        {PLANES.map(([axis, command]) => (
          <div key={axis} className="clip-slice">
            <Check
              checked={slices[axis]}
              label={`${PLANE_NAMES[axis]} slice in 3D`}
              onChange={() => runCommand(command)}
            />
            <span>{PLANE_NAMES[axis]}, through the crosshair</span>
            <Keys keys={keysOf(command)!} />
          </div>
        ))}
      </Section>
    </>
  );
}
