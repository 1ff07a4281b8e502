import type { Storyboard } from './storyboard.ts';

/** How many frames a movie has: frame k shows k/fps seconds, as long as that lies before the end. */
export function frameCount({ shots }: Pick<Storyboard, 'shots'>, fps: number): number {
  const seconds = shots.reduce((sum, shot) => sum + shot.seconds, 0);
  // 2.5 s at 30 a second are 75, whatever the sum of the shots leaves in the last digit.
  return Math.max(1, Math.ceil(seconds * fps - 1e-6));
}
