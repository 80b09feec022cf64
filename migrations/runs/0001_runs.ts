import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/**
 * Lineages, their entries, and the chunks that these share. Names are bytes (src/runs/packed.ts). An entry is never changed
 * but for `gone` and the loss of its payload; the guards hold that against every client. The index of entries leaves out
 * those that are gone, so that what was pruned costs no read anything.
 *
 * On SQLite the place of an entry is its lineage and its number in one integer: the entries of a lineage lie together.
 *
 * On Postgres a lineage keeps its own head, which whoever appends moves, and a space counts the threads that were deleted,
 * which whoever begins a lineage holds still. Columns stand in the order of their sizes: no byte is lost between them.
 */
export const up: Effect.Effect<void, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const statements = sql.onDialectOrElse({ pg: () => postgres, orElse: () => sqlite })
  yield* Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })
})

const sqlite = [
  `CREATE TABLE space (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE) STRICT`,
  `CREATE TABLE lineage (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    space INTEGER NOT NULL REFERENCES space (id),
    thread BLOB NOT NULL,
    path BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    reborn INTEGER NOT NULL,
    UNIQUE (space, thread, path)
  ) STRICT`,
  `CREATE TABLE deleted (
    space INTEGER NOT NULL REFERENCES space (id),
    thread BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (space, thread)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE entry (
    place INTEGER PRIMARY KEY,
    lineage INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id BLOB NOT NULL,
    parent BLOB,
    at INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0,
    meta BLOB,
    body BLOB,
    digest BLOB NOT NULL,
    chain BLOB NOT NULL
  ) STRICT`,
  `CREATE INDEX entry_key ON entry (lineage, kind, id) WHERE gone = 0`,
  `CREATE TRIGGER entry_unchanged
    BEFORE UPDATE OF place, lineage, kind, id, parent, at, digest, chain ON entry
    BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END`,
  `CREATE TRIGGER entry_emptied BEFORE UPDATE OF meta, body ON entry
    WHEN NEW.meta IS NOT NULL OR NEW.body IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a payload is never changed, only removed'); END`,
  `CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL,
    hash BLOB NOT NULL,
    deflated INTEGER NOT NULL,
    size INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (space, hash)
  ) STRICT`,
  `CREATE TABLE holding (
    chunk INTEGER NOT NULL,
    lineage INTEGER NOT NULL,
    PRIMARY KEY (chunk, lineage)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX holding_lineage ON holding (lineage)`,
  `CREATE TABLE named (
    space INTEGER NOT NULL,
    name BLOB NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (space, name)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX named_place ON named (place)`,
  `CREATE TABLE ref (
    lineage INTEGER NOT NULL REFERENCES lineage (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name BLOB NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (lineage, kind, name)
  ) STRICT, WITHOUT ROWID`
]

const postgres = [
  `CREATE TABLE aegis_space (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deletions integer NOT NULL DEFAULT 0,
    name bytea NOT NULL UNIQUE
  )`,
  `CREATE TABLE aegis_lineage (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space integer NOT NULL REFERENCES aegis_space (id),
    epoch integer NOT NULL,
    n integer NOT NULL,
    reborn boolean NOT NULL,
    chain bytea NOT NULL,
    thread bytea NOT NULL,
    path bytea NOT NULL,
    UNIQUE (space, thread, path)
  ) WITH (fillfactor = 70)`,
  `CREATE TABLE aegis_deleted (
    space integer NOT NULL REFERENCES aegis_space (id),
    thread bytea NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (space, thread)
  )`,
  `CREATE TABLE aegis_entry (
    at bigint NOT NULL,
    lineage integer NOT NULL,
    n integer NOT NULL,
    kind smallint NOT NULL,
    gone boolean NOT NULL DEFAULT false,
    id bytea NOT NULL,
    parent bytea,
    digest bytea NOT NULL,
    chain bytea NOT NULL,
    meta bytea,
    body bytea,
    PRIMARY KEY (lineage, n)
  )`,
  `ALTER TABLE aegis_entry ALTER COLUMN body SET STORAGE EXTERNAL`,
  `CREATE INDEX aegis_entry_key ON aegis_entry (lineage, kind, id, n) WHERE NOT gone`,
  `CREATE FUNCTION aegis_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.lineage, NEW.n, NEW.kind, NEW.id, NEW.parent, NEW.at, NEW.digest, NEW.chain)
        IS DISTINCT FROM (OLD.lineage, OLD.n, OLD.kind, OLD.id, OLD.parent, OLD.at, OLD.digest, OLD.chain)
      THEN RAISE EXCEPTION 'entries are never changed';
      END IF;
      IF (NEW.meta IS NOT NULL AND NEW.meta IS DISTINCT FROM OLD.meta)
        OR (NEW.body IS NOT NULL AND NEW.body IS DISTINCT FROM OLD.body)
      THEN RAISE EXCEPTION 'a payload is never changed, only removed';
      END IF;
      RETURN NEW;
    END $$`,
  `CREATE TRIGGER aegis_entry_guard BEFORE UPDATE ON aegis_entry
    FOR EACH ROW EXECUTE FUNCTION aegis_entry_guard()`,
  `CREATE TABLE aegis_chunk (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space integer NOT NULL,
    size integer NOT NULL,
    deflated boolean NOT NULL,
    hash bytea NOT NULL,
    data bytea NOT NULL,
    UNIQUE (space, hash)
  )`,
  `ALTER TABLE aegis_chunk ALTER COLUMN data SET STORAGE EXTERNAL`,
  `CREATE TABLE aegis_holding (
    chunk bigint NOT NULL,
    lineage integer NOT NULL,
    PRIMARY KEY (chunk, lineage)
  )`,
  `CREATE INDEX aegis_holding_lineage ON aegis_holding (lineage)`,
  `CREATE TABLE aegis_named (
    space integer NOT NULL,
    lineage integer NOT NULL,
    n integer NOT NULL,
    name bytea NOT NULL,
    PRIMARY KEY (space, name)
  )`,
  `CREATE INDEX aegis_named_lineage ON aegis_named (lineage)`,
  `CREATE TABLE aegis_ref (
    lineage integer NOT NULL REFERENCES aegis_lineage (id) ON DELETE CASCADE,
    n integer NOT NULL,
    kind text NOT NULL,
    name bytea NOT NULL,
    PRIMARY KEY (lineage, kind, name)
  )`
]
