/** The first form of a project. Never edited: what comes later is a migration of its own. */
export const first = `
  CREATE TABLE project (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    software TEXT NOT NULL,
    created_at TEXT NOT NULL,
    voxel_z_um REAL NOT NULL,
    voxel_y_um REAL NOT NULL,
    voxel_x_um REAL NOT NULL,
    working_area_mm2 REAL,
    counter_area_mm2 REAL,
    checksum TEXT NOT NULL
  ) STRICT;

  -- Paths are relative to the project with /, and as they were when the scan came in.
  CREATE TABLE scans (
    idx INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    absolute_path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    shape TEXT NOT NULL,
    type TEXT NOT NULL,
    big_endian INTEGER NOT NULL,
    segments TEXT NOT NULL,
    hints TEXT NOT NULL,
    start_h REAL,
    time_h REAL,
    end_h REAL,
    checksum TEXT NOT NULL
  ) STRICT;

  CREATE TABLE scan_files (
    scan INTEGER NOT NULL REFERENCES scans (idx),
    number INTEGER NOT NULL,
    path TEXT NOT NULL,
    absolute_path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (scan, number)
  ) STRICT;

  -- Columns of the log as little-endian float64.
  CREATE TABLE cycling (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    path TEXT NOT NULL,
    time_h BLOB NOT NULL,
    voltage_v BLOB NOT NULL,
    current_ma BLOB NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;

  -- Every change of the project with what takes it back.
  CREATE TABLE history (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    command TEXT NOT NULL,
    change TEXT NOT NULL,
    inverse TEXT NOT NULL,
    undone INTEGER NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;

  CREATE TABLE recipe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    recipe TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;

  -- The plan of the last run: which result each step has.
  CREATE TABLE results (
    step TEXT NOT NULL,
    scan INTEGER NOT NULL,
    key TEXT NOT NULL,
    done INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (step, scan)
  ) STRICT;
`;
