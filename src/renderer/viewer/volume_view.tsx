import {
  type PointerEvent as ReactPointer,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from 'react';
import type { Triple } from '../../core/geometry.ts';
import { gpuBudget } from './budget.ts';
import { firstCamera, panned, turned, umPerPixel, zoomed } from './camera.ts';
import type { VolumeViewProps } from './props.ts';
import { createVolumeRenderer, type VolumeRenderer } from './renderer.ts';
import { drawScaleBar, scaleBar } from './scale_bar.ts';
import { type SolidRoot, solidRoot } from './solid_parts.tsx';
import { useLatest } from './use_latest.ts';
import type { Camera, Clip, RegionBox } from './view.ts';

const MIB = 2 ** 20;
/** A press that moves less is a click, CSS pixels. */
const CLICK = 4;
const NO_SLICES = { z: false, y: false, x: false };
const NO_REGIONS: readonly RegionBox[] = [];
const NO_CLIP = { box: null, planes: [] };
const UP = { axis: 'z', end: 'high' } as const;

interface Drag {
  kind: 'turn' | 'pan';
  x: number;
  y: number;
  moved: number;
}

/**
 * The cell in 3D: the volume by our renderer, what stands in and around it by three, declared in React.
 * Left drag turns, right or Shift drag pans, the wheel zooms to the pointer, a click picks, a double click sets the
 * crosshair, handles pull faces; with the keyboard Alt and arrows turn, + and − zoom, 0 shows all.
 */
export function VolumeView(props: VolumeViewProps) {
  const { source, voxelSizeUm, scans, scan, layers, theme = 'dark', gpuMiB, ref } = props;
  const place = useRef<HTMLDivElement>(null);
  const renderer = useRef<VolumeRenderer | null>(null);
  const solids = useRef<SolidRoot | null>(null);
  const drag = useRef<Drag | null>(null);
  const latest = useLatest(props);
  const [camera, setCamera] = useState<Camera | null>(null);
  const [shape, setShape] = useState<Triple | null>(null);
  const [broken, setBroken] = useState<string | null>(null);
  const [height, setHeight] = useState(1);
  const [zv, yv, xv] = voxelSizeUm;

  const move = useCallback(
    (next: Camera) => {
      renderer.current?.set({ camera: next });
      setCamera(next);
      latest.current.onCamera?.(next);
    },
    [latest],
  );

  useEffect(() => {
    if (gpuMiB) gpuBudget.total = gpuMiB * MIB;
  }, [gpuMiB]);

  useEffect(() => {
    // A canvas of its own for each renderer: its context goes with it.
    const canvas = canvasIn(place.current!);
    const { camera: given, up, playing } = latest.current;
    let made: VolumeRenderer;
    try {
      made = createVolumeRenderer(canvas, {
        source,
        voxelSizeUm: [zv, yv, xv],
        view: { camera: given ?? null, up: up ?? UP, playing: playing ?? 0 },
        onCamera: (first) => {
          setCamera(first);
          latest.current.onCamera?.(first);
        },
        onLoaded: (loaded) => latest.current.onLoaded?.(loaded),
        onGpu: (use) => latest.current.onGpu?.(use),
        onError: (error) => latest.current.onError?.(error),
        onPicture: (shown) => {
          canvas.dataset['shown'] = String(shown);
          setShape((before) => (String(before) === String(made.shape) ? before : made.shape));
        },
      });
    } catch (error) {
      canvas.remove();
      setBroken((error as Error).message);
      latest.current.onError?.(error as Error);
      return;
    }
    renderer.current = made;
    setShape(null);
    solids.current = solidRoot(canvas, made.solids, () => made.redraw());
    const follow = () => {
      const ratio = window.devicePixelRatio || 1;
      made.resize(canvas.clientWidth * ratio, canvas.clientHeight * ratio);
      setHeight(Math.max(1, canvas.clientHeight));
    };
    follow();
    const observer = new ResizeObserver(follow);
    observer.observe(canvas);
    return () => {
      observer.disconnect();
      renderer.current = null;
      solids.current?.unmount();
      solids.current = null;
      made.dispose();
      canvas.remove();
    };
  }, [source, zv, yv, xv, latest]);

  const { crosshair, slices = NO_SLICES, clip = NO_CLIP, regions = NO_REGIONS, playing = 0, up = UP } = props;
  useEffect(() => {
    renderer.current?.set({ scans, scan, layers, crosshair, slices, clip, regions, playing, theme, up });
  }, [scans, scan, layers, crosshair, slices, clip, regions, playing, theme, up]);

  // Who listens may be another function with every rendering, and a picture in software takes a second.
  const [pulls, cuts] = [props.onRegion !== undefined, props.onClip !== undefined];
  useEffect(() => {
    if (!shape) return;
    const onRegion = pulls ? (region: RegionBox) => latest.current.onRegion?.(region) : undefined;
    const onClip = cuts ? (next: Clip) => latest.current.onClip?.(next) : undefined;
    const voxels: Triple = [zv, yv, xv];
    solids.current?.render({ shape, voxelSizeUm: voxels, regions, crosshair, slices, clip, theme, onRegion, onClip });
  }, [shape, zv, yv, xv, regions, crosshair, slices, clip, theme, pulls, cuts, latest]);

  const given = props.camera;
  useEffect(() => {
    if (given && given !== renderer.current?.view.camera) {
      renderer.current?.set({ camera: given });
      setCamera(given);
    }
  }, [given]);

  const fitAll = useCallback(() => {
    const shown = renderer.current?.shape;
    if (!shown) return;
    const { clientWidth, clientHeight } = place.current!;
    const aspect = clientWidth / Math.max(1, clientHeight);
    const first = firstCamera(shown, [zv, yv, xv], latest.current.up ?? UP, aspect);
    move({ ...first, projection: renderer.current?.view.camera?.projection ?? first.projection });
  }, [move, zv, yv, xv, latest]);

  useImperativeHandle(ref, () => ({ snapshot: () => snapshot(renderer.current!, theme), fit: fitAll }), [
    fitAll,
    theme,
  ]);

  // React listens to wheels passively, and a view that zooms must not scroll its panel.
  useEffect(() => {
    const element = place.current!;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const now = renderer.current?.view.camera;
      if (!now) return;
      const { left, top, width, height: h } = element.getBoundingClientRect();
      const [right, down] = [event.clientX - left - width / 2, event.clientY - top - h / 2];
      move(zoomed(now, Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), right, down, h));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [move]);

  const pointOf = (event: { clientX: number; clientY: number }) => {
    const { left, top } = place.current!.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top] as const;
  };
  const press = (event: ReactPointer) => {
    place.current!.setPointerCapture(event.pointerId);
    const kind = event.button === 0 && !event.shiftKey ? 'turn' : 'pan';
    drag.current = { kind, x: event.clientX, y: event.clientY, moved: 0 };
  };
  const pull = (event: ReactPointer) => {
    const held = drag.current;
    const now = renderer.current?.view.camera;
    if (!held || !now) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    held.moved += Math.hypot(dx, dy);
    Object.assign(held, { x: event.clientX, y: event.clientY });
    if (held.moved < CLICK) return;
    move(
      held.kind === 'turn'
        ? turned(now, (dx / height) * Math.PI, (dy / height) * Math.PI)
        : panned(now, dx, dy, height),
    );
  };
  const release = async (event: ReactPointer) => {
    const held = drag.current;
    drag.current = null;
    if (!held || held.moved >= CLICK || event.button !== 0 || !latest.current.onPick) return;
    latest.current.onPick((await renderer.current?.pick(...pointOf(event))) ?? null);
  };
  const cross = async (event: React.MouseEvent) => {
    const pick = await renderer.current?.pick(...pointOf(event));
    if (pick) latest.current.onCrosshair?.(pick.voxel);
  };
  const key = (event: React.KeyboardEvent) => {
    const now = renderer.current?.view.camera;
    const next = now && keyed(now, event);
    if (event.key === '0') fitAll();
    else if (next) move(next);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  if (broken) return <p role="alert">{broken}</p>;
  const bar = camera && scaleBar(umPerPixel(camera, height), 140);
  const ink = theme === 'dark' ? '#f2f3f4' : '#16181a';
  return (
    <div style={{ position: 'relative', width: '100%', height: '100%', overflow: 'hidden' }}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the canvas in it takes the focus and says what keys do */}
      <div
        ref={place}
        style={{ position: 'absolute', inset: 0, touchAction: 'none' }}
        onPointerDown={press}
        onPointerMove={pull}
        onPointerUp={release}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onDoubleClick={cross}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={key}
      />
      {bar && (
        <div
          style={{
            position: 'absolute',
            right: 14,
            bottom: 12,
            textAlign: 'center',
            pointerEvents: 'none',
            color: ink,
          }}
        >
          <div style={{ font: '600 12px/16px "Inter Variable", system-ui, sans-serif' }}>{bar.label}</div>
          <div style={{ width: bar.pixels, height: 3, background: ink }} />
        </div>
      )}
    </div>
  );
}

