import type { Shot } from '../../../core/movie/storyboard.ts';
import type { DrawStills, StillAsk } from '../../media/figures/drawing.ts';
import type { Picture } from '../../media/png.ts';
import type { ProjectContents } from '../../project/project_results.ts';
import type { Surroundings } from '../../project/surroundings.ts';
import { drawStills } from './stills.ts';
import type { StageDoor } from './window.ts';

/** What draws the cells of a figure in 3D. `open` gives a door for as long as its work goes on. */
export function figureStills(
  contents: readonly ProjectContents[],
  around: Surroundings,
  open: <T>(work: (door: StageDoor) => Promise<T>) => Promise<T>,
  threads?: number,
): DrawStills {
  return async (asked, signal) =>
    await open(async (door) => {
      const pictures = new Map<StillAsk, Picture>();
      // A shot's scan is one of its first project's: each project is drawn by itself.
      for (const [key, some] of Map.groupBy(asked, ({ project, size }) => `${project} ${size.join(' ')}`)) {
        const project = contents[Number(key.split(' ')[0])]!;
        const options = { size: some[0]!.size, ...(threads === undefined ? {} : { threads }) };
        const drawn = await drawStills([project], some.map(shotOf), options, { ...around, signal }, door);
        for (const [k, picture] of drawn.entries()) pictures.set(some[k]!, picture);
      }
      return asked.map((one) => pictures.get(one)!);
    });
}

function shotOf({ scan, camera, layers, clip }: StillAsk): Shot {
  return {
    seconds: 1,
    time: { kind: 'hold', at: { scan } },
    panels: [
      {
        id: 'cell',
        kind: 'volume',
        rect: [0, 0, 1, 1],
        camera: [{ at: 0, value: camera }],
        ...(layers ? { layers: [{ at: 0, value: layers }] } : {}),
        ...(clip ? { clip: [{ at: 0, value: clip }] } : {}),
      },
    ],
  };
}
