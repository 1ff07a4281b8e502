/** Where a scan's voxel size and time came from, in words; null where nothing told them. */
export const origins = `
  CREATE TABLE origins (
    scan INTEGER PRIMARY KEY REFERENCES scans (idx),
    voxel_size_from TEXT,
    time_from TEXT,
    checksum TEXT NOT NULL
  ) STRICT;
`;
