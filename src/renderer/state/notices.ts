import { create } from 'zustand';

/** Something to tell; errors stay until they are put away. */
export interface Notice {
  id: number;
  kind: 'error' | 'warning' | 'done';
  title: string;
  where: string | null;
  why: string | null;
  whatToDo: string | null;
}

export const useNotices = create<{ notices: Notice[] }>(() => ({ notices: [] }));

const SHORT_MS = 5000;
const MOST = 4;
let next = 1;

export function tell(kind: Notice['kind'], message: string): void {
  const notice = { id: next++, kind, ...partsOf(message) };
  useNotices.setState(({ notices }) => ({
    notices: [...notices.filter(({ title, why }) => title !== notice.title || why !== notice.why), notice].slice(-MOST),
  }));
  if (kind === 'done') window.setTimeout(() => putAway(notice.id), SHORT_MS);
}

export function tellError(error: unknown): void {
  tell('error', error instanceof Error ? error.message : String(error));
}

export function putAway(id: number): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

/** The parts of `WHAT (WHERE): WHY. WHAT TO DO`. */
export function partsOf(message: string): Omit<Notice, 'id' | 'kind'> {
  const parts = /^(.+?)(?: \(([^)]*[/\\.][^)]*)\))?: ([\s\S]+)$/.exec(message);
  if (!parts) return { title: message, where: null, why: null, whatToDo: null };
  const [, title, where, rest] = parts;
  const sentences = /^([\s\S]*?[.!?])\s+(?=[A-Z])([\s\S]+)$/.exec(rest!);
  return { title: title!, where: where ?? null, why: sentences?.[1] ?? rest!, whatToDo: sentences?.[2] ?? null };
}
