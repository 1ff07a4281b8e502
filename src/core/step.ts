import type { Recipe } from './recipe.ts';
import type { Series } from './series.ts';

/** Names one result: a step, and the scan it was run on when the step runs once a scan. */
export interface ResultRef {
  step: string;
  scan?: number;
}

/** JSON that a step leaves behind; arrays of numbers go to binary files beside it when they are large. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/**
 * A step as data: pure, versioned, keyed by content. The key of a result hashes name, version, engine build, `params`,
 * the fingerprints of the scans it reads and the keys of the results it needs; never threads, paths or time.
 */
export interface StepDefinition<Params = unknown, Result = unknown> {
  name: string;
  version: number;
  /** Shown while it runs: "Registering", "Finding cracks". */
  title: string;
  scope: 'series' | 'scan';
  /** The part of recipe and series that the result depends on; plain JSON. */
  params(recipe: Recipe, series: Series, scan: number): Params;
  /** Results this one reads, by the name under which `run` finds them. */
  needs(recipe: Recipe, series: Series, scan: number): Record<string, ResultRef | ResultRef[]>;
  /** Indices of the scans whose voxels it reads. */
  reads(recipe: Recipe, series: Series, scan: number): number[];
  run(context: StepContext<Params>): Promise<Result>;
}

/** A stored result: its JSON and the folder with its volumes. */
export interface StepResult<Result = unknown> {
  key: string;
  value: Result;
  directory: string;
}

export interface StepContext<Params = unknown> {
  params: Params;
  /** Index of the scan, or -1 for a step of the whole series. */
  scan: number;
  series: Series;
  /** The results asked for in `needs`. */
  result<R>(name: string): StepResult<R>;
  results<R>(name: string): StepResult<R>[];
  /** Where the step writes volumes and arrays; renamed into place when `run` resolves. */
  directory: string;
  threads: number;
  memoryBytes: number;
  signal: AbortSignal;
  /** `fraction` of this step done, 0 to 1. */
  progress(fraction: number): void;
}
