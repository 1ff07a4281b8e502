/** What a look through a folder found, as a sentence. */
export function triedText({ found, others }: { found: string[]; missing: string[]; others: string[] }): string {
  const taken =
    found.length === 0 ? 'None of them is there.' : `${counted(found.length)} found, the others are not there.`;
  if (others.length === 0) return taken;
  const named = others.slice(0, 3).join(', ') + (others.length > 3 ? ', …' : '');
  return `${found.length === 0 ? '' : `${counted(found.length)} found. `}There are files of the same name and size with other voxels for ${named}: they are not taken.`;
}

function counted(count: number): string {
  return count === 1 ? 'One scan was' : `${count} scans were`;
}
