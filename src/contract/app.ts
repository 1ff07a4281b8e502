import { z } from 'zod';
import { figureForms } from './figure.ts';
import { recipeSchema, regionSchema } from './recipe.ts';

/**
 * What the window and the host say to each other: one JSON procedure a route (`POST /api/NAME`, the input as body, the
 * output as answer), bulk voxels as bytes (`/api/voxels/…`), events as a stream. A failure is answered with the document of
 * `errorSchema` and the status of its code.
 */
const triple = z.tuple([z.number(), z.number(), z.number()]);
const maybe = z.number().nullable();

/** A file or folder as the browser of a root shows it. */
export const entrySchema = z.object({
  name: z.string(),
  path: z.string(),
  kind: z.enum(['folder', 'project', 'volume', 'table', 'other']),
  bytes: maybe,
});
export type Entry = z.infer<typeof entrySchema>;

/** What a file does not say of itself: how headerless voxels lie in it, or which of its data sets is meant. */
export const fileHintsSchema = z.object({
  shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]).exactOptional(),
  type: z.enum(['uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32', 'float32', 'float64']).exactOptional(),
  byteOrder: z.enum(['little', 'big']).exactOptional(),
  offset: z.int().nonnegative().exactOptional(),
  dataset: z.string().exactOptional(),
});
export type FileHints = z.infer<typeof fileHintsSchema>;

/** A scan as found on disk, before it is part of a project; `from` tells where a value came from. */
export const scanDraftSchema = z.object({
  path: z.string(),
  name: z.string(),
  /** The time point in a file that holds a whole series; 0 unless told. */
  frame: z.int().nonnegative().optional(),
  format: z.string(),
  shape: triple,
  type: z.string(),
  bytes: z.number(),
  voxelSizeUm: triple.nullable(),
  voxelSizeFrom: z.string().nullable(),
  startH: maybe,
  timeH: maybe,
  endH: maybe,
  timeFrom: z.string().nullable(),
  /** What is wrong with it, one sentence each; a scan with `blocked` cannot be taken. */
  problems: z.array(z.string()),
  blocked: z.boolean(),
  /** What had to be told to read it. */
  hints: fileHintsSchema.exactOptional(),
  /** It is blocked because its shape and type must be told. */
  headerless: z.boolean().exactOptional(),
  /** The data sets of a file that holds several volumes: one is to be chosen. */
  datasets: z.array(z.object({ name: z.string(), shape: z.array(z.number()), type: z.string() })).exactOptional(),
});
export type ScanDraft = z.infer<typeof scanDraftSchema>;

/** A scan of the open project. */
export const appScanSchema = z.object({
  index: z.int(),
  name: z.string(),
  path: z.string(),
  shape: triple,
  type: z.string(),
  startH: maybe,
  timeH: maybe,
  endH: maybe,
  excluded: z.string().nullable(),
  /** Its files are not where they were; `relink` looks for them. */
  missing: z.boolean(),
  /** A stored result of it is not as it was written: it is computed again by the next run. */
  damaged: z.boolean(),
  /** Layers that can be drawn now, see `layerNames`. */
  layers: z.array(z.enum(['grey', 'lvf', 'phases'])),
});
export type AppScan = z.infer<typeof appScanSchema>;

export const projectStateSchema = z.object({
  path: z.string(),
  name: z.string(),
  voxelSizeUm: triple,
  scans: z.array(appScanSchema),
  reference: z.int(),
  /** Rows of the cycling log, thinned to what a screen can show; spikes are kept. */
  cycling: z
    .object({
      timeH: z.array(z.number()),
      voltageV: z.array(z.number()),
      currentMa: z.array(z.number()),
      chargeMahCm2: z.array(z.number()).nullable(),
    })
    .nullable(),
  recipe: recipeSchema,
  /** Changes whenever a storyboard or the layout of a figure did. */
  plans: z.int(),
  canUndo: z.boolean(),
  canRedo: z.boolean(),
  /** Its folder cannot be written: it can be looked at, and nothing of it changed. */
  readOnly: z.boolean(),
  /** Changes whenever any of the above or the results did. */
  revision: z.int(),
});
export type ProjectState = z.infer<typeof projectStateSchema>;

