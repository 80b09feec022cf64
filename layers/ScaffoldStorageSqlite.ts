/** ScaffoldStorage on SQLite. The hottest read has a connection of its own; use and counters are written behind. */
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Fs from "node:fs"
import type { Hash } from "../src/domain/Hash.js"
import type { Outcome } from "../src/domain/Outcome.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import {
  type NewScaffold,
  rotateEvery,
  ScaffoldStorage,
  type WholeRow
} from "../src/services/ScaffoldStorage.js"
import { CacheDatabase } from "./CacheDatabase.js"
import { toBytes, toColumn, toHash, toIso, toText } from "./scaffolds/digests.js"
import { exceeds, pruneScaffolds, removeOrphans } from "./scaffolds/prune.js"
import * as RecentEntries from "./scaffolds/recent.js"
import { columns, type ScaffoldColumns, selectScaffold, toRow } from "./scaffolds/selectScaffold.js"
import { verifyScaffolds } from "./scaffolds/verify.js"
import { toStoreError } from "./storage/sqlError.js"
import type { Run } from "./storage/SqliteWire.js"
import * as WriteBehind from "../src/services/WriteBehind.js"

const insertEntry = `INSERT OR IGNORE INTO entry
  (namespace, hash, version, header, meta, digest, provider, model, created_at, prices, tokens, cost)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertBlock = "INSERT OR IGNORE INTO block (hash, bytes, content) VALUES (?, ?, ?)"
const insertUse = "INSERT OR IGNORE INTO entry_block (entry_id, hash) VALUES (?, ?)"
const deleteEntry = "DELETE FROM entry WHERE namespace = ? AND hash = ?"

/** Adds a row and the blocks that are new. The row's id, if it was added. */
const insert = (run: Run, scaffold: NewScaffold): number | undefined => {
  const { changes, lastInsertRowid } = run(
    insertEntry,
    toColumn(scaffold.namespace),
    toBytes(scaffold.hash),
    scaffold.version,
    scaffold.header,
    scaffold.meta,
    toBytes(scaffold.digest),
    scaffold.provider,
    scaffold.model,
    scaffold.createdAt,
    scaffold.prices,
    scaffold.tokens,
    scaffold.cost
  )
  if (changes === 0) return undefined
  for (const block of scaffold.blocks) {
    const hash = toBytes(block.hash)
    const content = Buffer.from(block.content)
    run(insertBlock, hash, content.byteLength, content)
    run(insertUse, lastInsertRowid, hash)
  }
  return Number(lastInsertRowid)
}

/** Whether the row with this id, if one was added, is the one that a rotation comes with. */
const isDue = (id: number | undefined): boolean => id !== undefined && id % rotateEvery === 0

interface Note {
  readonly namespace: string
  readonly hash: Hash
  readonly outcome: Outcome
  readonly at: number
}

export const make = Effect.gen(function* () {
  const database = yield* CacheDatabase
  const { reader, sql } = database
  const get = yield* reader.prepareGet<ScaffoldColumns>(selectScaffold)
  const recent = yield* RecentEntries.make(reader)
  /** Around what removes entries. */
  const forgetting = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.ensuring(self, Effect.sync(recent.forget))

  const storeError =
    (operation: string) =>
    <A, R>(self: Effect.Effect<A, SqlError, R>): Effect.Effect<A, StoreError, R> =>
      Effect.mapError(self, toStoreError(operation))

  /** Marks rows as used and counts lookups, all in two statements. */
  const writeNotes = (notes: ReadonlyArray<Note>): Effect.Effect<void, StoreError> => {
    const used = new Map<string, { readonly n: string; readonly h: string; at: number; hits: number }>()
    const counts = new Map<string, { readonly n: string; readonly o: Outcome; lookups: number }>()
    for (const { at, hash, namespace, outcome } of notes) {
      const key = `${namespace}\n${hash}`
      const use = used.get(key) ?? { n: toColumn(namespace), h: hash, at: 0, hits: 0 }
      used.set(key, { ...use, at: Math.max(use.at, at), hits: use.hits + (outcome === "hit" ? 1 : 0) })
      const countKey = `${namespace}\n${outcome}`
      const count = counts.get(countKey) ?? { n: toColumn(namespace), o: outcome, lookups: 0 }
      counts.set(countKey, { ...count, lookups: count.lookups + 1 })
    }
    return database
      .transaction(
        Effect.zipRight(
          sql`INSERT INTO access (entry_id, last_at, hits)
            SELECT entry.id, note.value ->> 'at', note.value ->> 'hits'
            FROM json_each(${JSON.stringify([...used.values()])}) AS note
            JOIN entry ON entry.namespace = note.value ->> 'n' AND entry.hash = unhex(note.value ->> 'h')
            WHERE true
            ON CONFLICT (entry_id) DO UPDATE SET
              last_at = max(last_at, excluded.last_at), hits = hits + excluded.hits`,
          sql`INSERT INTO lookup_count (namespace, outcome, lookups)
            SELECT note.value ->> 'n', note.value ->> 'o', note.value ->> 'lookups'
            FROM json_each(${JSON.stringify([...counts.values()])}) AS note WHERE true
            ON CONFLICT (namespace, outcome) DO UPDATE SET lookups = lookups + excluded.lookups`
        )
      )
      .pipe(storeError("note lookups"), Effect.asVoid, Effect.withTracerEnabled(false))
  }

  const notes = yield* WriteBehind.make({
    write: writeNotes,
    capacity: 100_000,
    batch: 4096,
    interval: "200 millis"
  })

  return ScaffoldStorage.of({
    unsafeGet: (namespace, hash) =>
      Either.merge(
        Either.map(get(toColumn(namespace), toBytes(hash)), (row) => (row === undefined ? row : toRow(row)))
      ),

    unsafeNote: (namespace, hash, outcome, at) => void notes.unsafeOffer({ namespace, hash, outcome, at }),

    put: (scaffold) =>
      Effect.map(database.step((run) => insert(run, scaffold)).pipe(storeError("put")), (id) => {
        if (id !== undefined) recent.add(scaffold)
        return isDue(id)
      }),

    replace: (scaffold) =>
      database
        .step((run) => {
          run(deleteEntry, toColumn(scaffold.namespace), toBytes(scaffold.hash))
          return insert(run, scaffold)
        })
        .pipe(storeError("replace"), forgetting, Effect.map(isDue)),

    get: Effect.fn("ScaffoldStorage.get")(function* (namespace, hash) {
      const rows = yield* sql<WholeRow>`SELECT ${sql.literal(columns)}, header FROM entry
        WHERE namespace = ${toColumn(namespace)} AND hash = ${toBytes(hash)}`
      return Option.fromNullable(rows[0])
    }, storeError("get")),

    contents: Effect.fn("ScaffoldStorage.contents")(function* (hashes) {
      const rows = yield* sql<{ readonly hash: unknown; readonly content: unknown }>`
        SELECT hash, content FROM block
        WHERE hash IN (SELECT unhex(value) FROM json_each(${JSON.stringify(hashes)}))`
      return new Map(rows.map((row) => [toHash(row.hash), toText(row.content)] as const))
    }, storeError("contents")),

    recent: (namespace, provider, model, limit) =>
      Effect.suspend(() => recent.get(namespace, provider, model, limit)),

    quarantine: Effect.fn("ScaffoldStorage.quarantine")(
      function* (namespace, hash, problem) {
        yield* database.transaction(
          Effect.zipRight(
            sql`INSERT INTO quarantine ${sql.insert({ kind: "entry", hash, problem })}`,
            sql`DELETE FROM entry WHERE namespace = ${toColumn(namespace)} AND hash = ${toBytes(hash)}`
          )
        )
      },
      storeError("quarantine"),
      forgetting
    ),

    invalidate: Effect.fn("ScaffoldStorage.invalidate")(
      function* (namespace, what) {
        const one = what === "all" ? sql`true` : sql`hash = ${toBytes(what)}`
        const gone = yield* database.transaction(
          Effect.zipLeft(
            sql`DELETE FROM entry WHERE namespace = ${toColumn(namespace)} AND ${one} RETURNING id`,
            Effect.zipRight(
              removeOrphans(database),
              // who wants a tenant forgotten means what its models answered, too
              what === "all"
                ? sql`DELETE FROM response WHERE namespace = ${toColumn(namespace)}`
                : Effect.void
            )
          )
        )
        return gone.length
      },
      storeError("invalidate"),
      forgetting
    ),

    stats: Effect.fn("ScaffoldStorage.stats")(function* (namespace) {
      const [entries] = yield* sql<{
        readonly entries: number
        readonly oldest: number | null
        readonly newest: number | null
      }>`SELECT count(*) AS entries, min(created_at) AS oldest, max(created_at) AS newest
        FROM entry WHERE namespace = ${toColumn(namespace)}`
      const [blocks] = yield* sql<{ readonly blocks: number; readonly bytes: number }>`
        SELECT count(*) AS blocks, coalesce(sum(bytes), 0) AS bytes FROM block WHERE hash IN (
          SELECT entry_block.hash FROM entry_block JOIN entry ON entry.id = entry_id WHERE namespace = ${toColumn(namespace)})`
      const [quarantined] = yield* sql<{ readonly n: number }>`SELECT count(*) AS n FROM quarantine`
      const counts = yield* sql<{ readonly outcome: Outcome; readonly lookups: number }>`
        SELECT outcome, lookups FROM lookup_count WHERE namespace = ${toColumn(namespace)}`
      const iso = (at: number | null | undefined): string | undefined =>
        at === null || at === undefined ? undefined : toIso(at)
      const oldest = iso(entries?.oldest)
      const newest = iso(entries?.newest)
      return {
        entries: entries?.entries ?? 0,
        blocks: blocks?.blocks ?? 0,
        contentBytes: blocks?.bytes ?? 0,
        fileBytes: fileBytes(database.filename),
        quarantined: quarantined?.n ?? 0,
        ...(oldest === undefined ? {} : { oldest }),
        ...(newest === undefined ? {} : { newest }),
        lookups: {
          ...{ hit: 0, miss: 0, follower: 0, replay: 0, bypass: 0 },
          ...Object.fromEntries(counts.map((count) => [count.outcome, count.lookups]))
        }
      }
    }, storeError("stats")),

    verify: (check) => verifyScaffolds(database, check).pipe(storeError("verify"), forgetting),
    exceeds: (policy, now) => exceeds(database, policy, now).pipe(storeError("exceeds")),
    prune: (policy, now, dryRun) =>
      pruneScaffolds(database, policy, now, dryRun).pipe(storeError("prune"), forgetting),
    flush: notes.flush
  })
})

export const layer: Layer.Layer<ScaffoldStorage, StoreError, CacheDatabase> = Layer.scoped(
  ScaffoldStorage,
  make
)

/** The file and its log. */
const fileBytes = (filename: string): number =>
  [filename, `${filename}-wal`].reduce(
    (sum, file) => sum + (Fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0
  )
