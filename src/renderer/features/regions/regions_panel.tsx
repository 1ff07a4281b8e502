import { Box, Cylinder, Eye, EyeOff, Pencil, Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Button, Choice, Empty, IconButton, Keys } from '../../components/controls.tsx';
import { NameField } from '../../components/name_field.tsx';
import { onListKey } from '../../components/row_keys.ts';
import { useProject } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { nameFault, renameRegion } from './change.ts';
import { measuredRegions, type Scope, useMeasureChoice } from './measure_choice.ts';
import { useMeasurements } from './measurements.ts';
import { type ListedRegion, useRegions } from './region_list.ts';
import { extentUm } from './region_size.ts';
import './regions.css';

/** Regions drawn to be measured, and those of the analysis. Dragged in the slices, they become part of the recipe. */
export function RegionsPanel() {
  const regions = useRegions();
  const tool = useView((view) => view.tool);
  const shown = useView((view) => view.showRegions);
  const selection = useView((view) => view.selection);
  const drawn = regions.filter((region) => region.drawn);
  const analysis = regions.filter((region) => !region.drawn);
  const selected = selection?.kind === 'region' ? (regions.find(({ id }) => id === selection.region) ?? null) : null;
  return (
    <div className="regions">
      <div className="regions-tools">
        <IconButton
          label="Draw a box"
          icon={Box}
          keys={keysOf('region.drawBox')}
          pressed={tool === 'box'}
          onClick={() => runCommand('region.drawBox')}
        />
        <IconButton
          label="Draw a cylinder"
          icon={Cylinder}
          keys={keysOf('region.drawCylinder')}
          pressed={tool === 'cylinder'}
          onClick={() => runCommand('region.drawCylinder')}
        />
        <IconButton
          label="Add a region at the crosshair"
          icon={Plus}
          keys={keysOf('region.add')}
          onClick={() => runCommand('region.add')}
        />
        <span className="gap" />
        <IconButton
          label="Rename the region"
          icon={Pencil}
          keys={keysOf('region.rename')}
          disabled={!selected?.drawn}
          onClick={() => runCommand('region.rename')}
        />
        <IconButton
          label="Delete the region"
          icon={Trash2}
          keys={keysOf('region.delete')}
          disabled={!selected?.drawn}
          onClick={() => runCommand('region.delete')}
        />
        <IconButton
          label={shown ? 'Hide regions in the slices' : 'Show regions in the slices'}
          icon={shown ? Eye : EyeOff}
          pressed={shown}
          keys={keysOf('view.regions')}
          onClick={() => runCommand('view.regions')}
        />
      </div>
      {tool === 'box' || tool === 'cylinder' ? (
        <p className="regions-hint">
          Drag in a slice from corner to corner. <Keys keys="Esc" /> leaves it.
        </p>
      ) : null}
      {regions.length === 0 ? (
        <Empty title="No regions yet">
          Draw one in a slice to measure it. The analysis finds its own: where lithium is measured and grey values are
          sampled.
          <Button onClick={() => runCommand('region.drawBox')}>
            Draw a box <Keys keys={keysOf('region.drawBox')!} />
          </Button>
        </Empty>
      ) : (
        <>
          <RegionGroup title="Drawn" regions={drawn} selected={selected} />
          <RegionGroup title="Of the analysis" regions={analysis} selected={selected} aside={<AnalysisEye />} />
          <MeasureRow regions={regions} selected={selected} />
        </>
      )}
    </div>
  );
}

function RegionGroup({
  title,
  regions,
  selected,
  aside,
}: {
  title: string;
  regions: readonly ListedRegion[];
  selected: ListedRegion | null;
  aside?: ReactNode;
}) {
  if (regions.length === 0) return null;
  return (
    <section aria-label={title}>
      <div className="regions-heading">
        <h3>{title}</h3>
        {aside}
      </div>
      <ul>
        {regions.map((region) => (
          <RegionRow key={region.id} listed={region} selected={region.id === selected?.id} />
        ))}
      </ul>
    </section>
  );
}

function AnalysisEye() {
  const shown = useView((view) => view.showAnalysisRegions);
  return (
    <IconButton
      label={shown ? 'Show drawn regions alone' : 'Show those of the analysis too'}
      icon={shown ? Eye : EyeOff}
      size={14}
      pressed={shown}
      onClick={() => useView.setState({ showAnalysisRegions: !shown, showRegions: true })}
    />
  );
}

function select(id: string): void {
  useView.setState({ selection: { kind: 'region', region: id }, showRegions: true });
}

function RegionRow({ listed, selected }: { listed: ListedRegion; selected: boolean }) {
  const { id, title, colour, drawn, told, region } = listed;
  const voxelSizeUm = useProject()?.voxelSizeUm ?? [1, 1, 1];
  const renaming = useView((view) => view.renaming === id);
  const colourMark = <span className="region-colour" style={{ background: colour }} aria-hidden />;
  const extent = (
    <span className="muted region-extent">
      {region.kind === 'cylinder' ? `cylinder along ${region.axis}` : 'box'}, {extentUm(region, voxelSizeUm)} µm
    </span>
  );
  if (renaming)
    return (
      <li className="region">
        {colourMark}
        <NameField
          label="Name of the region"
          className="region-name"
          name={title}
          faultOf={(name) => nameFault(id, name)}
          onEnd={(name) => {
            useView.setState({ renaming: null });
            if (name !== null) void renameRegion(id, name);
          }}
        />
        {extent}
      </li>
    );
  return (
    <li>
      <button
        type="button"
        className="region"
        aria-pressed={selected}
        onClick={() => select(id)}
        onDoubleClick={() => drawn && useView.setState({ renaming: id })}
        onKeyDown={(event) => onListKey(event, true)}
      >
        {colourMark}
        <strong className="ellipsis">{title}</strong>
        <span className="label">{drawn ? '' : told ? 'by hand' : 'found'}</span>
        {extent}
      </button>
    </li>
  );
}

const SCANS = [
  ['this', 'this scan'],
  ['every', 'every scan'],
] as const;

/** What Measure measures: which regions, over which scans. */
function MeasureRow({ regions, selected }: { regions: readonly ListedRegion[]; selected: ListedRegion | null }) {
  const { scope, scans } = useMeasureChoice();
  const running = useMeasurements((state) => state.running !== null);
  const drawn = regions.filter((region) => region.drawn).length;
  const scopes: [Scope, string][] = [
    ['selected', selected ? selected.title : 'the selected region'],
    ...(drawn > 0 ? [['drawn', `drawn regions (${drawn})`] as [Scope, string]] : []),
    ['all', `all regions (${regions.length})`],
  ];
  return (
    <div className="regions-measure">
      <Choice
        label="Regions to measure"
        value={scopes.some(([name]) => name === scope) ? scope : 'selected'}
        options={scopes}
        onChange={(next) => useMeasureChoice.setState({ scope: next })}
      />
      <Choice
        label="Scans to measure"
        value={scans}
        options={SCANS}
        onChange={(next) => useMeasureChoice.setState({ scans: next })}
      />
      <Button
        variant="primary"
        disabled={running || measuredRegions(regions, scope, selected).length === 0}
        onClick={() => runCommand(scans === 'this' ? 'region.measure' : 'region.measureSeries')}
      >
        Measure
      </Button>
    </div>
  );
}