export const settingsSchema = z.object({
  theme: z.enum(['dark', 'light', 'system']),
  graphics: z.enum(['default', 'gl', 'd3d11', 'vulkan', 'metal', 'software']),
  memoryMiB: z.number().min(256),
  gpuMiB: z.number().min(128),
  /** Where ffmpeg lies; found by itself unless told. */
  ffmpeg: z.string().exactOptional(),
});
export type Settings = z.infer<typeof settingsSchema>;

export const jobSchema = z.object({
  id: z.string(),
  /** Grows with each change, also over hosts: an answer may be overtaken by the events that follow it. */
  change: z.int(),
  title: z.string(),
  kind: z.enum(['analysis', 'demo', 'movie', 'figures', 'clean']),
  /** One runs at a time; what was asked for meanwhile waits for its turn. */
  state: z.enum(['waiting', 'running', 'done', 'failed', 'cancelled']),
  fraction: z.number(),
  /** What runs now. */
  step: z.string(),
  secondsLeft: maybe,
  message: z.string().nullable(),
  /** Changes with the picture of how far it is, `GET /api/jobs/ID/preview`; null where there is none. */
  preview: z.int().nullable(),
  /** An export that its host did not end: `resume` goes on where it was. */
  resumable: z.boolean(),
  /** What it wrote, or writes. */
  file: z.string().nullable(),
});
export type Job = z.infer<typeof jobSchema>;

/** How one layer of one scan is stored. Levels halve the axes: level k has ceil(shape / 2^k). */
export const layerInfoSchema = z.object({
  shape: triple,
  levels: z.int(),
  /** Voxels a brick has along each axis, its apron left out. */
  brick: z.literal(64),
  /** uint16: grey or LVF counts, little-endian, value = offset + scale × count; rgba8: collector, lithium, crack, electrolyte. */
  voxels: z.enum(['uint16', 'rgba8']),
  scale: z.number(),
  offset: z.number(),
  /** Of the voxels of level 0 (grey: a sample), in the layer's own unit. */
  range: z.tuple([z.number(), z.number()]),
  histogram: z.object({ range: z.tuple([z.number(), z.number()]), counts: z.array(z.number()) }),
});
export type LayerInfo = z.infer<typeof layerInfoSchema>;

/** Storyboards or layouts of figures by name: the project's own, and those that come with the program. */
const plansSchema = z.object({
  own: z.record(z.string(), z.unknown()),
  templates: z.array(z.object({ name: z.string(), plan: z.unknown() })),
});
/** One change: by name what is set, null for what is taken away. */
const planChangesSchema = z.object({ changes: z.record(z.string().min(1).max(80), z.unknown()) });

const side = z.int().min(16).max(8192);
/** An export that goes on by itself: a job. `file` is a name in the project's folder of exports, or a path in a granted folder. */
export const exportRequestSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('movie'),
    /** What the storyboard is called. */
    name: z.string().min(1).max(80),
    storyboard: z.unknown(),
    file: z.string().min(1).max(1000),
    codec: z.enum(['h264', 'vp9', 'av1', 'prores', 'gif', 'png']),
    /** The storyboard's own where null. */
    size: z.tuple([side, side]).nullable(),
    fps: z.number().min(1).max(240).nullable(),
    /** Pictures averaged a frame; null: until another changes nothing that is seen. */
    samples: z.int().positive().max(1024).nullable(),
    /** The second project of a movie of two cells. */
    other: z.string().nullable(),
    /** The folder of its logos. */
    logos: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('figures'),
    /** Layouts of contract/figure. */
    figures: z
      .array(z.object({ name: z.string().regex(/^[^/\\.][^/\\]{0,79}$/), layout: z.unknown() }))
      .min(1)
      .max(100),
    forms: z.array(z.enum(figureForms)).min(1),
    /** What the journal asks for where null. */
    dotsPerInch: z.int().min(72).max(1200).nullable(),
    other: z.string().nullable(),
    /** A folder in a granted folder; the project's folder of exports where null. */
    folder: z.string().nullable(),
  }),
]);
export type ExportRequest = z.infer<typeof exportRequestSchema>;

