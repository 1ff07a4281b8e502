/** How the app's window was left: panels and views, as JSON. */
export const workspace = `
  CREATE TABLE workspace (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    state TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;
`;
