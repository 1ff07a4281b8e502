/** The little that core takes for granted of every JavaScript host, browser or Node. */
interface AbortSignal {
  readonly aborted: boolean;
  throwIfAborted(): void;
}
