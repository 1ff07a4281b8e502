import type { GL } from './gl/context.ts';

/** How long pictures take on the GPU, from the fences behind them; one picture at a time is under way. */
export class FrameClock {
  readonly #gl: GL;
  #fence: WebGLSync | null = null;
  #begun = 0;
  /** Of the last picture that was finished, ms. */
  last = 0;

  constructor(gl: GL) {
    this.#gl = gl;
  }

  begin(): void {
    this.#begun = performance.now();
  }
  end(): void {
    const gl = this.#gl;
    if (this.#fence) gl.deleteSync(this.#fence);
    this.#fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
  }

  /** Whether the GPU still works on what was drawn. */
  busy(): boolean {
    const gl = this.#gl;
    if (!this.#fence) return false;
    const state = gl.clientWaitSync(this.#fence, 0, 0);
    if (state === gl.TIMEOUT_EXPIRED) return true;
    gl.deleteSync(this.#fence);
    this.#fence = null;
    this.last = performance.now() - this.#begun;
    return false;
  }
}

/** The size at which a moving picture is drawn so that it takes about `TARGET` ms. */
const TARGET = 28;
export function movingScale(scale: number, ms: number): number {
  if (ms <= 0) return scale;
  const better = scale * Math.sqrt(TARGET / ms);
  return Math.max(0.25, Math.min(1, scale + 0.5 * (better - scale)));
}
