import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../store/checksum.ts';
import type { Works } from './works.ts';

/** The page that draws, in the built window. */
export const STAGE_PAGE = 'stage.html';

/** A window without a screen that draws; it ends with this process, however that ends. */
export interface StageWindow {
  /** Resolves, with the reason, when it is gone by itself: it crashed. */
  gone: Promise<string>;
  close(): Promise<void>;
}

/** Opens windows without a screen. */
export interface StageWindows {
  /** What draws, as it calls itself: another may draw other pixels. Throws a Failure `input` where there is nothing to draw with. */
  name(): Promise<string>;
  open(address: string): Promise<StageWindow>;
}

/** The way from a work to a window that draws it. */
export interface StageDoor {
  /** Answers drawing pages. */
  works: Works;
  /** The address of a page of the host, good for one visit. */
  visit(page: string): string;
  windows: StageWindows;
  /** Tells this build of the page from others: it may draw other pixels. */
  page: string;
}

/** What the built window draws frames with: names of what it loads change with what is in it. */
export function builtPage(renderer: string): string {
  return sha256(readFileSync(join(renderer, STAGE_PAGE)));
}