/** A canvas that fills an element. */
function canvasIn(place: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'The cell in 3D. Alt and arrows turn it, plus and minus zoom, 0 shows all.');
  canvas.dataset['shown'] = '-1';
  Object.assign(canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%', display: 'block' });
  place.append(canvas);
  return canvas;
}

const TURN = Math.PI / 24;

function keyed(camera: Camera, { key, altKey }: { key: string; altKey: boolean }): Camera | null {
  if (key === '+' || key === '=') return zoomed(camera, 1.15);
  if (key === '-') return zoomed(camera, 1 / 1.15);
  if (!altKey) return null;
  if (key === 'ArrowLeft') return turned(camera, -TURN, 0);
  if (key === 'ArrowRight') return turned(camera, TURN, 0);
  if (key === 'ArrowUp') return turned(camera, 0, -TURN);
  if (key === 'ArrowDown') return turned(camera, 0, TURN);
  return null;
}

/** The final picture with its scale bar. */
async function snapshot(renderer: VolumeRenderer, theme: 'dark' | 'light'): Promise<Blob> {
  const picture = await createImageBitmap(await renderer.snapshot());
  const sheet = document.createElement('canvas');
  [sheet.width, sheet.height] = [picture.width, picture.height];
  const context = sheet.getContext('2d')!;
  context.drawImage(picture, 0, 0);
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [picture.width / ratio, picture.height / ratio];
  context.scale(ratio, ratio);
  drawScaleBar(context, umPerPixel(renderer.view.camera!, height), width, height, theme);
  return new Promise((resolve, reject) => {
    sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made'))), 'image/png');
  });
}
