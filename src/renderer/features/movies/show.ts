import { arrangeMovie, hasPanel, showPanel } from '../workspace/dock.ts';

/** Brings the open storyboard to the front: its picture, its timeline and what is selected; at first with room for them. */
export function showMovie(): void {
  if (!hasPanel('movie')) arrangeMovie();
  showPanel('movie');
  showPanel('movie-facts');
  showPanel('storyboard');
}
