/** What a run store on Postgres does when connections break, others write, and the server says no. */
import * as Reactivity from "@effect/experimental/Reactivity"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as SqlClient from "@effect/sql/SqlClient"
import * as RunStoragePg from "../../layers/RunStoragePg.js"
import * as PgClient from "../../layers/storage/PgClient.js"
import { transaction } from "../../layers/storage/Transaction.js"
import { kinds } from "../../src/runs/entry.js"
import type { Freed } from "../../src/services/RunStorage.js"
import { checkedLog, chunkOf, draftOf, lineage, writesOf } from "../services/runDrafts.js"
import { runDatabase, type Storage } from "../services/runStorages.js"
import { administer, pgUrl } from "../support/postgres.js"
import * as Proxy from "../support/postgresProxy.js"

const connect = (url: string, options: Omit<PgClient.Options, "url"> = {}) =>
  PgClient.make({ url: Redacted.make(url), ...options })

const open = (url: string, options: Omit<PgClient.Options, "url"> = {}, own: RunStoragePg.Options = {}) =>
  Effect.flatMap(connect(url, options), (sql) => RunStoragePg.make(sql, "namespace", own))

const scoped = <A, E>(self: Effect.Effect<A, E, Scope.Scope | Reactivity.Reactivity>) =>
  Effect.provide(Effect.scoped(self), Reactivity.layer)

const reasonOf = <A, E extends { readonly _tag: string }>(self: Effect.Effect<A, E>) =>
  Effect.map(
    Effect.either(self),
    Either.match({
      onLeft: (error) => ("reason" in error ? String(error.reason) : error._tag),
      onRight: () => "success"
    })
  )

const main = lineage("thread")
const removalOf = (
  epoch: number,
  rest: { chunks?: ReadonlyArray<Uint8Array>; gone?: ReadonlyArray<number> }
) => ({
  epoch,
  gone: [],
  empty: rest.gone ?? [],
  chunks: [],
  draft: draftOf("removal", { kind: kinds.prune }),
  ...rest
})

/** Runs statements one by one on a connection of their own, in a transaction that ends when it is told to. */
const byHand = (sql: SqlClient.SqlClient, statements: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const done = yield* Deferred.make<void>()
    const ready = yield* Deferred.make<void>()
    const fiber = yield* Effect.fork(
      Effect.provideService(
        transaction(
          Effect.forEach(statements, (statement) => sql.unsafe(statement)).pipe(
            Effect.zipRight(Deferred.succeed(ready, undefined)),
            Effect.zipRight(Deferred.await(done))
          )
        ),
        SqlClient.SqlClient,
        sql
      )
    )
    yield* Effect.raceFirst(Deferred.await(ready), Fiber.join(fiber))
    return { end: Effect.zipRight(Deferred.succeed(done, undefined), Fiber.join(fiber)) }
  })

