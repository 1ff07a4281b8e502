/** Movies and figures as they are written down, by name, and exports that were asked for and have not ended. */
export const storyboards = `
  CREATE TABLE storyboards (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;

  CREATE TABLE figures (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;

  CREATE TABLE exports (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    request TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;
`;
