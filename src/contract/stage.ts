import { z } from 'zod';

/**
 * What the host and a page that draws frames say to each other. The page `/stage.html?work=ID` is loaded by a window without a screen;
 * it asks for its work, draws one frame after the other, and hands each over. The answer to a frame comes when it is taken, so that
 * drawing never runs ahead of the encoder.
 *
 * `GET /api/stage/ID` → `StageWork`; `POST /api/stage/ID/frames/N?samples=K`: the frame, `width · height` pixels of three bytes (sRGB), row by
 * row from the top, → `{next}`, the frame to draw then, null when there is no more; `POST /api/stage/ID/failed` `{message}`: the page gives up.
 * Voxels of the movie's projects: `/api/stage/ID/projects/P/voxels/…` as `/api/voxels/…` has them, `/api/stage/ID/projects/P/layer` as the procedure;
 * `/api/stage/ID/projects/P/map/SCAN/ELECTRODE`: thickness over an electrode, float32 µm, NaN outside, `x-shape` "rows,columns";
 * `/api/stage/ID/files/NAME`: a logo beside the storyboard.
 */
export const stageWorkSchema = z.object({
  /** Checked again by the page: `Storyboard` of core/movie. */
  storyboard: z.unknown(),
  size: z.tuple([z.int().positive(), z.int().positive()]),
  fps: z.number().positive(),
  /** Pictures averaged a frame; null: until another changes nothing that is seen. */
  samples: z.int().positive().nullable(),
  /** The first frame to draw; null: all are there. */
  next: z.int().nonnegative().nullable(),
  /** Each project's `ProjectState` and results document. */
  projects: z.array(z.object({ state: z.unknown(), results: z.unknown() })).min(1),
  /** How long a frame may wait for its voxels, s. */
  waitS: z.number().positive(),
});
export type StageWork = z.infer<typeof stageWorkSchema>;
