/** What the desktop's preload offers; absent in a browser. */
export interface Bridge {
  /** Native dialog; the paths chosen, empty when cancelled. */
  chooseFolders?: () => Promise<string[]>;
  chooseProject?: () => Promise<string[]>;
  /** Where a dropped file lies. */
  pathOf?: (file: File) => string;
  onCommand?: (run: (id: string) => void) => void;
}

export function bridge(): Bridge | null {
  return (globalThis as { tomolapse?: Bridge }).tomolapse ?? null;
}
