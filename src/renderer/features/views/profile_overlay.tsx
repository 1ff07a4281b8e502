import { type PointerEvent, useRef, useState } from 'react';
import type { AxisName, Triple } from '../../../core/geometry.ts';
import { type ProfileLine, useView } from '../../state/view.ts';
import type { SliceFrame } from '../../viewer/index.ts';
import { showPanel } from '../workspace/dock.ts';
import { AXIS_OF, type Canvas, clamped, toPixels, toVoxel } from './place.ts';

type End = 'from' | 'to';

/** The profile's line where it lies in this slice: drawn by a drag, its ends grabbed where they are seen. */
export function ProfileOverlay({
  axis,
  index,
  frame,
  canvas,
  shape,
  voxelSizeUm,
  drawing,
}: {
  axis: AxisName;
  index: number;
  frame: SliceFrame;
  canvas: Canvas;
  shape: Triple;
  voxelSizeUm: Triple;
  drawing: boolean;
}) {
  const profile = useView((view) => view.profile);
  const grabbed = useRef<End | null>(null);
  const [near, setNear] = useState(false);
  if (canvas.width === 0) return null;
  const here = profile?.axis === axis ? profile : null;
  const inPlane = here !== null && Math.round(here.from[AXIS_OF[axis]]) === index;

  const voxelAt = (event: PointerEvent): Triple => {
    const bounds = event.currentTarget.closest('svg')!.getBoundingClientRect();
    const place = [event.clientX - bounds.left, event.clientY - bounds.top] as const;
    return clamped(toVoxel(place, axis, index, frame, voxelSizeUm, canvas), shape);
  };
  const start = (event: PointerEvent, end: End | null) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.closest('svg')!.setPointerCapture(event.pointerId);
    const voxel = voxelAt(event);
    grabbed.current = end ?? 'to';
    if (!end) useView.setState({ profile: { axis, from: voxel, to: voxel }, activeView: axis });
  };
  const move = (event: PointerEvent) => {
    if (!grabbed.current) return;
    const line = useView.getState().profile;
    if (line) useView.setState({ profile: { ...line, [grabbed.current]: voxelAt(event) } as ProfileLine });
  };
  const end = () => {
    if (!grabbed.current) return;
    grabbed.current = null;
    useView.setState({ tool: 'none' });
    const line = useView.getState().profile;
    if (line?.from.every((place, at) => place === line.to[at])) useView.setState({ profile: null });
    else showPanel('profile');
  };
  const [from, to] = here
    ? [here.from, here.to].map((voxel) => toPixels(voxel, axis, frame, voxelSizeUm, canvas))
    : [null, null];
  return (
    <svg
      className={`profile-overlay${drawing ? ' drawing' : ''}`}
      aria-hidden="true"
      width={canvas.width}
      height={canvas.height}
      onPointerDown={(event) => drawing && start(event, null)}
      onPointerMove={move}
      onPointerUp={end}
    >
      {from && to && (
        <g className={inPlane ? '' : 'elsewhere'}>
          <line className="profile-halo" x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
          <line className="profile-line" x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
          {(['from', 'to'] as const).map((name) => {
            const [x, y] = name === 'from' ? from : to;
            return (
              <circle
                key={name}
                className="profile-end"
                cx={x}
                cy={y}
                r={near ? 6 : 5}
                onPointerEnter={() => setNear(true)}
                onPointerLeave={() => setNear(false)}
                onPointerDown={(event) => start(event, name)}
              />
            );
          })}
        </g>
      )}
    </svg>
  );
}
