/**
 * What the desktop's processes say to each other: main to the host that it forked, and the window to main through its preload.
 * The window itself talks to the host as a browser does.
 */

/** How the host is to be started; the same again after it has crashed. */
export interface HostStart {
  kind: 'start';
  config: string;
  renderer: string;
  roots: string[];
  /** 0: any that is free. */
  port: number;
  token: string;
  /** What main says to be heard where no window may. */
  desktop: string;
  project: string | null;
  /** What frames are drawn by, as it calls itself, where main opens windows for that; the system's browser draws else. */
  drawnBy?: string;
}
export type ToHost =
  | HostStart
  | { kind: 'end' }
  /** A window that draws is gone by itself. */
  | { kind: 'stage-gone'; id: number; why: string };

/** The code with which a host ends that has written down itself what went wrong. */
export const HOST_WROTE_IT_DOWN = 70;

export type FromHost =
  | { kind: 'listening'; port: number; address: string }
  /** The project that was asked for could not be opened: a line for people. */
  | { kind: 'refused'; message: string }
  | { kind: 'project'; path: string | null }
  | { kind: 'failed'; message: string }
  | FromStage;

/** The host wants a window that nobody sees, on one of its own pages; later it wants it closed. */
export type FromStage = { kind: 'stage-open'; id: number; address: string } | { kind: 'stage-close'; id: number };

/** Names of what the preload sends to main. */
export const CHANNELS = {
  chooseFolders: 'tomolapse:choose-folders',
  chooseProject: 'tomolapse:choose-project',
  dropped: 'tomolapse:dropped',
  reveal: 'tomolapse:reveal',
  command: 'tomolapse:command',
} as const;

/** What the preload offers the window as `tomolapse`; in a browser there is none. */
export interface DesktopBridge {
  /** Native dialogs; the paths chosen, which the host may then look into, empty when cancelled. */
  chooseFolders(): Promise<string[]>;
  chooseProject(): Promise<string[]>;
  /** Where a dropped file or folder lies; the host may look into it from then on. Empty for what lies nowhere. */
  pathOf(file: File): string;
  /** Shows a file in the system's file manager. */
  reveal(path: string): void;
  /** Commands that the native menus run. */
  onCommand(run: (id: string) => void): void;
}
/** The part of the DOM's File that is needed here: this folder knows no DOM. */
type File = { readonly name: string };
