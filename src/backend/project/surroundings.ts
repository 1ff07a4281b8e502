/** How far something is, for people. */
export interface ProgressLine {
  fraction: number;
  title: string;
  secondsLeft: number | null;
}

/** Whom long work tells how it goes, and who stops it. */
export interface Surroundings {
  signal: AbortSignal;
  /** Says something worth knowing: one line. */
  notice(line: string): void;
  /** Shows how far it is; `null` takes it away. */
  progress(state: ProgressLine | null): void;
  /** Shows a picture of how far it is, now and then; absent where nobody looks. */
  preview?(picture: Preview): void;
}

/** A small picture as a browser shows it. */
export interface Preview {
  type: 'image/png' | 'image/jpeg';
  bytes: Uint8Array<ArrayBuffer>;
}
