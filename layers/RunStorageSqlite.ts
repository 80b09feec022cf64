/** RunStorage on SQLite. Writes of one turn are one synchronous transaction; reads are as fast as the driver. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { LineageMoved, ThreadDeleted } from "../src/domain/RunErrors.js"
import { LineageMoved as Moved } from "../src/domain/RunErrors.js"
import type { StoreError } from "../src/domain/StoreErrors.js"
import { genesis, type Head } from "../src/runs/chain.js"
import { isPackedUuid, packName, unpackName } from "../src/runs/packed.js"
import { unconditional } from "../src/services/appending.js"
import {
  type Appended,
  type Entry,
  kinds,
  type Lineage,
  type LineageState,
  type Listed,
  type Query,
  type RefKind,
  RunStorage
} from "../src/services/RunStorage.js"
import { type EntryRow, toEntry } from "./runs/entryRow.js"
import * as GroupCommit from "./runs/GroupCommit.js"
import { newestFirst, rangesOf } from "./runs/newestFirst.js"
import { epochOf, isNumber, span } from "./runs/places.js"
import { type Job, lastNumber, makeAppend, type Outcome, selectLineage } from "./runs/sqliteAppend.js"
import { deleteThread, emptyEntries } from "./runs/sqliteRemove.js"
import { makeUpkeep, reclaim } from "./runs/sqliteUpkeep.js"
import type { All, HotReader } from "./storage/HotReader.js"
import { toStoreError } from "./storage/sqlError.js"
import type { SqliteClient } from "./storage/SqliteClient.js"

/** The least packed name that is no UUID's, and so the bound between the two ranges of ids. */
const bound = Buffer.alloc(17, 0xff)
const columns = `place % ${span} AS n, kind, id, parent, at, gone, meta, body, digest, chain`
const living = `lineage = ? AND kind = ${kinds.checkpoint} AND gone = 0`
/** A checkpoint that was put again counts in its newest revision. */
const newestRevision = `NOT EXISTS (SELECT 1 FROM entry AS later WHERE later.lineage = entry.lineage
  AND later.kind = ${kinds.checkpoint} AND later.gone = 0 AND later.id = entry.id AND later.place > entry.place)`

interface LineageRow {
  readonly id: number
  readonly epoch: number
  readonly reborn: number
}

/** Heads that are remembered; when there are more, all are read again. */
const capacity = 10_000
/** A number of rows as SQLite takes it, to whom a negative one means all of them. */
const toLimit = (limit: number): number => Math.min(Math.max(0, limit), Number.MAX_SAFE_INTEGER)