const none = z.object({});
const amountSchema = z.object({ results: z.int(), bytes: z.number() });
const layer = z.enum(['grey', 'lvf', 'phases']);
const procedure = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output });

/** Every procedure by name. */
export const procedures = {
  /** What the window needs to know when it opens. */
  state: procedure(
    none,
    z.object({
      version: z.string(),
      project: projectStateSchema.nullable(),
      recent: z.array(z.object({ path: z.string(), name: z.string(), opened: z.string(), exists: z.boolean() })),
      settings: settingsSchema,
      /** Folders that may be looked into. */
      roots: z.array(z.object({ name: z.string(), path: z.string() })),
      jobs: z.array(jobSchema),
      /** Of the last change of any job. */
      change: z.int(),
      /** Where a host that failed just now wrote down what happened; told once. */
      crash: z.string().nullable(),
    }),
  ),
  /** A fault of the window itself; answers where it was written down, null where it was not. */
  report: procedure(
    z.object({ message: z.string().max(2000), stack: z.string().max(20_000) }),
    z.object({ file: z.string().nullable() }),
  ),
  list: procedure(
    z.object({ path: z.string() }),
    z.object({ path: z.string(), parent: z.string().nullable(), entries: z.array(entrySchema) }),
  ),
  /** Adds a folder that a native dialog or a drop named to the roots. Only the desktop's own window may call it. */
  grant: procedure(z.object({ paths: z.array(z.string()).max(1000) }), none),
  inspect: procedure(
    z.object({
      paths: z.array(z.string()).min(1).max(1000),
      times: z.string().nullable(),
      intervalH: maybe,
      voxelSizeUm: maybe,
      /** The cycling log, where there is one: times that are dates are counted from its start. */
      cycling: z.string().nullable().optional(),
      /** How voxels lie in the files that do not say it, by name or header. */
      raw: fileHintsSchema.nullable().optional(),
      /** The data set that is meant, by path. */
      datasets: z.record(z.string(), z.string()).optional(),
    }),
    z.object({ scans: z.array(scanDraftSchema), problems: z.array(z.string()) }),
  ),
  /**
   * A plane of a scan on disk that is part of no project yet, `at` from 0 to 1 along the axis: at most 512 pixels a side
   * (every n-th voxel), grey values as bytes from the 1st to the 99th percentile of the plane, in base64, row by row.
   */
  preview: procedure(
    z.object({
      path: z.string(),
      axis: z.enum(['z', 'y', 'x']),
      at: z.number().min(0).max(1),
      /** The time point in a file that holds a whole series. */
      frame: z.int().nonnegative().optional(),
      hints: fileHintsSchema.optional(),
    }),
    z.object({ width: z.int(), height: z.int(), pixels: z.string(), range: z.tuple([z.number(), z.number()]) }),
  ),
  create: procedure(
    z.object({
      path: z.string(),
      scans: z.array(scanDraftSchema).min(1).max(1000),
      cycling: z.string().nullable(),
      platingSign: z.enum(['negative', 'positive']),
      workingAreaMm2: maybe,
      counterAreaMm2: maybe,
    }),
    projectStateSchema,
  ),
  open: procedure(z.object({ path: z.string() }), projectStateSchema),
  close: procedure(none, none),
  /** Writes the demo series into a folder and makes a project of it; a job, then `project` in the event stream. */
  demo: procedure(z.object({ folder: z.string().nullable() }), jobSchema),
  run: procedure(z.object({ until: z.string().nullable() }), jobSchema),
  cancel: procedure(z.object({ job: z.string() }), none),
  /** Stored results that nothing in the project refers to, and those that stay. */
  unused: procedure(none, z.object({ unused: amountSchema, kept: amountSchema })),
  /** Removes the stored results that nothing refers to; a job. */
  clean: procedure(none, jobSchema),
  /** Goes on with an export that an earlier host did not end; a job of its own. */
  resume: procedure(z.object({ job: z.string() }), jobSchema),
  /**
   * Looks below a folder for the files of scans that are missing and takes those whose voxels are the same; `found`,
   * `missing` and `others` (same name and size, other voxels) are names of scans.
   */
  relink: procedure(
    z.object({ folder: z.string() }),
    z.object({
      project: projectStateSchema,
      found: z.array(z.string()),
      missing: z.array(z.string()),
      others: z.array(z.string()),
    }),
  ),
  setRecipe: procedure(z.object({ recipe: recipeSchema }), projectStateSchema),
  /** `Storyboard` of core/movie each. */
  storyboards: procedure(none, plansSchema),
  setStoryboards: procedure(planChangesSchema, projectStateSchema),
  /** Layouts of contract/figure each. */
  figures: procedure(none, plansSchema),
  setFigures: procedure(planChangesSchema, projectStateSchema),
  /** Begins an export, or lets it wait for its turn. */
  export: procedure(exportRequestSchema, jobSchema),
  /**
   * Answers as for a drawing page (contract/stage.ts), for the window's own preview of a movie: below `/api/stage/ID` are the open
   * project, the second one, and the files of the folder of logos. The one before ends.
   */
  previewCells: procedure(
    z.object({ other: z.string().nullable(), logos: z.string().nullable() }),
    z.object({ id: z.string() }),
  ),
  /** A figure as it will look, in mm on paper; null where there is nothing to show. */
  figurePreview: procedure(
    z.object({
      name: z.string(),
      layout: z.unknown(),
      other: z.string().nullable(),
      /** Panels in 3D are drawn as well, which takes its time. */
      stills: z.boolean(),
    }),
    z.object({
      page: z
        .object({ svg: z.string(), widthMm: z.number(), heightMm: z.number(), notices: z.array(z.string()) })
        .nullable(),
    }),
  ),
  /** How movies can be written, and what of it cannot be here. */
  movieForms: procedure(
    none,
    z.object({
      forms: z.array(
        z.object({ name: z.string(), title: z.string(), ending: z.string(), problem: z.string().nullable() }),
      ),
    }),
  ),
  /** What lies in the project's folder of exports, newest first; a file is sent by `GET /api/exports/NAME`. */
  exports: procedure(
    none,
    z.object({
      folder: z.string(),
      files: z.array(
        z.object({
          name: z.string(),
          path: z.string(),
          kind: z.enum(['file', 'folder']),
          bytes: maybe,
          at: z.string(),
        }),
      ),
    }),
  ),
  undo: procedure(none, projectStateSchema),
  redo: procedure(none, projectStateSchema),
  /** The commands that make the open project again from its scans, as a shell script. */
  script: procedure(none, z.object({ text: z.string() })),
  setSettings: procedure(settingsSchema.partial(), settingsSchema),
  /** The layout of panels and views of the open project, or of the start page: kept as it is. */
  workspace: procedure(none, z.object({ state: z.unknown() })),
  setWorkspace: procedure(z.object({ state: z.unknown() }), none),
  /** The document of `results --json`. */
  results: procedure(none, z.unknown()),
  layer: procedure(z.object({ scan: z.int(), layer }), layerInfoSchema),
  /** Exact values at a voxel of the file's grid. */
  pick: procedure(
    z.object({ scan: z.int(), voxel: triple }),
    z.object({
      grey: maybe,
      lvf: maybe,
      phases: z.tuple([z.number(), z.number(), z.number(), z.number()]).nullable(),
      crack: z.int().nullable(),
    }),
  ),
  /** Values along a line between two places (voxels), linear between voxels. */
  profile: procedure(
    z.object({
      scan: z.int(),
      layer: z.enum(['grey', 'lvf']),
      from: triple,
      to: triple,
      count: z.int().min(2).max(4096),
    }),
    z.object({ distanceUm: z.array(z.number()), value: z.array(maybe) }),
  ),
  /**
   * Grey values and lithium of a region in one scan, over every voxel of the layers' grid whose centre lies in it; a cylinder is
   * taken straight, whatever it follows. A request that is given up ends the reading.
   */
  measure: procedure(
    z.object({ scan: z.int(), region: regionSchema }),
    z.object({
      voxels: z.int(),
      /** Of those, how many lie outside the scan's file: they count for the volume, not for the grey values. */
      outside: z.int(),
      volumeUm3: z.number(),
      /** `sd` is that of a sample: over n − 1. */
      grey: z.object({ mean: z.number(), sd: maybe, min: z.number(), max: z.number() }).nullable(),
      /** From the lithium volume fraction, where there is one. */
      lithium: z.object({ fraction: z.number(), volumeUm3: z.number() }).nullable(),
      /** Whether the scan lies on the reference's grid, so that the region holds the same material as in others. */
      registered: z.boolean(),
    }),
  ),
} as const;
export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
export type Input<N extends ProcedureName> = z.input<Procedures[N]['input']>;
export type Output<N extends ProcedureName> = z.output<Procedures[N]['output']>;

