import type { FromHost, FromStage, HostStart, ToHost } from '../contract/desktop.ts';

/** A forked host, in Electron a utility process. */
export interface HostChild {
  send(message: ToHost): void;
  onMessage(hear: (message: FromHost) => void): void;
  /** Hears how it ended: "code 1", "SIGSEGV". */
  onExit(hear: (how: string) => void): void;
  kill(): void;
}

export interface HostEvents {
  /** The host answers at this address; also after it has been started again. */
  listening(address: string): void;
  project(path: string | null): void;
  /** Something for people: a project that cannot be opened. */
  notice(message: string): void;
  /** It wants a window that draws, or wants it closed. */
  stage(message: FromStage): void;
  /** It ended by itself; it is started again. */
  crashed(how: string): void;
  /** It cannot be kept alive. */
  lost(message: string): void;
}

/** A host that ends so often within a minute is given up. */
const MOST_CRASHES = 4;
const MINUTE_MS = 60_000;
/** Time it has to close its project. */
const GRACE_MS = 5000;

/** Keeps a host running: one that ends by itself is started again, with the same token, port and project. */
export class HostLife {
  readonly #fork: () => HostChild;
  readonly #events: HostEvents;
  readonly #now: () => number;
  #start: HostStart;
  #child: HostChild | null = null;
  #ending = false;
  /** It has said why it cannot go on. */
  #failed = false;
  #crashes: number[] = [];
  #reason = 'it ended by itself';

  constructor(fork: () => HostChild, start: HostStart, events: HostEvents, now: () => number = Date.now) {
    this.#fork = fork;
    this.#start = start;
    this.#events = events;
    this.#now = now;
    this.#run();
  }

  /** Ends the host; resolves when it is gone. */
  async end(): Promise<void> {
    this.#ending = true;
    const child = this.#child;
    if (!child) return;
    const gone = new Promise<void>((resolve) => child.onExit(() => resolve()));
    child.send({ kind: 'end' });
    const late = setTimeout(() => child.kill(), GRACE_MS);
    await gone;
    clearTimeout(late);
  }

  /** Tells the host something; one that is not there is not told. */
  tell(message: ToHost): void {
    this.#child?.send(message);
  }

  #run(): void {
    const child = this.#fork();
    this.#child = child;
    child.onMessage((message) => this.#hear(message));
    child.onExit((how) => this.#ended(child, how));
    child.send(this.#start);
  }

  #hear(message: FromHost): void {
    if (message.kind === 'listening') {
      this.#start = { ...this.#start, port: message.port };
      this.#events.listening(message.address);
    } else if (message.kind === 'project') {
      this.#start = { ...this.#start, project: message.path };
      this.#events.project(message.path);
    } else if (message.kind === 'refused') {
      this.#start = { ...this.#start, project: null };
      this.#events.notice(message.message);
    } else if (message.kind === 'stage-open' || message.kind === 'stage-close') this.#events.stage(message);
    else {
      this.#reason = message.message;
      this.#failed = true;
      // The port may have been taken meanwhile.
      this.#start = { ...this.#start, port: 0 };
      this.#child?.kill();
    }
  }

  #ended(child: HostChild, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    if (this.#ending) return;
    if (!this.#failed) this.#events.crashed(how);
    this.#failed = false;
    const now = this.#now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < MINUTE_MS), now];
    if (this.#crashes.length < MOST_CRASHES) this.#run();
    else this.#events.lost(this.#reason);
  }
}
