import { SquareDashed, Table2 } from 'lucide-react';
import type { Triple } from '../../../core/geometry.ts';
import type { Action } from '../../commands/registry.ts';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { register } from '../feature.ts';
import { centreOf } from '../views/place.ts';
import { showPanel } from '../workspace/dock.ts';
import { addRegion, deleteRegion } from './change.ts';
import { regionAt, type Tool } from './draw.ts';
import { measuredRegions, useMeasureChoice } from './measure_choice.ts';
import { measureRegions, useMeasurements } from './measurements.ts';
import { MeasurementsPanel } from './measurements_panel.tsx';
import { drawnName, type ListedRegion, regionsNow } from './region_list.ts';
import { RegionsPanel } from './regions_panel.tsx';

const project = () => useSession.getState().project;
const inProject = (run: () => void): Action => ({ run, enabled: () => project() !== null });

/** Takes the tool up, or lays it down. */
function draw(tool: Tool): Action {
  return inProject(() => {
    if (useView.getState().tool === tool) return useView.setState({ tool: 'none' });
    showPanel('regions');
    useView.setState({ tool, showRegions: true });
  });
}

function add(): void {
  const open = project()!;
  const shape = open.scans[open.reference]?.shape;
  if (!shape) return;
  showPanel('regions');
  const place: Triple = useView.getState().crosshair ?? centreOf(shape);
  void addRegion(regionAt(place, shape, open.voxelSizeUm));
}

function selected(): ListedRegion | null {
  const { selection } = useView.getState();
  return selection?.kind === 'region' ? (regionsNow().find(({ id }) => id === selection.region) ?? null) : null;
}

function toMeasure(): readonly ListedRegion[] {
  return measuredRegions(regionsNow(), useMeasureChoice.getState().scope, selected());
}

function measure(over: 'this' | 'every'): Action {
  return {
    enabled: () => project() !== null && useMeasurements.getState().running === null && regionsNow().length > 0,
    run: () => {
      const scans = over === 'this' ? [useView.getState().scan] : project()!.scans.flatMap(included);
      showPanel('measurements');
      void measureRegions(toMeasure(), scans);
    },
  };
}

/** What is left out of the analysis is left out here. */
function included({ index, excluded }: { index: number; excluded: string | null }): number[] {
  return excluded === null ? [index] : [];
}

const ofDrawn = (run: (id: string) => void): Action => ({
  enabled: () => drawnName(selected()?.id ?? '') !== null,
  run: () => run(selected()!.id),
});

register({
  panels: [
    {
      id: 'regions',
      title: 'Regions',
      place: 'rail',
      icon: SquareDashed,
      command: 'panel.regions',
      component: RegionsPanel,
    },
    {
      id: 'measurements',
      title: 'Measurements',
      place: 'bottom',
      icon: Table2,
      command: 'panel.measurements',
      component: MeasurementsPanel,
    },
  ],
  commands: {
    'region.drawBox': draw('box'),
    'region.drawCylinder': draw('cylinder'),
    'region.add': inProject(add),
    'region.rename': ofDrawn((id) => {
      showPanel('regions');
      useView.setState({ renaming: id });
    }),
    'region.delete': ofDrawn((id) => void deleteRegion(id)),
    'region.measure': measure('this'),
    'region.measureSeries': measure('every'),
    'view.regions': inProject(() => useView.setState(({ showRegions }) => ({ showRegions: !showRegions }))),
  },
});
