import type { PointerEvent } from 'react';
import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { boardOf, commit, sketch, useMovies } from './boards.ts';
import { changedPanel, shotAt } from './edit.ts';

/** Sides that a dragged edge catches at, as shares of the picture. */
const GRID = 0.005;
const LEAST = 0.05;

type Rect = [number, number, number, number];
type Grip = 'move' | 'nw' | 'ne' | 'sw' | 'se';

/** Frames of the panels over the picture: a press selects one; the selected one is moved, and sized by its corners. */
export function PanelFrames({ board, width, height }: { board: Storyboard; width: number; height: number }) {
  const selection = useMovies((movies) => movies.selection);
  const second = useMovies((movies) => movies.second);
  const { shot } = shotAt(board, second);
  const chosen = selection && 'panel' in selection && selection.shot === shot ? selection.panel : null;
  const { panels } = board.shots[shot]!;
  return (
    <div className="panel-frames">
      {panels.map(({ id, rect: [x, y, w, h] }) => (
        <div
          key={id}
          className={`panel-frame${id === chosen ? ' chosen' : ''}`}
          style={{ left: x * width, top: y * height, width: w * width, height: h * height }}
          onPointerDown={(event) => press(event, 'move', shot, id, [width, height])}
        >
          {id === chosen &&
            (['nw', 'ne', 'sw', 'se'] as const).map((grip) => (
              <span
                key={grip}
                className={`panel-grip ${grip}`}
                onPointerDown={(event) => press(event, grip, shot, id, [width, height])}
              />
            ))}
        </div>
      ))}
    </div>
  );
}

/** A rectangle after a drag by shares of the picture, inside it and never too small. */
export function pulled([x, y, w, h]: Rect, grip: Grip, right: number, down: number): Rect {
  const snap = (share: number) => Number((Math.round(share / GRID) * GRID).toFixed(4));
  const within = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));
  if (grip === 'move') return [within(snap(x + right), 0, 1 - w), within(snap(y + down), 0, 1 - h), w, h];
  let [left, top, end, bottom] = [x, y, x + w, y + h];
  if (grip.endsWith('w')) left = within(snap(left + right), 0, end - LEAST);
  else end = within(snap(end + right), left + LEAST, 1);
  if (grip.startsWith('n')) top = within(snap(top + down), 0, bottom - LEAST);
  else bottom = within(snap(bottom + down), top + LEAST, 1);
  const tidy = (share: number) => Number(share.toFixed(4));
  return [tidy(left), tidy(top), tidy(end - left), tidy(bottom - top)];
}

function press(
  event: PointerEvent<HTMLElement>,
  grip: Grip,
  shot: number,
  panel: string,
  [width, height]: [number, number],
): void {
  if (event.button !== 0) return;
  event.stopPropagation();
  const state = useMovies.getState();
  const board = boardOf(state)!;
  const selected = state.selection && 'panel' in state.selection && state.selection.panel === panel;
  if (!selected) useMovies.setState({ selection: { kind: 'panel', shot, panel } });
  const target = event.currentTarget;
  const from = [event.clientX, event.clientY] as const;
  const { rect } = board.shots[shot]!.panels.find(({ id }) => id === panel)!;
  let moved = false;
  target.setPointerCapture(event.pointerId);
  const onMove = ({ clientX, clientY }: globalThis.PointerEvent) => {
    const [right, down] = [clientX - from[0], clientY - from[1]];
    if (!moved && Math.hypot(right, down) < 4) return;
    moved = true;
    sketch(changedPanel(board, shot, panel, { rect: pulled(rect, grip, right / width, down / height) }));
  };
  const onEnd = () => {
    target.removeEventListener('pointermove', onMove);
    const { draft } = useMovies.getState();
    if (moved && draft) void commit(draft);
  };
  target.addEventListener('pointermove', onMove);
  target.addEventListener('pointerup', onEnd, { once: true });
  target.addEventListener('pointercancel', onEnd, { once: true });
}
