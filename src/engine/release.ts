/** Gives the memory of arrays back now rather than when the heap is next searched through; they are empty afterwards. */
export function release(...arrays: { readonly buffer: ArrayBufferLike }[]): void {
  for (const { buffer } of arrays) if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
