import { type PointerEvent, useEffect, useState } from 'react';
import type { AxisName, Region, Triple } from '../../../core/geometry.ts';
import { boundsOf } from '../../../core/regions.ts';
import { digits } from '../../components/format.ts';
import { useView } from '../../state/view.ts';
import type { SliceFrame } from '../../viewer/index.ts';
import { type Canvas, clamped, PLANE_AXES, toPixels, toVoxel } from '../views/place.ts';
import { addRegion } from './change.ts';
import { drawnRegion, type Tool } from './draw.ts';

/** Takes the drag that draws a region in this slice, and shows it with its size as it grows. */
export function DrawOverlay({
  axis,
  index,
  frame,
  canvas,
  shape,
  voxelSizeUm,
}: {
  axis: AxisName;
  index: number;
  frame: SliceFrame;
  canvas: Canvas;
  shape: Triple;
  voxelSizeUm: Triple;
}) {
  const tool = useView((view) => view.tool);
  const [drag, setDrag] = useState<{ from: Triple; to: Triple } | null>(null);
  const drawing = tool === 'box' || tool === 'cylinder';
  useEffect(() => {
    if (!drawing) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      setDrag(null);
      useView.setState({ tool: 'none' });
    };
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => window.removeEventListener('keydown', onKeyDown, { capture: true });
  }, [drawing]);
  if (!drawing || canvas.width === 0) return null;
  const region = drag && drawnRegion(tool as Tool, axis, drag.from, drag.to, shape, voxelSizeUm);

  const voxelAt = (event: PointerEvent<SVGSVGElement>): Triple => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return clamped(
      toVoxel([event.clientX - left, event.clientY - top], axis, index, frame, voxelSizeUm, canvas),
      shape,
    );
  };
  const onPointerDown = (event: PointerEvent<SVGSVGElement>) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    const from = voxelAt(event);
    setDrag({ from, to: from });
  };
  const onPointerUp = () => {
    if (!region || !drag) return;
    setDrag(null);
    const [down, right] = PLANE_AXES[axis];
    const moved = Math.max(Math.abs(drag.to[down] - drag.from[down]), Math.abs(drag.to[right] - drag.from[right]));
    if (moved < 1) return;
    useView.setState({ tool: 'none' });
    void addRegion(region);
  };
  return (
    <svg
      className="draw-overlay"
      aria-hidden="true"
      width={canvas.width}
      height={canvas.height}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: voxelAt(event) })}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      {region && <Outline {...{ region, axis, frame, canvas, voxelSizeUm }} />}
    </svg>
  );
}

function Outline({
  region,
  axis,
  frame,
  canvas,
  voxelSizeUm,
}: {
  region: Region;
  axis: AxisName;
  frame: SliceFrame;
  canvas: Canvas;
  voxelSizeUm: Triple;
}) {
  const { min, max } = boundsOf(region);
  const half = (place: Triple) => place.map((at) => at - 0.5) as Triple;
  const [left, top] = toPixels(half(min), axis, frame, voxelSizeUm, canvas);
  const [right, bottom] = toPixels(half(max), axis, frame, voxelSizeUm, canvas);
  const [down, along] = PLANE_AXES[axis];
  const um = (k: number) => digits((max[k]! - min[k]!) * voxelSizeUm[k]!);
  const words = region.kind === 'cylinder' ? `⌀ ${um(along)} µm` : `${um(along)} × ${um(down)} µm`;
  const shape = { className: 'drawn-outline', fill: 'none' };
  return (
    <>
      {region.kind === 'cylinder' ? (
        <ellipse
          {...shape}
          cx={(left + right) / 2}
          cy={(top + bottom) / 2}
          rx={(right - left) / 2}
          ry={(bottom - top) / 2}
        />
      ) : (
        <rect {...shape} x={left} y={top} width={right - left} height={bottom - top} />
      )}
      <text className="drawn-size" x={left + 4} y={Math.max(14, top - 6)}>
        {words}
      </text>
    </>
  );
}
