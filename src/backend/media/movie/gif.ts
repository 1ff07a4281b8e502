import { readFile, writeFile } from 'node:fs/promises';

const TRAILER = 0x3b;
const COMMENT = Buffer.from([0x21, 0xfe]);
/** What a block of text takes at most. */
const BLOCK = 255;

/** Adds a text to a GIF, as a comment before its end. */
export async function withComment(path: string, text: string): Promise<void> {
  const gif = await readFile(path);
  const bytes = Buffer.from(text, 'utf8');
  const parts: Buffer[] = [gif.subarray(0, gif.lastIndexOf(TRAILER)), COMMENT];
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    parts.push(Buffer.from([block.length]), block);
  }
  await writeFile(path, Buffer.concat([...parts, Buffer.from([0, TRAILER])]));
}

/** The last text in a GIF, null where there is none. */
export function commentOf(gif: Uint8Array): string | null {
  const at = Buffer.from(gif.buffer, gif.byteOffset, gif.length).lastIndexOf(COMMENT);
  if (at < 0) return null;
  const parts: Uint8Array[] = [];
  for (let block = at + 2; gif[block]; block += gif[block]! + 1)
    parts.push(gif.subarray(block + 1, block + 1 + gif[block]!));
  return Buffer.concat(parts).toString('utf8');
}
