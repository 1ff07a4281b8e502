/**
 * Text that may have come from a file, fit for a terminal and a log: control characters, and those that turn the direction of
 * writing, as �.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
