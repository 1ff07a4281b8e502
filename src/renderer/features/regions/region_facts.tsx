import type { Region, Triple } from '../../../core/geometry.ts';
import { Button, Empty, Section } from '../../components/controls.tsx';
import { NumberField } from '../../components/number_field.tsx';
import { useSession } from '../../state/session.ts';
import { boundsOf, REGIONS, type RegionName, useRegions, withBounds } from './boxes.ts';
import { changeRegion } from './move.ts';

const NAMES = ['z', 'y', 'x'] as const;

/** A region's numbers, the same that are dragged in the slices. */
export function RegionFacts({ id }: { id: string }) {
  const region = useRegions().find(([name]) => name === id)?.[1];
  const told = useSession((session) => session.project?.recipe.regions?.[id as RegionName]);
  if (!region) return <Empty title="No such region">The analysis finds it; run it first.</Empty>;
  const name = id as RegionName;
  const { min, max } = boundsOf(region);
  const set = (end: 'min' | 'max', axis: number, value: number | null) => {
    if (value === null) return;
    const bounds = { kind: 'box' as const, min: [...min] as Triple, max: [...max] as Triple };
    bounds[end][axis] = Math.round(value);
    changeRegion(name, withBounds(region as Region, bounds));
  };
  return (
    <Section
      title={REGIONS[name].title}
      aside={
        told ? (
          <Button variant="quiet" onClick={() => changeRegion(name, undefined)}>
            Find it again
          </Button>
        ) : null
      }
    >
      <p className="muted inspector-words">
        {REGIONS[name].words}. {region.kind === 'cylinder' && `A cylinder along ${region.axis}; its bounds are shown.`}
      </p>
      <div className="region-numbers">
        <span />
        <span className="label">from</span>
        <span className="label">to</span>
        {[2, 1, 0].map((axis) => (
          <div key={axis} className="region-row">
            <span>{NAMES[axis]}</span>
            <NumberField
              label={`${NAMES[axis]} from`}
              value={min[axis]!}
              max={max[axis]! - 1}
              onCommit={(value) => set('min', axis, value)}
            />
            <NumberField
              label={`${NAMES[axis]} to`}
              value={max[axis]!}
              min={min[axis]! + 1}
              onCommit={(value) => set('max', axis, value)}
            />
          </div>
        ))}
      </div>
    </Section>
  );
}
