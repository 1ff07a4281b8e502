import type { Database } from 'better-sqlite3';
import { sha256 } from './checksum.ts';

export type Value = string | number | Buffer | null;
export type Row = Record<string, Value>;

/** SHA-256 of a row's other columns, in order of their names. */
function rowChecksum(row: Row): string {
  const columns = Object.keys(row)
    .filter((name) => name !== 'checksum')
    .sort();
  return sha256(
    columns
      .map((name) => {
        const value = row[name] as Value;
        return `${name}=${Buffer.isBuffer(value) ? sha256(value) : JSON.stringify(value)}`;
      })
      .join('\n'),
  );
}

/** Writes a row with its checksum; one with the same primary key is replaced. */
export function writeRow(db: Database, table: string, row: Row): void {
  const names = [...Object.keys(row), 'checksum'];
  const places = names.map(() => '?').join(', ');
  db.prepare(`INSERT OR REPLACE INTO ${table} (${names.join(', ')}) VALUES (${places})`).run(
    ...Object.values(row),
    rowChecksum(row),
  );
}

/** All rows of a table in the order of its primary key, checksums left out. */
export function readRows<R extends Row>(db: Database, table: string, order: string): R[] {
  const rows = db.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).all() as R[];
  for (const row of rows) delete (row as Row)['checksum'];
  return rows;
}

/** The tables of a project, as many as its format has. */
export function tablesOf(db: Database): string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all() as string[];
}

/** The columns of each table, as one text. */
export function columnsOf(db: Database): Map<string, string> {
  const columns = db.prepare('SELECT name FROM pragma_table_info(?) ORDER BY name').pluck();
  return new Map(tablesOf(db).map((table) => [table, columns.all(table).join()]));
}

/** Gives every row of a table the checksum of the columns that it has now. */
export function sealRows(db: Database, table: string): void {
  const seal = db.prepare(`UPDATE ${table} SET checksum = ? WHERE rowid = ?`);
  for (const { row_number, ...row } of db.prepare(`SELECT rowid AS row_number, * FROM ${table}`).all() as Row[])
    seal.run(rowChecksum(row), row_number);
}

/** One line for each row whose columns do not match its checksum. */
export function damagedRows(db: Database): string[] {
  return tablesOf(db).flatMap((table) =>
    (db.prepare(`SELECT rowid AS row_number, * FROM ${table}`).all() as Row[]).flatMap(({ row_number, ...row }) =>
      row['checksum'] === rowChecksum(row) ? [] : [`row ${row_number} of table ${table} does not match its checksum`],
    ),
  );
}
