import {
  createRoot,
  type EventManager,
  events,
  extend,
  type RootStore,
  type ThreeEvent,
  useThree,
} from '@react-three/fiber';
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { Mesh, MeshBasicMaterial, SphereGeometry, setConsoleFunction, Vector3 } from 'three';
import { LineMaterial } from 'three/addons/lines/LineMaterial.js';
import { LineSegments2 } from 'three/addons/lines/LineSegments2.js';
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js';
import { AXES, type AxisName, type Box, type Triple } from '../../core/geometry.ts';
import { movedFace } from './region_drag.ts';
import { boxEdges, crosshairLines, cylinderEdges, lengthAlong, sliceFrames } from './solid_lines.ts';
import type { Solids } from './solids.ts';
import type { Clip, RegionBox } from './view.ts';

extend({ Mesh, SphereGeometry, MeshBasicMaterial });

// @react-three/fiber still makes a clock that three warns of, to no use of ours.
setConsoleFunction((kind: 'log' | 'warn' | 'error', message: string, ...rest: unknown[]) => {
  if (!message.startsWith('THREE.Clock')) console[kind](message, ...rest);
});

const INK = {
  dark: { box: '#5a6068', cross: '#6fa8ff', clip: '#c9ced4' },
  light: { box: '#8c9196', cross: '#1f63d6', clip: '#5a6068' },
} as const;
/** Half the width of a handle, pixels of a picture 720 high. */
const HANDLE = 5;

export interface SolidPartsProps {
  /** Voxels of the volume. */
  shape: Triple;
  voxelSizeUm: Triple;
  regions: readonly RegionBox[];
  crosshair: Triple | null;
  slices: Readonly<Record<AxisName, boolean>>;
  clip: Clip;
  theme: 'dark' | 'light';
  /** A face of the selected region was pulled. */
  onRegion?: ((region: RegionBox) => void) | undefined;
  /** A face of the clip box was pulled. */
  onClip?: ((clip: Clip) => void) | undefined;
}

/** What stands in and around the volume: its edges, regions, the crosshair and slices, and handles where faces can be pulled. */
export function SolidParts(props: SolidPartsProps) {
  const { shape, voxelSizeUm, regions, crosshair, slices, clip, theme, onRegion, onClip } = props;
  const ink = INK[theme];
  const all: Box = { kind: 'box', min: [0, 0, 0], max: shape };
  const drawn = clip.box ?? all;
  const selected = regions.find((region) => region.selected);
  return (
    <>
      <Lines points={boxEdges(all, voxelSizeUm)} colour={ink.box} />
      {regions.map((region) => (
        <Lines key={region.id} points={edgesOf(region, voxelSizeUm)} colour={region.colour} />
      ))}
      {crosshair && (
        <>
          <Lines points={crosshairLines(crosshair, drawn, voxelSizeUm)} colour={ink.cross} />
          <Lines points={sliceFrames(crosshair, slices, drawn, voxelSizeUm)} colour={ink.cross} />
        </>
      )}
      {clip.box && <Lines points={boxEdges(clip.box, voxelSizeUm)} colour={ink.clip} />}
      {selected && onRegion && (
        <Handles
          box={selected.box}
          round={selected.round}
          shape={shape}
          voxelSizeUm={voxelSizeUm}
          colour={selected.colour}
          onBox={(box) => onRegion({ ...selected, box })}
        />
      )}
      {clip.box && onClip && (
        <Handles
          box={clip.box}
          shape={shape}
          voxelSizeUm={voxelSizeUm}
          colour={ink.clip}
          onBox={(box) => onClip({ ...clip, box })}
        />
      )}
    </>
  );
}

function edgesOf({ box, round }: RegionBox, voxelSizeUm: Triple): number[] {
  return round ? cylinderEdges(box, AXES.indexOf(round), voxelSizeUm) : boxEdges(box, voxelSizeUm);
}

/** Lines between pairs of points, x, y, z in µm; as wide as the renderer says. */
function Lines({ points, colour }: { points: readonly number[]; colour: string }) {
  const lines = useMemo(
    () => new LineSegments2(new LineSegmentsGeometry(), new LineMaterial({ color: colour })),
    [colour],
  );
  const key = points.join();
  useLayoutEffect(() => {
    lines.geometry.dispose();
    lines.geometry = new LineSegmentsGeometry();
    lines.visible = key !== '';
    if (lines.visible) lines.geometry.setPositions(key.split(',').map(Number));
    lines.frustumCulled = false;
    lines.raycast = () => {};
  }, [lines, key]);
  useEffect(
    () => () => {
      lines.geometry.dispose();
      lines.material.dispose();
    },
    [lines],
  );
  return <primitive object={lines} />;
}