/** The run store of one namespace, in a database whose schema is up to date. */
export const make = (
  client: SqliteClient,
  reader: HotReader,
  namespace: string
): Effect.Effect<RunStorage["Type"], StoreError> =>
  Effect.gen(function* () {
    const space = yield* Effect.mapError(
      client.step((run, get) => {
        run("INSERT OR IGNORE INTO space (name) VALUES (?)", packName(namespace))
        return get<[number]>("SELECT id FROM space WHERE name = ?", packName(namespace))?.[0] ?? 0
      }),
      toStoreError("open the run store")
    )
    const selectEntries = (where: string): Effect.Effect<All<EntryRow>, StoreError> =>
      reader.prepareAll<EntryRow>(`SELECT ${columns} FROM entry WHERE ${where}`)
    /** Queries whose conditions vary; there are few of them. */
    const varying = new Map<string, All<object>>()
    const prepared = <Row extends object>(sql: string): Effect.Effect<All<Row>, StoreError> =>
      Effect.suspend(() => {
        const known = varying.get(sql)
        // a text is always prepared for the same rows
        if (known !== undefined) return Effect.succeed(known as All<Row>)
        return Effect.tap(reader.prepareAll<Row>(sql), (query) => Effect.sync(() => varying.set(sql, query)))
      })

    const lineageRow = yield* reader.prepareAll<LineageRow>(selectLineage)
    const newest = yield* selectEntries(`${living} AND id < ? ORDER BY id DESC, place DESC LIMIT 1`)
    const newestOfAll = yield* selectEntries(`${living} ORDER BY id DESC, place DESC LIMIT 1`)
    const byId = yield* selectEntries(`${living} AND id = ? ORDER BY place DESC LIMIT 1`)
    const belonging = yield* selectEntries(`lineage = ? AND kind = ? AND gone = 0 AND id = ? ORDER BY place`)
    const byPlace = yield* selectEntries("place = ?")
    const following = yield* selectEntries("place > ? AND place < ? ORDER BY place LIMIT ?")
    const last = yield* selectEntries("place > ? AND place < ? ORDER BY place DESC LIMIT 1")
    const bytesOf = yield* reader.prepareGet<[bytes: number]>(
      `SELECT coalesce(sum(coalesce(length(meta), 0) + coalesce(length(body), 0)), 0) FROM entry
        WHERE place > ? AND place < ?`
    )
    const chunkRow = yield* reader.prepareGet<[deflated: number, size: number, data: Uint8Array]>(
      "SELECT deflated, size, data FROM chunk WHERE space = ? AND hash = ?"
    )
    const namedRow = yield* reader.prepareGet<[thread: Uint8Array, path: Uint8Array, place: number]>(
      `SELECT thread, path, place FROM named JOIN lineage ON lineage.id = place / ${span}
        WHERE named.space = ? AND named.name = ?`
    )
    const refRows = yield* reader.prepareAll<{
      readonly kind: RefKind
      readonly name: Uint8Array
      readonly n: number
    }>("SELECT kind, name, n FROM ref WHERE lineage = ? ORDER BY kind, name")

    const nameRows = yield* reader.prepareAll<{ readonly name: Uint8Array; readonly n: number }>(
      `SELECT name, place % ${span} AS n FROM named WHERE place > ? AND place < ? ORDER BY place, name`
    )
    const upkeep = yield* makeUpkeep(client, reader, space)

    const rowOf = ({ path, thread }: Lineage): Either.Either<LineageRow | undefined, StoreError> =>
      Either.map(lineageRow(space, packName(thread), packName(path)), ([row]) => row)

    /** Reads from a lineage, or gives what one gives that has nothing. */
    const within = <A>(
      lineage: Lineage,
      none: A,
      read: (row: LineageRow) => Either.Either<A, StoreError>
    ): Effect.Effect<A, StoreError> =>
      Effect.suspend(() =>
        Either.flatMap(rowOf(lineage), (row) => (row === undefined ? Either.right(none) : read(row)))
      )

    const entriesOf = (
      rows: Either.Either<ReadonlyArray<EntryRow>, StoreError>
    ): Either.Either<ReadonlyArray<Entry>, StoreError> => Either.map(rows, (found) => found.map(toEntry))

    /** The newest checkpoint by id as text: where ids are of two kinds, the newest of each. */
    const newestCheckpoint = (lineage: number): Either.Either<Entry | undefined, StoreError> =>
      Either.gen(function* () {
        const [first] = yield* newestOfAll(lineage)
        if (first === undefined || isPackedUuid(first.id)) return first && toEntry(first)
        const [uuid] = yield* newest(lineage, bound)
        return newestFirst([first, ...(uuid === undefined ? [] : [uuid])].map(toEntry), undefined, 1)[0]
      })

    /** Where lineages stand, for as long as no other process has written. */
    const heads = new Map<number, Head>()
    let seen: number | undefined
    const append = makeAppend(namespace, space)

    const commitOnce = (jobs: ReadonlyArray<Job>): Effect.Effect<ReadonlyArray<Outcome>, StoreError> =>
      client
        .step((run, get) => {
          const version = get<[number]>("PRAGMA data_version")?.[0]
          const known = version === seen
          const moved = new Map<number, Head>()
          const outcomes = jobs.map((job) =>
            append(
              run,
              get,
              {
                get: (id) => moved.get(id) ?? (known ? heads.get(id) : undefined),
                set: (id, head) => moved.set(id, head)
              },
              job
            )
          )
          return { version, known, moved, outcomes }
        })
        .pipe(
          Effect.map(({ known, moved, outcomes, version }) => {
            if (!known || heads.size > capacity) heads.clear()
            seen = version
            for (const [id, head] of moved) heads.set(id, head)
            return outcomes
          }),
          Effect.mapError(toStoreError("RunStorage.append"))
        )
    /** Another storage on the same connection moves a lineage without a sign; its numbers are then taken. */
    const commit = (jobs: ReadonlyArray<Job>): Effect.Effect<ReadonlyArray<Outcome>, StoreError> =>
      Effect.catchIf(
        commitOnce(jobs),
        ({ reason }) => reason === "constraint" && heads.size > 0,
        () => {
          heads.clear()
          return commitOnce(jobs)
        }
      )
    const write = GroupCommit.make<Job, Appended, StoreError | LineageMoved | ThreadDeleted>(commit)
    /** Around what may leave a lineage without its entries. */
    const forgetting = <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.ensuring(
        self,
        Effect.sync(() => heads.clear())
      )

    const checkpoints = (
      row: LineageRow & Lineage,
      { before, holds, id, limit }: Query
    ): Effect.Effect<ReadonlyArray<Listed>, StoreError> =>
      Effect.gen(function* () {
        const [first] = yield* newestOfAll(row.id)
        if (first === undefined) return []
        const found: Array<Entry> = []
        for (const range of rangesOf(before, limit, !isPackedUuid(first.id))) {
          const conditions = [living, newestRevision, range.uuids ? "id < ?" : "id >= ?"]
          const params: Array<unknown> = [row.id, bound]
          if (range.below !== undefined) {
            conditions.push("id < ?")
            params.push(range.below)
          }
          if (id !== undefined) {
            conditions.push("id = ?")
            params.push(packName(id))
          }
          for (const bytes of holds) {
            conditions.push("instr(meta, ?) > 0")
            params.push(bytes)
          }
          const select = yield* prepared<EntryRow>(
            `SELECT ${columns} FROM entry WHERE ${conditions.join(" AND ")} ORDER BY id DESC, place DESC LIMIT ?`
          )
          found.push(...(yield* entriesOf(select(...params, toLimit(range.limit)))))
        }
        const listed: Array<Listed> = []
        for (const entry of newestFirst(found, before, limit)) {
          listed.push({
            lineage: { thread: row.thread, path: row.path },
            epoch: epochOf(row),
            entry,
            writes: yield* entriesOf(belonging(row.id, kinds.writes, packName(entry.id)))
          })
        }
        return listed
      })

    const lineages = (
      thread: string | undefined,
      path: string | undefined
    ): Effect.Effect<ReadonlyArray<LineageRow & Lineage>, StoreError> =>
      Effect.gen(function* () {
        const names = [
          ["thread", thread],
          ["path", path]
        ].flatMap(([column, name]) => (name === undefined ? [] : [[column, packName(name)] as const]))
        const query = yield* prepared<
          LineageRow & { readonly thread: Uint8Array; readonly path: Uint8Array }
        >(
          `SELECT id, epoch, reborn, thread, path FROM lineage
            WHERE ${["space = ?", ...names.map(([column]) => `${column} = ?`)].join(" AND ")} ORDER BY id`
        )
        const rows = yield* query(space, ...names.map(([, name]) => name))
        return rows.map((row) => ({ ...row, thread: unpackName(row.thread), path: unpackName(row.path) }))
      })

    const stateOf = ({
      epoch,
      id,
      path,
      thread
    }: LineageRow & Lineage): Either.Either<LineageState, StoreError> =>
      Either.gen(function* () {
        const [head] = yield* entriesOf(last(id * span, (id + 1) * span))
        const [bytes] = (yield* bytesOf(id * span, (id + 1) * span)) ?? [0]
        return {
          thread,
          path,
          epoch: epochOf({ epoch, id }),
          bytes,
          ...(head ?? genesis(namespace, thread, path))
        }
      }).pipe(
        Either.map((state) => ({
          thread: state.thread,
          path: state.path,
          epoch: state.epoch,
          bytes: state.bytes,
          n: state.n,
          chain: state.chain
        }))
      )

    return RunStorage.of({
      namespace,
      append: (lineage, drafts, epoch) => write({ lineage, drafts, epoch }),
      find: (lineage, id) =>
        within(lineage, { epoch: 0, reborn: false, checkpoint: undefined, writes: [] }, (row) =>
          Either.gen(function* () {
            const checkpoint =
              id === undefined
                ? yield* newestCheckpoint(row.id)
                : (yield* entriesOf(byId(row.id, packName(id))))[0]
            const writes =
              checkpoint === undefined
                ? []
                : yield* entriesOf(belonging(row.id, kinds.writes, packName(checkpoint.id)))
            return { epoch: epochOf(row), reborn: row.reborn === 1, checkpoint, writes }
          })
        ),
      entries: (lineage, numbers) =>
        within<ReadonlyArray<Entry>>(lineage, [], ({ id }) =>
          Either.map(
            Either.all([...new Set(numbers)].filter(isNumber).map((n) => byPlace(id * span + n))),
            (found) => found.flat().map(toEntry)
          )
        ),
      belonging: (lineage, kind, id) =>
        within<ReadonlyArray<Entry>>(lineage, [], (row) => entriesOf(belonging(row.id, kind, packName(id)))),
      list: (query) =>
        query.limit <= 0
          ? Effect.succeed([])
          : Effect.flatMap(lineages(query.thread, query.path), (rows) =>
              Effect.map(
                Effect.forEach(rows, (row) => checkpoints(row, query)),
                (found) =>
                  newestFirst(
                    found.flat().map((listed) => ({ ...listed, id: listed.entry.id })),
                    query.before,
                    query.limit
                  )
              )
            ),
      log: (lineage, after, limit) =>
        within<ReadonlyArray<Entry>>(lineage, [], ({ id }) =>
          entriesOf(following(id * span + Math.max(0, after), (id + 1) * span, toLimit(limit)))
        ),
      lineages: (thread) =>
        Effect.flatMap(lineages(thread, undefined), (rows) =>
          Effect.suspend(() => Either.all(rows.map(stateOf)))
        ),
      chunks: (hashes) =>
        Effect.suspend(() =>
          Either.all(
            hashes.map((hash) =>
              Either.map(chunkRow(space, hash), (row) =>
                row === undefined
                  ? undefined
                  : { hash: Buffer.from(hash), deflated: row[0] === 1, size: row[1], data: row[2] }
              )
            )
          )
        ),
      ...upkeep,
      named: (name) =>
        Effect.suspend(() =>
          Either.map(namedRow(space, packName(name)), (row) =>
            row === undefined
              ? Option.none()
              : Option.some({
                  lineage: { thread: unpackName(row[0]), path: unpackName(row[1]) },
                  n: row[2] % span
                })
          )
        ),
      refs: (lineage) =>
        within<ReadonlyArray<{ readonly kind: RefKind; readonly name: string; readonly n: number }>>(
          lineage,
          [],
          ({ id }) =>
            Either.map(refRows(id), (rows) => rows.map((row) => ({ ...row, name: unpackName(row.name) })))
        ),
      dropRef: (lineage, ref, draft) =>
        Effect.asVoid(write({ lineage, drafts: [draft], epoch: undefined, drop: ref })),
      remove: (lineage, removal) =>
        client
          .step((run, get) => {
            const row = get<[id: number, epoch: number]>(
              selectLineage,
              space,
              packName(lineage.thread),
              packName(lineage.path)
            )
            if (row === undefined) return undefined
            const [id, epoch] = row
            if (epochOf({ id, epoch }) !== removal.epoch) return undefined
            if (removal.upTo !== undefined && removal.upTo !== lastNumber(get, id)) return undefined
            const freed = emptyEntries(run, get, space, id, removal)
            append(
              run,
              get,
              { get: () => undefined, set: () => {} },
              {
                lineage,
                drafts: [unconditional(removal.draft)],
                epoch: undefined
              }
            )
            return freed
          })
          .pipe(
            Effect.mapError(toStoreError("RunStorage.remove")),
            Effect.flatMap((freed) =>
              freed === undefined ? new Moved({ thread: lineage.thread }) : Effect.succeed(freed)
            ),
            forgetting
          ),
      deleteThread: (thread) =>
        Effect.gen(function* () {
          const at = yield* Clock.currentTimeMillis
          const freed = yield* client.step((run, get) => deleteThread(run, get, space, thread, at))
          // the log still holds what was overwritten in the file
          yield* client`PRAGMA wal_checkpoint(TRUNCATE)`
          return freed
        }).pipe(Effect.mapError(toStoreError("RunStorage.deleteThread")), forgetting),
      names: (lineage) =>
        within<ReadonlyArray<{ readonly name: string; readonly n: number }>>(lineage, [], ({ id }) =>
          Either.map(nameRows(id * span, (id + 1) * span), (rows) =>
            rows.map((row) => ({ name: unpackName(row.name), n: row.n }))
          )
        ),
      reclaim: reclaim(client)
    })
  })
