/** Where the sectors of a compound file are put; all are allowed by its specification. */
export interface Ole2Options {
  /** 3: sectors of 512 bytes, 4: of 4096. */
  version?: 3 | 4;
  /** Puts an empty sector between the sectors of each large stream. */
  scattered?: boolean;
}

/** Sectors of the allocation table that the header itself names. */
const IN_HEADER = 109;

/**
 * A compound file (OLE2) built by hand for tests from streams by path ("ImageInfo/PixelSize"): short streams in the mini
 * stream, one level of folders, the directory's tree a chain to the right.
 */
export function ole2Bytes(streams: Readonly<Record<string, Buffer>>, options: Ole2Options = {}): Buffer {
  const { version = 3, scattered = false } = options;
  const sectorBytes = version === 3 ? 512 : 4096;
  const sectors: Buffer[] = [];
  const fat: number[] = [];
  const put = (bytes: Buffer): number => {
    fat.push(0xffffffff);
    sectors.push(Buffer.concat([bytes, Buffer.alloc(sectorBytes - bytes.length)]));
    return sectors.length - 1;
  };
  const chain = (bytes: Buffer, apart = false): number => {
    let first = 0xfffffffe;
    let last = -1;
    for (let at = 0; at < bytes.length; at += sectorBytes) {
      if (apart && last >= 0) put(Buffer.alloc(sectorBytes, 0xee));
      const sector = put(bytes.subarray(at, Math.min(bytes.length, at + sectorBytes)));
      if (last < 0) first = sector;
      else fat[last] = sector;
      fat[sector] = 0xfffffffe;
      last = sector;
    }
    return first;
  };

  const folders = new Map<string, string[]>();
  for (const path of Object.keys(streams)) {
    const [folder, name] = path.includes('/') ? path.split('/') : ['', path];
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  const mini: Buffer[] = [];
  const miniFat: number[] = [];
  const placed = (bytes: Buffer): number => {
    if (bytes.length >= 4096) return chain(bytes, scattered);
    const count = Math.ceil(bytes.length / 64);
    const first = miniFat.length;
    for (let i = 0; i < count; i++) miniFat.push(i + 1 < count ? first + i + 1 : 0xfffffffe);
    mini.push(bytes, Buffer.alloc(count * 64 - bytes.length));
    return count > 0 ? first : 0xfffffffe;
  };

  const entries: Buffer[] = [];
  const entry = (name: string, kind: number, start: number, size: number, child = 0xffffffff): number => {
    const bytes = Buffer.alloc(128);
    bytes.write(name, 0, 'utf16le');
    bytes.writeUInt16LE(2 * name.length + 2, 64);
    bytes[66] = kind;
    bytes[67] = 1;
    bytes.writeUInt32LE(0xffffffff, 68);
    bytes.writeUInt32LE(0xffffffff, 72);
    bytes.writeUInt32LE(child, 76);
    bytes.writeUInt32LE(start, 116);
    bytes.writeUInt32LE(size, 120);
    entries.push(bytes);
    return entries.length - 1;
  };
  /** Siblings in the order of the format, each to the right of the one before. */
  const siblings = (indices: { index: number; name: string }[]): number => {
    const order = (a: string, b: string) => a.length - b.length || (a.toUpperCase() < b.toUpperCase() ? -1 : 1);
    const sorted = [...indices].sort((a, b) => order(a.name, b.name));
    for (const [i, { index }] of sorted.entries())
      if (i + 1 < sorted.length) entries[index].writeUInt32LE(sorted[i + 1].index, 72);
    return sorted[0]?.index ?? 0xffffffff;
  };
  entry('Root Entry', 5, 0xfffffffe, 0);
  const top: { index: number; name: string }[] = [];
  for (const [folder, names] of folders) {
    const own = names.map((name) => {
      const bytes = streams[folder === '' ? name : `${folder}/${name}`];
      return { name, index: entry(name, 2, placed(bytes), bytes.length) };
    });
    if (folder === '') top.push(...own);
    else top.push({ name: folder, index: entry(folder, 1, 0, 0, siblings(own)) });
  }
  const miniStream = Buffer.concat(mini);
  entries[0].writeUInt32LE(siblings(top), 76);
  entries[0].writeUInt32LE(miniStream.length > 0 ? chain(miniStream) : 0xfffffffe, 116);
  entries[0].writeUInt32LE(miniStream.length, 120);
  const words = (numbers: number[], most: number) => {
    const bytes = Buffer.alloc(Math.ceil(Math.max(1, numbers.length) / most) * most * 4, 0xff);
    for (const [i, n] of numbers.entries()) bytes.writeUInt32LE(n, 4 * i);
    return bytes;
  };
  const perSector = sectorBytes / 4;
  const miniTable = words(miniFat, perSector);
  const miniTableAt = chain(miniTable);
  const directoryAt = chain(Buffer.concat(entries));

  // The tables take sectors themselves, so their number is found by trying.
  let tables = 1;
  const far = (count: number) => Math.ceil(Math.max(0, count - IN_HEADER) / (perSector - 1));
  while (tables * perSector < sectors.length + tables + far(tables)) tables++;
  const tableAt = Array.from({ length: tables }, () => put(Buffer.alloc(0)));
  for (const sector of tableAt) fat[sector] = 0xfffffffd;
  const farAt = Array.from({ length: far(tables) }, () => put(Buffer.alloc(0)));
  for (const sector of farAt) fat[sector] = 0xfffffffc;
  const fatBytes = words(fat, perSector);
  for (const [i, sector] of tableAt.entries())
    sectors[sector] = fatBytes.subarray(i * sectorBytes, (i + 1) * sectorBytes);
  for (const [i, sector] of farAt.entries()) {
    const named = tableAt.slice(IN_HEADER + i * (perSector - 1), IN_HEADER + (i + 1) * (perSector - 1));
    sectors[sector] = words(named, perSector);
    sectors[sector].writeUInt32LE(farAt[i + 1] ?? 0xfffffffe, sectorBytes - 4);
  }

  const header = Buffer.alloc(sectorBytes);
  header.write('d0cf11e0a1b11ae1', 0, 'hex');
  header.writeUInt16LE(0x3e, 24);
  header.writeUInt16LE(version, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(version === 3 ? 9 : 12, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(version === 4 ? Math.ceil((entries.length * 128) / sectorBytes) : 0, 40);
  header.writeUInt32LE(tables, 44);
  header.writeUInt32LE(directoryAt, 48);
  header.writeUInt32LE(4096, 56);
  header.writeUInt32LE(miniTableAt, 60);
  header.writeUInt32LE(miniTable.length / sectorBytes, 64);
  header.writeUInt32LE(farAt[0] ?? 0xfffffffe, 68);
  header.writeUInt32LE(farAt.length, 72);
  for (let i = 0; i < IN_HEADER; i++) header.writeUInt32LE(tableAt[i] ?? 0xffffffff, 76 + 4 * i);
  return Buffer.concat([header, ...sectors]);
}
