import { Scissors } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { keysOf, runCommand } from '../../commands/registry.ts';
import { Empty, IconButton } from '../../components/controls.tsx';
import { useSession } from '../../state/session.ts';
import { useView } from '../../state/view.ts';
import { useTheme } from '../../style/theme.ts';
import { type Pick, type ViewHandle, VolumeView } from '../../viewer/index.ts';
import { moveRegion } from '../regions/change.ts';
import { useRegionBoxes } from '../regions/region_list.ts';
import { fillView } from '../workspace/dock.ts';
import { takeHandle, tellViewError, useSeries } from './series.ts';
import './views.css';

export function VolumePanel() {
  const series = useSeries();
  const theme = useTheme();
  const layers = useView((view) => view.layers);
  const crosshair = useView((view) => view.crosshair);
  const camera = useView((view) => view.camera);
  const playing = useView((view) => view.playing);
  const active = useView((view) => view.activeView === 'volume');
  const box = useView((view) => view.clip);
  const slices = useView((view) => view.slicesIn3D);
  const clip = useMemo(() => ({ box: box && { kind: 'box' as const, ...box }, planes: [] }), [box]);
  const all = useRegionBoxes();
  const regions = useMemo(() => all.filter(({ selected }) => selected), [all]);
  const gpuMiB = useSession((session) => session.settings.gpuMiB);
  const handle = useCallback((view: ViewHandle | null) => takeHandle('volume', view), []);
  if (!series) return <Empty title="No scans">A project needs at least one scan.</Empty>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys do the same through commands
    <div
      className={`view${active ? ' active' : ''}`}
      onPointerDownCapture={() => useView.setState({ activeView: 'volume' })}
      onDoubleClick={() => fillView('volume')}
    >
      <VolumeView
        {...series}
        ref={handle}
        layers={layers}
        crosshair={crosshair}
        slices={slices}
        clip={clip}
        regions={regions}
        onRegion={moveRegion}
        onClip={({ box }) => useView.setState({ clip: box && { min: box.min, max: box.max } })}
        camera={camera}
        onCamera={(next) => useView.setState({ camera: next })}
        onPick={(pick: Pick | null) => pick && useView.setState({ crosshair: pick.voxel })}
        onLoaded={(loaded) => useView.setState({ loaded })}
        onGpu={(gpu) => useView.setState({ gpu })}
        playing={playing ? 1 : 0}
        gpuMiB={gpuMiB}
        theme={theme}
        onError={tellViewError}
      />
      <div className="view-tools">
        <IconButton
          label={clip.box ? 'Clipped: change what is shown' : 'Clip, and slices in 3D'}
          icon={Scissors}
          size={14}
          side="left"
          keys={keysOf('view.clip')}
          pressed={clip.box !== null}
          onClick={() => runCommand('view.clip')}
        />
      </div>
    </div>
  );
}
