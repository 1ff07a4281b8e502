import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { Hono } from 'hono';
import { procedures, VOXELS } from '../../../contract/app.ts';
import { Failure } from '../../../contract/errors.ts';
import type { StageWork } from '../../../contract/stage.ts';
import type { Results } from '../../../core/results.ts';
import type { Analysed } from '../../media/analysed.ts';
import { jsonOf } from '../body.ts';
import { failed, json, Refusal } from '../reply.ts';
import type { ReadProject, Session } from '../session.ts';
import { thicknessMap } from '../thickness_map.ts';
import { voxelRoutes } from '../voxels/routes.ts';
import { layerInfo } from '../voxels/source.ts';

/** A project whose frames are drawn. */
export interface StageProject {
  session: Session<ReadProject>;
  analysed: Analysed;
}

/** What a drawing page is to do, and who takes its frames. */
export interface Work extends Pick<StageWork, 'storyboard' | 'fps' | 'samples' | 'waitS'> {
  size: readonly [number, number];
  projects: readonly StageProject[];
  /** Where a logo of the storyboard lies; null where it names none such. */
  file(name: string): string | null;
  /** The frame that is wanted. */
  next(): number | null;
  /** Takes the frame that is wanted; resolves when another may come, and the pixels are needed no more. */
  take(frame: number, pixels: Uint8Array, samples: number): Promise<void>;
  /** The page gives up. */
  failed(message: string): void;
  /** Something was asked for: the page lives. */
  heard(): void;
}

const PICTURES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.svg': 'image/svg+xml',
};
const MOST_MESSAGE = 2000;

/** What a server of Node's gives along with a request. */
interface Bindings {
  incoming?: AsyncIterable<Uint8Array>;
}

interface Open {
  work: Work;
  voxels: readonly Hono[];
  /** Room for frames, used again: fresh room for each would be most of the garbage. */
  spare: Buffer[];
}

/** The works of drawing pages: `routes` answers them, as `contract/stage.ts` says. */
export class Works {
  readonly #threads: number;
  readonly #open = new Map<string, Open>();
  readonly routes = new Hono();

  constructor(threads: number) {
    this.#threads = threads;
    this.#define();
  }

  /** Begins to answer for a work. `page` is where it is drawn; `end` when nobody asks any more. */
  begin(work: Work): { id: string; page: string; end(): void } {
    const id = randomBytes(16).toString('hex');
    const voxels = work.projects.map(({ session }) => voxelRoutes(() => session, this.#threads).onError(refused));
    this.#open.set(id, { work, voxels, spare: [] });
    return { id, page: `/stage.html?work=${id}`, end: () => void this.#open.delete(id) };
  }

  #define(): void {
    const { routes } = this;
    routes.onError(refused);
    routes.get('/api/stage/:id', ({ req }) => json(this.#told(this.#heard(req.param('id')).work)));
    routes.post('/api/stage/:id/frames/:frame{[0-9]+}', async ({ req, env }) => {
      const { work, spare } = this.#heard(req.param('id'));
      const frame = Number(req.param('frame'));
      const samples = Math.max(1, Math.trunc(Number(req.query('samples') ?? 1)) || 1);
      const pixels = spare.pop() ?? Buffer.allocUnsafe(work.size[0] * work.size[1] * 3);
      // Node's own stream is read with half the work of the one made of it.
      await fill(pixels, (env as Bindings | undefined)?.incoming ?? req.raw.body ?? []);
      // Sent again after an answer that was lost, or by a page that was given up: what is wanted is told.
      if (frame === work.next()) await work.take(frame, pixels, samples);
      spare.push(pixels);
      return json({ next: work.next() });
    });
    routes.post('/api/stage/:id/failed', async ({ req }) => {
      const { work } = this.#heard(req.param('id'));
      const { message } = (await jsonOf(req.raw)) as { message?: unknown };
      work.failed(String(message ?? 'it did not say why').slice(0, MOST_MESSAGE));
      return json({});
    });
    routes.all('/api/stage/:id/projects/:project{[0-9]+}/voxels/*', async ({ req }) => {
      const { voxels } = this.#heard(req.param('id'));
      const project = voxels[Number(req.param('project'))];
      if (!project) throw nowhere('there is no such project');
      const url = new URL(req.url);
      url.pathname = url.pathname.replace(/^\/api\/stage\/[^/]+\/projects\/[0-9]+\/voxels/, VOXELS);
      return await project.fetch(new Request(url, { headers: req.raw.headers, signal: req.raw.signal }));
    });
    routes.post('/api/stage/:id/projects/:project{[0-9]+}/layer', async ({ req }) => {
      const { session } = this.#project(req.param('id'), req.param('project'));
      const { scan, layer } = procedures.layer.input.parse(await jsonOf(req.raw));
      return json(await layerInfo(await session.layer(scan, layer)));
    });
    routes.get(
      '/api/stage/:id/projects/:project{[0-9]+}/map/:scan{[0-9]+}/:electrode{working|counter}',
      async ({ req }) => {
        const { analysed } = this.#project(req.param('id'), req.param('project'));
        return await thicknessMap(analysed, req.param('scan'), req.param('electrode'));
      },
    );
    routes.get('/api/stage/:id/files/:name', async ({ req }) => {
      const { work } = this.#heard(req.param('id'));
      const path = work.file(req.param('name'));
      const type = path && PICTURES[extname(path).toLowerCase()];
      if (!path || !type) throw nowhere('the storyboard names no such picture');
      return new Response(await readFile(path), { headers: { 'content-type': type } });
    });
  }

  #heard(id: string): Open {
    const open = this.#open.get(id);
    if (!open) throw nowhere('nothing is drawn under this name');
    open.work.heard();
    return open;
  }

  #project(id: string, project: string): StageProject {
    const found = this.#heard(id).work.projects[Number(project)];
    if (!found) throw nowhere('there is no such project');
    return found;
  }

  #told({ storyboard, size, fps, samples, waitS, projects, next }: Work): StageWork {
    const told = projects.map(({ session, analysed }): { state: unknown; results: Results } => ({
      state: session.state(),
      results: analysed.results,
    }));
    return { storyboard, size: [...size], fps, samples, waitS, next: next(), projects: told };
  }
}

/** Reads a body that has exactly the bytes of a frame. Throws a Refusal 400 for another. */
async function fill(pixels: Buffer, body: AsyncIterable<Uint8Array> | []): Promise<void> {
  const wrong = (found: string) => {
    const why = `it has ${found} bytes, not ${pixels.length}`;
    return new Refusal(400, new Failure('usage', { what: 'Cannot take the frame', why }));
  };
  let at = 0;
  for await (const part of body) {
    if (at + part.length > pixels.length) throw wrong(`more than ${pixels.length}`);
    pixels.set(part, at);
    at += part.length;
  }
  if (at !== pixels.length) throw wrong(String(at));
}

const refused = (error: Error) => failed(error, 'Cannot draw');

function nowhere(why: string): Refusal {
  return new Refusal(404, new Failure('usage', { what: 'Cannot draw', why }));
}
