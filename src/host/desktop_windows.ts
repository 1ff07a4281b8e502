import type { StageWindow, StageWindows } from '../backend/app/index.ts';
import type { FromStage } from '../contract/desktop.ts';

/** Windows without a screen that the desktop's main process opens. */
export class DesktopWindows implements StageWindows {
  readonly #name: string;
  readonly #tell: (message: FromStage) => void;
  readonly #lost = new Map<number, (why: string) => void>();
  #next = 1;

  constructor(name: string, tell: (message: FromStage) => void) {
    this.#name = name;
    this.#tell = tell;
  }

  async name(): Promise<string> {
    return this.#name;
  }

  async open(address: string): Promise<StageWindow> {
    const id = this.#next++;
    const gone = new Promise<string>((resolve) => this.#lost.set(id, resolve));
    this.#tell({ kind: 'stage-open', id, address });
    return {
      gone,
      close: async () => {
        this.#lost.delete(id);
        this.#tell({ kind: 'stage-close', id });
      },
    };
  }

  /** Main says that a window is gone by itself. */
  lost(id: number, why: string): void {
    this.#lost.get(id)?.(why);
    this.#lost.delete(id);
  }
}