/** Waits until somebody in this database waits for a lock. */
const untilBlocked = (sql: SqlClient.SqlClient) =>
  sql`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.pipe(
    Effect.flatMap((rows) => (rows.length > 0 ? Effect.void : Effect.fail("not yet"))),
    Effect.retry({ schedule: Schedule.spaced("5 millis"), times: 1000 })
  )

const idsIn = (storage: Storage, at = main) =>
  Effect.map(checkedLog(storage, at), (log) => log.map(({ id }) => id))

describe.skipIf(pgUrl === undefined)("a run store on Postgres", () => {
  describe("whose connections break", () => {
    it.live("loses and doubles none of 200 appends while backends are terminated", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const storage = yield* open(url, { applicationName: "victim" }, { patience: "20 seconds" })
          const killer = yield* Effect.forkScoped(
            administer(
              `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'victim' AND datname = '${new URL(url).pathname.slice(1)}'`
            ).pipe(Effect.repeat(Schedule.spaced("15 millis")))
          )
          const chunk = chunkOf("shared")
          yield* Effect.forEach(
            Array.from({ length: 200 }, (_, i) => i),
            (i) =>
              storage.append(lineage(`t${i % 4}`), [
                draftOf(`${i}`, { chunks: [chunk, chunkOf(`own ${i}`)], names: [`name ${i}`] })
              ]),
            { concurrency: 6 }
          )
          yield* Fiber.interrupt(killer)
          for (const t of [0, 1, 2, 3]) {
            const ids = (yield* idsIn(storage, lineage(`t${t}`))).map(Number).sort((a, b) => a - b)
            assert.deepStrictEqual(
              ids,
              Array.from({ length: 50 }, (_, i) => 4 * i + t)
            )
          }
        })
      )
    )

    it.live(
      "knows an append that was carried out though its answer was lost, first or later, and appends it once",
      () =>
        scoped(
          Effect.gen(function* () {
            const proxy = yield* Proxy.make(yield* runDatabase)
            const storage = yield* open(proxy.url)
            for (const [i, id] of ["a", "b", "c"].entries()) {
              proxy.loseAnswerTo("WITH moved")
              const { epoch, numbers } = yield* storage.append(main, [draftOf(id), writesOf(id, "w")])
              assert.deepStrictEqual(numbers, [2 * i + 1, 2 * i + 2])
              assert.strictEqual(epoch, (yield* storage.find(main)).epoch)
            }
            assert.strictEqual(proxy.lost(), 3)
            assert.deepStrictEqual(yield* idsIn(storage), ["a", "a", "b", "b", "c", "c"])
          })
        )
    )

    it.live("knows it too when somebody else has appended since", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const proxy = yield* Proxy.make(url)
          const storage = yield* open(proxy.url)
          const other = yield* open(url)
          yield* storage.append(main, [draftOf("a")])
          proxy.loseAnswerTo("WITH moved")
          const fiber = yield* Effect.fork(storage.append(main, [draftOf("b")]))
          // the other one appends as soon as it is there, and goes on
          yield* other.find(main, "b").pipe(
            Effect.flatMap(({ checkpoint }) =>
              checkpoint === undefined ? Effect.fail("not yet") : Effect.void
            ),
            Effect.retry({ schedule: Schedule.spaced("1 millis"), times: 5000 })
          )
          for (const id of ["c", "d", "e"]) yield* other.append(main, [draftOf(id)])
          assert.deepStrictEqual((yield* Fiber.join(fiber)).numbers, [2])
          assert.deepStrictEqual(yield* idsIn(storage), ["a", "b", "c", "d", "e"])
        })
      )
    )

    it.live("knows a removal and a deletion that were committed though their answers were lost", () =>
      scoped(
        Effect.gen(function* () {
          const proxy = yield* Proxy.make(yield* runDatabase)
          const storage = yield* open(proxy.url)
          const draft = draftOf("a", { chunks: [chunkOf("chunk")] })
          yield* storage.append(main, [draft, draftOf("b")])
          const { epoch } = yield* storage.find(main)
          const bytes = draft.body.length + draft.meta.length + 5
          proxy.loseAnswerTo("COMMIT\0")
          const freed = yield* storage.remove(
            main,
            removalOf(epoch, { gone: [1], chunks: [chunkOf("chunk").hash] })
          )
          assert.deepStrictEqual(freed, { entries: 1, chunks: 1, bytes })
          assert.strictEqual((yield* checkedLog(storage, main)).length, 3)
          proxy.loseAnswerTo("COMMIT\0")
          const deleted: Freed = yield* storage.deleteThread("thread")
          assert.strictEqual(deleted.entries, 3)
          assert.strictEqual(proxy.lost(), 2)
          assert.deepStrictEqual(yield* storage.lineages(), [])
        })
      )
    )

    it.live("waits for a server that comes back, reading and writing", () =>
      scoped(
        Effect.gen(function* () {
          const proxy = yield* Proxy.make(yield* runDatabase)
          const storage = yield* open(proxy.url, {}, { patience: "20 seconds" })
          yield* storage.append(main, [draftOf("a")])
          yield* proxy.down
          const writing = yield* Effect.fork(storage.append(main, [draftOf("b")]))
          const reading = yield* Effect.fork(storage.find(main, "a"))
          yield* Effect.sleep("300 millis")
          yield* proxy.up
          assert.deepStrictEqual((yield* Fiber.join(writing)).numbers, [2])
          assert.strictEqual((yield* Fiber.join(reading)).checkpoint?.id, "a")
          assert.deepStrictEqual(yield* idsIn(storage), ["a", "b"])
        })
      )
    )

    it.live("says so once patience is at its end, for a whole group at once", () =>
      scoped(
        Effect.gen(function* () {
          const proxy = yield* Proxy.make(yield* runDatabase)
          const storage = yield* open(proxy.url, {}, { patience: "200 millis" })
          yield* storage.append(main, [draftOf("a")])
          yield* proxy.down
          const begun = performance.now()
          const reasons = yield* Effect.all(
            [
              ...Array.from({ length: 20 }, (_, i) => reasonOf(storage.append(main, [draftOf(`${i}`)]))),
              reasonOf(storage.find(main)),
              reasonOf(storage.deleteThread("thread"))
            ],
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(new Set(reasons), new Set(["connection"]))
          assert.isBelow(performance.now() - begun, 4000)
          yield* proxy.up
          yield* storage.append(main, [draftOf("z")])
          const ids = yield* idsIn(storage)
          assert.deepStrictEqual(ids, ["a", "z"])
        })
      )
    )
  })

  describe("beside others that write", () => {
    it.live("loses and doubles nothing where the server serializes transactions", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          yield* administer(
            `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_isolation = 'serializable'`
          )
          const storages = yield* Effect.all([open(url), open(url), open(url)])
          const chunk = chunkOf("shared")
          yield* Effect.forEach(
            storages,
            (storage, s) =>
              Effect.forEach(
                Array.from({ length: 25 }, (_, i) => `${s}-${i}`),
                (id, i) =>
                  Effect.gen(function* () {
                    const at = lineage(`t${i % 2}`)
                    yield* storage.append(at, [draftOf(id, { chunks: [chunk] })])
                    if (i % 8 === 7) {
                      const { epoch } = yield* storage.find(at)
                      yield* reasonOf(storage.remove(at, removalOf(epoch, { chunks: [chunk.hash] })))
                    }
                  })
              ),
            { concurrency: "unbounded" }
          )
          const ids = [
            ...(yield* idsIn(storages[0], lineage("t0"))),
            ...(yield* idsIn(storages[1], lineage("t1")))
          ].filter((id) => id !== "removal")
          assert.strictEqual(ids.length, 75)
          assert.strictEqual(new Set(ids).size, 75)
        })
      )
    )

    it.live("keeps a chunk that somebody is about to hold while its last holder lets it go", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const storage = yield* open(url)
          const chunk = chunkOf("wanted")
          const { epoch } = yield* storage.append(main, [draftOf("a", { chunks: [chunk] })])
          yield* storage.append(lineage("other"), [draftOf("b")])
          const writer = yield* byHand(sql, [
            "SELECT id FROM aegis_chunk FOR KEY SHARE",
            "INSERT INTO aegis_holding (chunk, lineage) SELECT aegis_chunk.id, 2 FROM aegis_chunk"
          ])
          const removing = yield* Effect.fork(
            storage.remove(main, removalOf(epoch, { chunks: [chunk.hash] }))
          )
          yield* untilBlocked(sql)
          yield* writer.end
          assert.strictEqual((yield* Fiber.join(removing)).chunks, 0)
          assert.isDefined((yield* storage.chunks([chunk.hash]))[0])
        })
      )
    )

    it.live("writes a chunk anew that goes while it wants to hold it", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const storage = yield* open(url)
          const chunk = chunkOf("going")
          yield* storage.append(main, [draftOf("a", { chunks: [chunk] })])
          const remover = yield* byHand(sql, [
            "SELECT id FROM aegis_chunk FOR UPDATE",
            "DELETE FROM aegis_holding",
            "DELETE FROM aegis_chunk"
          ])
          const appending = yield* Effect.fork(
            storage.append(lineage("other"), [draftOf("b", { chunks: [chunk, chunkOf("more")] })])
          )
          yield* untilBlocked(sql)
          yield* remover.end
          yield* Fiber.join(appending)
          const chunks = yield* storage.chunks([chunk.hash, chunkOf("more").hash])
          assert.notInclude(chunks, undefined)
          assert.strictEqual((yield* storage.deleteThread("other")).chunks, 2)
        })
      )
    )

    it.live("never leaves a holder without its chunk, nor a chunk without a holder", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const [one, two] = yield* Effect.all([open(url), open(url)])
          const chunks = [0, 1, 2, 3].map((i) => chunkOf(`chunk ${i}`))
          const work = (storage: Storage, name: string) =>
            Effect.forEach(
              Array.from({ length: 60 }, (_, i) => i),
              (i) =>
                Effect.gen(function* () {
                  const at = lineage(`${name} ${i % 2}`)
                  const some = i % 3 === 0 ? chunks.toReversed() : chunks.slice(i % 3)
                  const { epoch } = yield* storage.append(at, [draftOf(`${i}`, { chunks: some })])
                  const stored = yield* storage.chunks(some.map(({ hash }) => hash))
                  assert.notInclude(stored, undefined)
                  if (i % 10 === 9) yield* storage.deleteThread(at.thread)
                  else yield* storage.remove(at, removalOf(epoch, { chunks: chunks.map(({ hash }) => hash) }))
                })
            )
          yield* Effect.all([work(one, "a"), work(two, "b"), work(one, "c"), work(two, "d")], {
            concurrency: "unbounded"
          })
          for (const name of ["a", "b", "c", "d"]) {
            yield* one.deleteThread(`${name} 0`)
            yield* one.deleteThread(`${name} 1`)
          }
          assert.deepStrictEqual(yield* sql`SELECT id FROM aegis_chunk`, [])
          assert.deepStrictEqual(yield* sql`SELECT chunk FROM aegis_holding`, [])
        })
      )
    )

    it.live("takes no late write that began before its thread was deleted", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const storage = yield* open(url)
          yield* storage.append(main, [draftOf("a")])
          // from here on the storage believes to know that there is no such lineage
          yield* storage.find(lineage("thread", "path"))
          const other = yield* open(url)
          const deleting = yield* byHand(sql, [
            "UPDATE aegis_space SET deletions = deletions + 1",
            "DELETE FROM aegis_entry",
            "DELETE FROM aegis_lineage",
            "INSERT INTO aegis_deleted (space, thread, at) SELECT id, sha256('\\xffffffffffffffffffffffffffffffffff'::bytea || 'thread'), 0 FROM aegis_space"
          ])
          const late = draftOf("b", { parent: "a" })
          const appending = yield* Effect.fork(reasonOf(storage.append(lineage("thread", "path"), [late])))
          yield* untilBlocked(sql)
          yield* deleting.end
          assert.strictEqual(yield* Fiber.join(appending), "ThreadDeleted")
          assert.strictEqual(yield* reasonOf(storage.append(main, [late])), "ThreadDeleted")
          assert.deepStrictEqual(yield* other.lineages(), [])
        })
      )
    )

    it.live("deletes a lineage of the thread that has just begun", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const storage = yield* open(url)
          yield* storage.append(main, [draftOf("a")])
          const beginning = yield* byHand(sql, [
            "SELECT id FROM aegis_space FOR SHARE",
            "INSERT INTO aegis_lineage (space, epoch, n, reborn, chain, thread, path) SELECT space, 0, 0, false, chain, thread, 'x' FROM aegis_lineage"
          ])
          const deleting = yield* Effect.fork(storage.deleteThread("thread"))
          yield* untilBlocked(sql)
          yield* beginning.end
          assert.strictEqual((yield* Fiber.join(deleting)).entries, 1)
          assert.deepStrictEqual(yield* sql`SELECT id FROM aegis_lineage`, [])
        })
      )
    )

    it.live("does not count a thread's entries twice, nor write into a transaction of somebody's own", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const storage = yield* RunStoragePg.make(sql, "namespace")
          yield* storage.append(main, [draftOf("a")])
          const inside = <A, E>(self: Effect.Effect<A, E>) =>
            Effect.provideService(transaction(self), SqlClient.SqlClient, sql)
          assert.strictEqual(yield* inside(reasonOf(storage.append(main, [draftOf("b")]))), "transaction")
          assert.strictEqual(yield* inside(reasonOf(storage.deleteThread("thread"))), "transaction")
          assert.strictEqual((yield* inside(storage.find(main))).checkpoint?.id, "a")
          assert.deepStrictEqual(yield* idsIn(storage), ["a"])
        })
      )
    )
  })

  describe("whose server or pool says no", () => {
    it.live("says that the pool is exhausted, and writes nothing later", () =>
      scoped(
        Effect.gen(function* () {
          const sql = yield* connect(yield* runDatabase, { maxConnections: 1, connectTimeout: "150 millis" })
          const storage = yield* RunStoragePg.make(sql, "namespace")
          yield* storage.append(main, [draftOf("a")])
          const holder = yield* byHand(sql, ["SELECT 1"])
          const begun = performance.now()
          assert.strictEqual(yield* reasonOf(storage.append(main, [draftOf("b")])), "connection")
          assert.strictEqual(yield* reasonOf(storage.find(main)), "connection")
          assert.isBelow(performance.now() - begun, 2000)
          yield* holder.end
          assert.deepStrictEqual(yield* idsIn(storage), ["a"])
        })
      )
    )

    it.live("says that a statement took longer than the limit, and goes on", () =>
      scoped(
        Effect.gen(function* () {
          const url = yield* runDatabase
          const sql = yield* connect(url)
          const storage = yield* open(url, { statementTimeout: "150 millis" })
          yield* storage.append(main, [draftOf("a")])
          const holder = yield* byHand(sql, ["SELECT id FROM aegis_lineage FOR UPDATE"])
          assert.strictEqual(yield* reasonOf(storage.append(main, [draftOf("b")])), "busy")
          yield* holder.end
          yield* storage.append(main, [draftOf("c")])
          assert.deepStrictEqual(yield* idsIn(storage), ["a", "c"])
        })
      )
    )

    it.live("names the constraint of its tables that nobody gets around: entries are never changed", () =>
      scoped(
        Effect.gen(function* () {
          const sql = yield* connect(yield* runDatabase)
          const storage = yield* RunStoragePg.make(sql, "namespace")
          yield* storage.append(main, [draftOf("a")])
          for (const change of [
            "id = 'x'",
            "n = 2",
            "chain = 'x'",
            "digest = 'x'",
            "meta = 'x'",
            "body = 'x'"
          ]) {
            assert.strictEqual(
              yield* reasonOf(sql.unsafe(`UPDATE aegis_entry SET ${change}`)),
              "SqlError",
              change
            )
          }
          yield* sql`UPDATE aegis_entry SET gone = true, meta = NULL, body = NULL`
          assert.strictEqual((yield* checkedLog(storage, main)).length, 1)
        })
      )
    )
  })

  describe("behind a transaction pooler", () => {
    const connections = 4
    /** Does something on every connection of a pool at once. */
    const onAll = (sql: SqlClient.SqlClient, text: string) =>
      Effect.scoped(
        Effect.gen(function* () {
          const reserved = yield* Effect.all(Array.from({ length: connections }, () => sql.reserve))
          return (yield* Effect.forEach(reserved, (each) => each.execute(text, [], undefined))).flat()
        })
      )

    for (const rowLevelSecurity of [false, true]) {
      it.live(
        `needs nothing that a connection remembers${rowLevelSecurity ? ", with its namespace set" : ""}`,
        () =>
          scoped(
            Effect.gen(function* () {
              const sql = yield* connect(yield* runDatabase, { maxConnections: connections })
              const storage = yield* RunStoragePg.make(sql, "namespace", { rowLevelSecurity })
              for (let i = 0; i < 20; i++) {
                yield* Effect.all(
                  [0, 1, 2, 3].map((t) => storage.append(lineage(`t${t}`), [draftOf(`${i}`)])),
                  { concurrency: "unbounded" }
                )
                yield* storage.find(lineage("t0"))
                if (i % 5 === 0) yield* onAll(sql, "DISCARD ALL")
              }
              const left = yield* onAll(
                sql,
                `SELECT current_setting('aegis.namespace', true) AS namespace,
                (SELECT count(*)::integer FROM pg_prepared_statements) AS prepared`
              )
              for (const { namespace, prepared } of left) {
                assert.isNotOk(namespace)
                assert.strictEqual(prepared, 0)
              }
              for (const t of [0, 1, 2, 3]) {
                assert.strictEqual((yield* idsIn(storage, lineage(`t${t}`))).length, 20)
              }
            })
          )
      )
    }

    it.live("keeps the statements of appends prepared where there is none", () =>
      scoped(
        Effect.gen(function* () {
          const sql = yield* connect(yield* runDatabase, { maxConnections: 1 })
          const storage = yield* RunStoragePg.make(sql, "namespace")
          for (const id of ["a", "b", "c"]) {
            for (const at of [main, lineage("other")]) yield* storage.append(at, [draftOf(id)])
          }
          const prepared = yield* sql<{ readonly n: number }>`
            SELECT count(*)::integer AS n FROM pg_prepared_statements WHERE statement LIKE 'WITH moved%'`
            .unprepared
          // one that begins a lineage, one that goes on
          assert.strictEqual(prepared[0]?.n, 2)
        })
      )
    )
  })
})
