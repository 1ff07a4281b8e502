import type { PointerEvent } from 'react';

/** Nearer moves are a shaky press. */
const SHAKE = 3;

/** Follows a press until it is let go: `move` hears how many pixels to the right, `end` whether it went anywhere. */
export function drag(
  press: PointerEvent<HTMLElement>,
  move: (pixels: number) => void,
  end: (moved: boolean) => void,
): void {
  if (press.button !== 0) return;
  const target = press.currentTarget;
  const from = press.clientX;
  let moved = false;
  target.setPointerCapture(press.pointerId);
  const onMove = (event: globalThis.PointerEvent) => {
    if (!moved && Math.abs(event.clientX - from) < SHAKE) return;
    moved = true;
    move(event.clientX - from);
  };
  const onEnd = () => {
    target.removeEventListener('pointermove', onMove);
    target.removeEventListener('pointerup', onEnd);
    target.removeEventListener('pointercancel', onEnd);
    end(moved);
  };
  target.addEventListener('pointermove', onMove);
  target.addEventListener('pointerup', onEnd);
  target.addEventListener('pointercancel', onEnd);
}