interface HandlesProps {
  box: Box;
  /** The axis of a cylinder that the box stands for. */
  round?: AxisName | undefined;
  shape: Triple;
  voxelSizeUm: Triple;
  colour: string;
  onBox: (box: Box) => void;
}

/** A handle in the middle of each face of a box; a pull moves the face along its axis, over whole voxels. */
function Handles({ box, round, shape, voxelSizeUm, colour, onBox }: HandlesProps) {
  const ends = AXES.flatMap((name, axis) => [0, 1].map((end) => ({ name, axis, end })));
  return ends.map(({ name, axis, end }) => (
    <Handle
      key={`${name}${end}`}
      at={
        box.min.map((low, k) => {
          const n = k === axis ? (end ? box.max[k]! : low) : (low + box.max[k]!) / 2;
          return (n - 0.5) * voxelSizeUm[k]!;
        }) as Triple
      }
      axis={axis}
      colour={colour}
      onPull={(um) =>
        onBox(movedFace({ box, ...(round && { round }) }, axis, end, Math.round(um / voxelSizeUm[axis]! + 0.5), shape))
      }
    />
  ));
}

/** `at` in µm, z, y, x; `onPull` gets the place along the axis that it is pulled to. */
function Handle(props: { at: Triple; axis: number; colour: string; onPull: (um: number) => void }) {
  const { at, axis, colour, onPull } = props;
  const [held, setHeld] = useState<{ grip: number } | null>(null);
  const [over, setOver] = useState(false);
  const { style } = useThree(({ gl }) => gl.domElement);
  useEffect(() => {
    if (!over && !held) return;
    style.cursor = held ? 'grabbing' : 'grab';
    return () => {
      style.cursor = '';
    };
  }, [over, held, style]);
  const [z, y, x] = at;
  const way = new Vector3().setComponent(2 - axis, 1);
  const along = (event: ThreeEvent<PointerEvent>) => lengthAlong(event.ray, new Vector3(x, y, z), way);
  const take = (event: ThreeEvent<PointerEvent>) => {
    // The view behind must not turn.
    event.stopPropagation();
    event.nativeEvent.stopPropagation();
    (event.target as Element).setPointerCapture(event.pointerId);
    setHeld({ grip: along(event) });
  };
  const release = (event: ThreeEvent<PointerEvent>) => {
    (event.target as Element).releasePointerCapture(event.pointerId);
    setHeld(null);
  };
  return (
    <mesh
      position={[x, y, z]}
      userData={{ pixels: over || held ? HANDLE * 1.3 : HANDLE }}
      onPointerDown={take}
      onPointerMove={(event) => {
        if (!held) return;
        event.stopPropagation();
        onPull(at[axis]! + along(event) - held.grip);
      }}
      onPointerUp={release}
      onPointerOver={() => setOver(true)}
      onPointerOut={() => setOver(false)}
    >
      <sphereGeometry args={[1, 16, 12]} />
      <meshBasicMaterial color={colour} />
    </mesh>
  );
}

/** Tells after each commit, so that a picture follows. */
function Committed({ children, then }: { children: ReactNode; then: () => void }) {
  useLayoutEffect(then);
  return children;
}

export interface SolidRoot {
  render(props: SolidPartsProps): void;
  unmount(): void;
}

/** React's hold on the solid things of a renderer: what it renders there stands in the next picture. */
export function solidRoot(canvas: HTMLCanvasElement, solids: Solids, redraw: () => void): SolidRoot {
  const root = createRoot(canvas);
  void root.configure({
    gl: solids.three,
    scene: solids.scene,
    camera: solids.camera,
    events: (store) => pointerEvents(store, canvas),
    // When to draw, how large and in which colours is the renderer's to say.
    frameloop: 'never',
    dpr: 1,
    size: { width: 1, height: 1, top: 0, left: 0 },
    legacy: true,
    linear: true,
    flat: true,
  });
  return {
    render: (props) => {
      root.render(
        <Committed then={redraw}>
          <SolidParts {...props} />
        </Committed>,
      );
    },
    unmount: () => root.unmount(),
  };
}

/** Rays from the pointer through the camera as it drew last. */
function pointerEvents(store: RootStore, canvas: HTMLCanvasElement): EventManager<HTMLElement> {
  return {
    ...events(store),
    compute: (event, { pointer, raycaster, camera }) => {
      raycaster.camera = camera;
      pointer.set((2 * event.offsetX) / canvas.clientWidth - 1, 1 - (2 * event.offsetY) / canvas.clientHeight);
      const { origin, direction } = raycaster.ray;
      origin.set(pointer.x, pointer.y, -1).unproject(camera);
      direction.set(pointer.x, pointer.y, 1).unproject(camera).sub(origin).normalize();
    },
  };
}
