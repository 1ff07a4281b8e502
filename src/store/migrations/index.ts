import { first } from './0001-first.ts';
import { workspace } from './0002-workspace.ts';
import { storyboards } from './0003-storyboards.ts';
import { origins } from './0004-origins.ts';

/** SQL that takes a project from one format to the next; entry i makes format i + 1. Only ever added to. */
export const migrations: readonly string[] = [first, workspace, storyboards, origins];
