import type { FromStage, ToHost } from '../contract/desktop.ts';

/** A window of Electron's that nobody sees. */
export interface HiddenWindow {
  load(address: string): Promise<void>;
  /** Hears when its page is gone by itself. */
  onGone(hear: (why: string) => void): void;
  close(): void;
}

/** Windows that draw frames for the host: opened and closed when it asks, told of when they crash. */
export class StageWindows {
  readonly #make: () => HiddenWindow;
  readonly #tell: (message: ToHost) => void;
  readonly #isOwn: (address: string) => boolean;
  readonly #open = new Map<number, HiddenWindow>();

  /** `isOwn`: no page but the host's is opened. */
  constructor(make: () => HiddenWindow, tell: (message: ToHost) => void, isOwn: (address: string) => boolean) {
    this.#make = make;
    this.#tell = tell;
    this.#isOwn = isOwn;
  }

  hear(message: FromStage): void {
    const { id } = message;
    if (message.kind === 'stage-close') {
      this.#open.get(id)?.close();
      this.#open.delete(id);
      return;
    }
    const lost = (why: string) => {
      if (this.#open.delete(id)) window.close();
      this.#tell({ kind: 'stage-gone', id, why });
    };
    if (!this.#isOwn(message.address)) {
      this.#tell({ kind: 'stage-gone', id, why: 'the page is not one of the host' });
      return;
    }
    const window = this.#make();
    this.#open.set(id, window);
    window.onGone((why) => lost(`the page crashed (${why})`));
    window.load(message.address).catch((error: Error) => {
      if (this.#open.has(id)) lost(`the page does not open: ${error.message}`);
    });
  }

  closeAll(): void {
    for (const window of this.#open.values()) window.close();
    this.#open.clear();
  }
}
