import { Failure, type FailureCode, type FailureFields } from '../../core/failure.ts';
import type { Series } from '../../core/series.ts';
import type { Json } from '../../core/step.ts';
import type { FileState } from '../../store/fingerprint.ts';

/** What a runner is told once, before its first task. */
export interface Start {
  kind: 'start';
  /** URL of the module that exports `steps`. */
  registry: string;
  project: string;
  series: Series;
  engine: string;
  software: string;
}

/** What a step may use. */
export interface Share {
  threads: number;
  memoryBytes: number;
}

export interface TaskOrder extends Share {
  kind: 'task';
  step: string;
  scan: number;
  key: string;
  params: Json;
  needs: Record<string, string | string[]>;
  reads: Record<string, string>;
  /** The files of the scans it reads, as the fingerprints know them. */
  files: FileState[];
}

export interface Cancel {
  kind: 'cancel';
}

export type ToRunner = Start | TaskOrder | Cancel;

export interface Progress {
  kind: 'progress';
  /** Of the present task, 0 to 1. */
  fraction: number;
}

export interface Done {
  kind: 'done';
  key: string;
  seconds: number;
}

export interface Failed {
  kind: 'failed';
  code: FailureCode;
  fields: Omit<FailureFields, 'cause'>;
  /** For --debug. */
  stack: string;
}

export type FromRunner = Progress | Done | Failed;

export function failedOf(failure: Failure): Failed {
  const cause = failure.cause instanceof Error ? `\n${failure.cause.stack}` : '';
  return { kind: 'failed', code: failure.code, fields: failure.fields, stack: `${failure.stack}${cause}` };
}

export function failureOf({ code, fields, stack }: Failed): Failure {
  const failure = new Failure(code, fields);
  failure.stack = stack;
  return failure;
}
