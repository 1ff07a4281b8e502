import type { AppScan, ProjectState } from '../../contract/app.ts';
import { useSession } from './session.ts';
import { useView } from './view.ts';

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;

/** Places of scans on the time axis, hours; where no time is known, one after another. */
export function scanTimes(scans: readonly AppScan[]): number[] {
  const known = scans.every(({ timeH }) => timeH !== null);
  return scans.map(({ timeH }, index) => (known ? timeH! : index));
}

export function timesKnown(scans: readonly AppScan[]): boolean {
  return scans.length > 0 && scans.every(({ timeH }) => timeH !== null);
}

/** The scan nearest to a time. */
export function nearestScan(times: readonly number[], timeH: number): number {
  let nearest = 0;
  for (let index = 1; index < times.length; index++)
    if (Math.abs(times[index]! - timeH) < Math.abs(times[nearest]! - timeH)) nearest = index;
  return nearest;
}

/** Index of the scan `steps` on, around the ends in a loop, held at them otherwise. */
export function stepped(scan: number, steps: number, count: number, loop: boolean): number {
  if (count === 0) return 0;
  const next = scan + steps;
  return loop ? ((next % count) + count) % count : Math.max(0, Math.min(count - 1, next));
}

function scansOf(project: ProjectState | null): readonly AppScan[] {
  return project?.scans ?? [];
}

export function showScan(scan: number): void {
  const count = scansOf(useSession.getState().project).length;
  if (count > 0) useView.setState({ scan: Math.max(0, Math.min(count - 1, scan)) });
}

export function stepTime(steps: number): void {
  const count = scansOf(useSession.getState().project).length;
  useView.setState(({ scan }) => ({ scan: stepped(scan, steps, count, false) }));
}

let timer = 0;

/** Plays from here, or from the start where the end was reached; pauses where it plays. */
export function togglePlay(): void {
  const { playing, scan } = useView.getState();
  const count = scansOf(useSession.getState().project).length;
  if (playing || count < 2) {
    pause();
    return;
  }
  useView.setState({ playing: true, scan: scan >= count - 1 ? 0 : scan });
  schedule();
}

export function pause(): void {
  window.clearTimeout(timer);
  useView.setState({ playing: false });
}

function schedule(): void {
  timer = window.setTimeout(() => {
    const { playing, scan, loop } = useView.getState();
    const count = scansOf(useSession.getState().project).length;
    if (!playing || count < 2) return pause();
    if (!loop && scan >= count - 1) return pause();
    useView.setState({ scan: stepped(scan, 1, count, loop) });
    schedule();
  }, 1000 / useView.getState().speed);
}

export function changeSpeed(direction: 1 | -1): void {
  useView.setState(({ speed }) => {
    const at = SPEEDS.findIndex((one) => one >= speed);
    return { speed: SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at + direction))]! };
  });
}