/**
 * `GET /api/voxels/SCAN/LAYER/LEVEL/Z.Y.X`: a brick with its apron, 66³ voxels from 64·(Z, Y, X) − 1 of that level, edges repeated
 * beyond the volume; `GET /api/voxels/SCAN/LAYER/floor`: the whole volume in the finest level of at most 128 voxels an axis;
 * `GET /api/voxels/SCAN/LAYER/LEVEL/slice/AXIS/INDEX`: one plane, AXIS z, y or x, its two other axes in z, y, x order; of a huge
 * file, where the plane has a voxel of every page, the voxels of the coarser level that `x-level` tells, repeated;
 * `GET /api/voxels/SCAN/phases/maxima`: four bytes a cell of `x-cell` voxels, the largest fractions in it and one voxel around, then four with
 * the eighths of the cell where each phase can be seen (bit 4·(z half) + 2·(y half) + (x half));
 * `GET /api/voxels/SCAN/LAYER/LEVEL/cells` (grey, lvf): the least and the most count of each cell of `x-cell` voxels of that level
 * and one voxel around it, two uint16 a cell, `x-shape` the cells "z,y,x". Of the floor's level it comes at once with the floor; of
 * level 0, which bounds what is seen at every level, after the whole layer was read.
 * Little-endian bytes, gzip never, an ETag each (and 304). `x-shape` is the shape of what is sent, "z,y,x" ("66,66,66"; a
 * plane "rows,columns"), `x-level` its level; `x-revision` changes when the layer was computed anew.
 * Every layer of a registered scan is on the reference's grid, grey resampled onto it, so that the cell stands still.
 */
export const VOXELS = '/api/voxels';
/** `GET /api/map/SCAN/ELECTRODE`: lithium thickness over an electrode, float32 µm, NaN outside, `x-shape` "rows,columns". */
export const MAPS = '/api/map';
export const BRICK = 64;
export const APRON = 1;
export const FLOOR = 128;

/** `GET /api/events`: server-sent, numbered; with `Last-Event-ID` what was missed comes first. */
export const eventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('job'), job: jobSchema }),
  z.object({ kind: z.literal('project'), project: projectStateSchema.nullable() }),
  z.object({ kind: z.literal('settings'), settings: settingsSchema }),
]);
export type AppEvent = z.infer<typeof eventSchema>;
