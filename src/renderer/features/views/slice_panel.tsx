import { useEffect, useMemo, useRef, useState } from 'react';
import type { AxisName, Triple } from '../../../core/geometry.ts';
import { Empty } from '../../components/controls.tsx';
import { digits, fixed } from '../../components/format.ts';
import { setLayer, useProbe, useView } from '../../state/view.ts';
import { useTheme } from '../../style/theme.ts';
import { type Hover, type SliceFrame, SliceView } from '../../viewer/index.ts';
import { moveRegion } from '../regions/change.ts';
import { DrawOverlay } from '../regions/draw_overlay.tsx';
import { useRegionBoxes } from '../regions/region_list.ts';
import { fillView } from '../workspace/dock.ts';
import { AXIS_OF, type Canvas, centreOf, fitScale, PLANE_AXES, PLANE_NAMES } from './place.ts';
import { ProfileOverlay } from './profile_overlay.tsx';
import { takeHandle, tellViewError, useSeries } from './series.ts';
import './views.css';

export function SlicePanel({ axis }: { axis: AxisName }) {
  const series = useSeries();
  const theme = useTheme();
  const layers = useView((view) => view.layers);
  const crosshair = useView((view) => view.crosshair);
  const active = useView((view) => view.activeView === axis);
  const drawing = useView((view) => view.tool === 'profile');
  const regions = useRegionBoxes();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useCanvas(box);
  const [chosen, setChosen] = useState<SliceFrame | null>(null);
  const handle = useMemo(() => (view: Parameters<typeof takeHandle>[1]) => takeHandle(axis, view), [axis]);
  if (!series) return <Empty title="No scans">A project needs at least one scan.</Empty>;

  const { shape, voxelSizeUm } = series;
  const [down, right] = PLANE_AXES[axis];
  const fit: SliceFrame = {
    centre: [(shape[down] - 1) / 2, (shape[right] - 1) / 2],
    pixelsPerUm: fitScale(axis, shape, voxelSizeUm, canvas),
  };
  const frame = chosen && chosen.pixelsPerUm > 0 ? chosen : fit;
  const place = crosshair ?? centreOf(shape);
  const index = Math.round(place[AXIS_OF[axis]]);
  const setIndex = (next: number) => {
    const moved: Triple = [...place];
    moved[AXIS_OF[axis]] = Math.max(0, Math.min(shape[AXIS_OF[axis]] - 1, next));
    useView.setState({ crosshair: moved });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys do the same through commands
    <div
      className={`view slice${active ? ' active' : ''}`}
      ref={box}
      onPointerDownCapture={() => useView.setState({ activeView: axis })}
      onDoubleClick={() => fillView(axis)}
      onPointerLeave={() => useProbe.setState({ probe: null })}
    >
      <SliceView
        {...series}
        ref={handle}
        axis={axis}
        index={index}
        onIndex={setIndex}
        layers={layers}
        crosshair={place}
        onCrosshair={(voxel) => useView.setState({ crosshair: voxel })}
        frame={canvas.width > 0 ? frame : undefined}
        onFrame={setChosen}
        onHover={probe}
        onWindow={(window) => {
          setLayer('grey', { window });
          useView.setState({ windowSet: true, activeLayer: 'grey' });
        }}
        regions={regions}
        onRegion={moveRegion}
        onError={tellViewError}
        theme={theme}
      />
      <ProfileOverlay {...{ axis, index, frame, canvas, shape, voxelSizeUm, drawing }} />
      <DrawOverlay {...{ axis, index, frame, canvas, shape, voxelSizeUm }} />
      <p className="view-label">
        <strong>{PLANE_NAMES[axis]}</strong> {axis} = {index}
        <span> ({fixed(index * voxelSizeUm[AXIS_OF[axis]], 1)} µm)</span>
        {Math.abs(frame.pixelsPerUm / fit.pixelsPerUm - 1) > 0.005 && (
          <button type="button" onClick={() => setChosen(null)} title="Fit the slice into the view">
            {digits((frame.pixelsPerUm / fit.pixelsPerUm) * 100, 3)} %
          </button>
        )}
      </p>
    </div>
  );
}

function probe(hover: Hover | null): void {
  useProbe.setState({ probe: hover && { voxel: hover.voxel, grey: hover.grey, lvf: hover.lvf } });
}

function useCanvas(box: { current: HTMLDivElement | null }): Canvas {
  const [canvas, setCanvas] = useState<Canvas>({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setCanvas({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return canvas;
}
