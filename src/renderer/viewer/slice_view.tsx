import {
  type PointerEvent as ReactPointer,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { LayerInfo } from '../../contract/app.ts';
import type { Triple } from '../../core/geometry.ts';
import type { Hover, SliceFrame, SliceViewProps } from './props.ts';
import { cursorOf, holdAt, pulledRegion, type RegionHold } from './region_drag.ts';
import { drawSlice, type SlicePicture } from './slice_draw.ts';
import { axesOf, fittedFrame, type SlicePlace, sliceLevel, voxelAt, zoomedFrame } from './slice_frame.ts';
import { fractionsAt, paintSlice, type ShownPlanes, valueAt } from './slice_paint.ts';
import { SliceReader } from './slice_reader.ts';
import type { LayerName } from './source.ts';
import { useLatest } from './use_latest.ts';
import { type LayerDisplays, PHASES } from './view.ts';

const CLICK = 3;
const NAMES = { z: 'xy', y: 'xz', x: 'yz' } as const;

type Drag =
  | { kind: 'cross' }
  | { kind: 'pan'; x: number; y: number; frame: SliceFrame }
  | { kind: 'window'; x: number; y: number; window: [number, number] }
  | { kind: 'region'; hold: RegionHold };

/** Planes of one slice as they came; the picture is painted anew from them as the display changes. */
interface Slice {
  scan: number;
  index: number;
  level: number;
  planes: ShownPlanes;
}

function layersShown(layers: LayerDisplays, there: readonly LayerName[]): LayerName[] {
  const phases = PHASES.some((phase) => layers.phases[phase].visible);
  const wanted = { grey: layers.grey.visible, lvf: layers.lvf.visible, phases };
  return there.filter((layer) => wanted[layer]);
}

/**
 * One plane of a scan. Left: the crosshair (on the edge of a region: its size; inside, with Alt: its place); middle or Shift drag
 * pans; right drag changes the grey window, across its width and down its level; the wheel steps (Shift: 10), with Ctrl it zooms to
 * the pointer. Keyboard: page keys step, + and − zoom, 0 shows all, Alt and arrows pan.
 */
export function SliceView(props: SliceViewProps) {
  const { source, scans, scan, voxelSizeUm, layers, crosshair, axis, regions = [], theme = 'dark', ref } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drag = useRef<Drag | null>(null);
  const latest = useLatest(props);
  const reader = useMemo(() => new SliceReader(source), [source]);
  const [size, setSize] = useState({ width: 0, height: 0, ratio: 1 });
  const [info, setInfo] = useState<LayerInfo | null>(null);
  const [slice, setSlice] = useState<Slice | null>(null);
  const [ownIndex, setOwnIndex] = useState<number | null>(null);
  const [ownFrame, setOwnFrame] = useState<SliceFrame | null>(null);
  const [across, down, along] = axesOf(axis);
  const shape = info?.shape ?? null;

  const wanted = props.index ?? crosshair?.[across] ?? ownIndex ?? (shape ? (shape[across]! - 1) / 2 : 0);
  const index = shape ? Math.max(0, Math.min(shape[across]! - 1, Math.round(wanted))) : 0;
  const there = scans.find((one) => one.index === scan)?.layers;
  const shown = useMemo(() => layersShown(layers, there ?? []).join(), [layers, there]);
  const first = there?.includes('grey') ? 'grey' : there?.[0];

  const [zv, yv, xv] = voxelSizeUm;
  const place = useMemo<SlicePlace | null>(() => {
    if (!shape || size.width === 0) return null;
    const flat = { across, down, along, shape, voxelSizeUm: [zv, yv, xv] as Triple, ...size };
    const given = props.frame ?? ownFrame;
    return { ...flat, frame: given && given.pixelsPerUm > 0 ? given : fittedFrame(flat) };
  }, [shape, size, across, down, along, zv, yv, xv, props.frame, ownFrame]);
  const ready = place !== null;
  const level = place && info ? sliceLevel(place, size.ratio, info.levels) : 0;

  useEffect(() => {
    const element = canvas.current!;
    const measure = () =>
      setSize({ width: element.clientWidth, height: element.clientHeight, ratio: window.devicePixelRatio || 1 });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (!first) return;
    const controller = new AbortController();
    reader.info(scan, first, controller.signal).then(setInfo, (error: Error) => {
      if (!controller.signal.aborted) latest.current.onError?.(error);
    });
    return () => controller.abort();
  }, [reader, scan, first, latest]);

  // A slice that is no longer wanted is not waited for; the last picture stays until the next is whole.
  useEffect(() => {
    if (!ready || shown === '') {
      setSlice(null);
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const names = shown.split(',') as LayerName[];
    Promise.all(
      names.map(async (layer) => {
        const { levels } = await reader.info(scan, layer, signal);
        const own = Math.min(level, levels - 1);
        const planeIndex = Math.floor(index / 2 ** own);
        return [layer, await reader.plane(scan, layer, own, axis, planeIndex, signal)] as const;
      }),
    ).then(
      (planes) => {
        if (!signal.aborted) setSlice({ scan, index, level, planes: Object.fromEntries(planes) });
      },
      (error: Error) => {
        if (!signal.aborted) latest.current.onError?.(error);
      },
    );
    return () => controller.abort();
  }, [reader, scan, shown, axis, index, level, ready, latest]);

  const picture = useMemo<SlicePicture | null>(() => {
    const painted = slice && paintSlice(slice.planes, layers);
    if (!painted) return null;
    const image = document.createElement('canvas');
    [image.width, image.height] = [painted.width, painted.height];
    image.getContext('2d')!.putImageData(new ImageData(painted.pixels, painted.width, painted.height), 0, 0);
    return { image, level: slice.level };
  }, [slice, layers]);

  useEffect(() => {
    const element = canvas.current!;
    const [width, height] = [Math.round(size.width * size.ratio), Math.round(size.height * size.ratio)];
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    const context = element.getContext('2d');
    if (context && place) drawSlice(context, place, picture, { crosshair, regions, index, theme }, size.ratio);
  }, [place, picture, crosshair, regions, index, theme, size]);

  const setFrame = useCallback(
    (frame: SliceFrame) => {
      setOwnFrame(frame);
      latest.current.onFrame?.(frame);
    },
    [latest],
  );
  const step = useCallback(
    (by: number) => {
      if (!shape) return;
      const next = Math.max(0, Math.min(shape[across]! - 1, index + by));
      setOwnIndex(next);
      const { onIndex, onCrosshair, crosshair: at } = latest.current;
      onIndex?.(next);
      if (at && onCrosshair && latest.current.index === undefined)
        onCrosshair(at.map((v, k) => (k === across ? next : v)) as Triple);
    },
    [shape, across, index, latest],
  );

  useEffect(() => {
    const element = canvas.current!;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const delta = event.deltaY || event.deltaX;
      if (delta === 0) return;
      if (!event.ctrlKey && !event.metaKey) return step(Math.sign(delta) * (event.shiftKey ? 10 : 1));
      if (place) setFrame(zoomedFrame(place, Math.exp(-delta * 0.0025), ...pointIn(element, event)));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [place, setFrame, step]);

  const cross = (x: number, y: number) => {
    if (!place) return;
    const [d, a] = voxelAt(place, x, y);
    const voxel: Triple = [0, 0, 0];
    voxel[across] = index;
    voxel[down] = Math.max(0, Math.min(place.shape[down]! - 1, d));
    voxel[along] = Math.max(0, Math.min(place.shape[along]! - 1, a));
    latest.current.onCrosshair?.(voxel);
  };
  const press = (event: ReactPointer) => {
    if (!place) return;
    canvas.current!.setPointerCapture(event.pointerId);
    const [x, y] = pointIn(canvas.current!, event);
    const hold = event.button === 0 && props.onRegion ? holdAt(place, regions, x, y, event.altKey) : null;
    if (event.button === 2) drag.current = { kind: 'window', x, y, window: layers.grey.window };
    else if (event.button === 1 || event.shiftKey) drag.current = { kind: 'pan', x, y, frame: place.frame };
    else if (hold) drag.current = { kind: 'region', hold };
    else {
      drag.current = { kind: 'cross' };
      cross(x, y);
    }
  };
  const pull = (event: ReactPointer) => {
    if (!place) return;
    const element = canvas.current!;
    const [x, y] = pointIn(element, event);
    latest.current.onHover?.(slice && hoverAt(place, slice, index, x, y));
    const held = drag.current;
    if (!held) element.style.cursor = cursorOf(props.onRegion ? holdAt(place, regions, x, y, event.altKey) : null);
    else if (held.kind === 'cross') cross(x, y);
    else if (held.kind === 'region') latest.current.onRegion?.(pulledRegion(place, held.hold, x, y));
    else if (held.kind === 'window') latest.current.onWindow?.(pulledWindow(held, x, y, info));
    else {
      const at = voxelAt(place, x, y);
      const was = voxelAt(place, held.x, held.y);
      setFrame({
        ...held.frame,
        centre: [held.frame.centre[0] - (at[0] - was[0]), held.frame.centre[1] - (at[1] - was[1])],
      });
    }
  };
  const key = (event: React.KeyboardEvent) => {
    if (!place) return;
    const change = keyedFrame(place, event);
    if (event.key === 'PageUp') step(event.shiftKey ? -10 : -1);
    else if (event.key === 'PageDown') step(event.shiftKey ? 10 : 1);
    else if (change) setFrame(change);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  useImperativeHandle(
    ref,
    () => ({
      snapshot: () =>
        new Promise((resolve, reject) => {
          canvas.current!.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made'))));
        }),
      fit: () => {
        if (place) setFrame(fittedFrame(place));
      },
    }),
    [place, setFrame],
  );

  return (
    <canvas
      ref={canvas}
      tabIndex={0}
      role="img"
      aria-label={`${NAMES[axis]} slice ${index}. Page keys step, plus and minus zoom, 0 shows all.`}
      data-shown={slice ? `${slice.scan}/${slice.index}` : ''}
      style={{ width: '100%', height: '100%', display: 'block', touchAction: 'none' }}
      onPointerDown={press}
      onPointerMove={pull}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onPointerLeave={() => latest.current.onHover?.(null)}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={key}
    />
  );
}

function pointIn(element: HTMLElement, { clientX, clientY }: { clientX: number; clientY: number }): [number, number] {
  const { left, top } = element.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

function hoverAt(place: SlicePlace, { planes, level }: Slice, index: number, x: number, y: number): Hover | null {
  const [d, a] = voxelAt(place, x, y);
  const voxel: Triple = [0, 0, 0];
  voxel[place.across] = index;
  voxel[place.down] = d;
  voxel[place.along] = a;
  if (voxel.some((v, k) => v < -0.5 || v >= place.shape[k]! - 0.5)) return null;
  const [row, column] = [d, a].map((v) => Math.floor((v + 0.5) / 2 ** level)) as [number, number];
  const { grey, lvf, phases } = planes;
  return {
    voxel,
    grey: grey ? valueAt(grey, row, column) : null,
    lvf: lvf ? valueAt(lvf, row, column) : null,
    phases: phases ? fractionsAt(phases, row, column) : null,
  };
}

/** A drag over the whole range takes 512 pixels. */
function pulledWindow(
  { x, y, window: [low, high] }: { x: number; y: number; window: [number, number] },
  nowX: number,
  nowY: number,
  info: LayerInfo | null,
): [number, number] {
  const range = info ? info.range[1] - info.range[0] : 65535;
  const unit = (Math.abs(nowX - x) < CLICK && Math.abs(nowY - y) < CLICK ? 0 : range) / 512;
  const centre = (low + high) / 2 + (nowY - y) * unit;
  const half = Math.max(range / 65536, (high - low) / 2 + ((nowX - x) * unit) / 2);
  return [centre - half, centre + half];
}

function keyedFrame(place: SlicePlace, { key, altKey }: { key: string; altKey: boolean }): SliceFrame | null {
  const middle = [place.width / 2, place.height / 2] as const;
  if (key === '+' || key === '=') return zoomedFrame(place, 1.25, ...middle);
  if (key === '-') return zoomedFrame(place, 0.8, ...middle);
  if (key === '0') return fittedFrame(place);
  const way = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[key];
  if (!altKey || !way) return null;
  const centre = voxelAt(place, place.width * (0.5 + 0.1 * way[0]!), place.height * (0.5 + 0.1 * way[1]!));
  return { ...place.frame, centre };
}
