import { create } from 'zustand';

/** Which page and which dialog are open; a project, where one is open, comes before the pages. */
export interface Pages {
  page: 'start' | 'new';
  dialog: 'settings' | 'help' | 'palette' | 'open' | 'relink' | 'clean' | null;
  /** Folders and files that a new project starts with. */
  sources: string[];
}

export const usePages = create<Pages>(() => ({ page: 'start', dialog: null, sources: [] }));

export function showDialog(dialog: Pages['dialog']): void {
  usePages.setState({ dialog });
}

export function startNewProject(sources: string[] = []): void {
  usePages.setState({ page: 'new', dialog: null, sources });
}
