import { keptCell } from './program.ts';

/** Makes the cell that the specs copy, so that a failure of it ends the run at once. */
export default function setup(): void {
  keptCell();
}
