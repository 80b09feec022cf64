/**
 * The SQLite client: one connection, used in turns. A statement runs while its turn lasts, so none can slip into
 * another fiber's transaction, and turns come in order, so nobody starves. Transactions take the write lock when they
 * begin, so they cannot fail half-way because another process wrote in between. When another process holds the lock,
 * we wait outside of SQLite, so that the event loop goes on.
 *
 * `synchronous: "NORMAL"` survives a crash of the process; `"FULL"` survives a power cut too.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { makeCompilerSqlite } from "@effect/sql/Statement"
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { StoreOpenError } from "../../src/domain/StoreErrors.js"
import * as Driver from "./driver.js"
import * as FifoLock from "./FifoLock.js"
import * as HotReader from "./HotReader.js"
import { fault, isBusy } from "./sqlError.js"
import * as SqliteWire from "./SqliteWire.js"
import type { Dialect } from "./Transaction.js"
import { makeClient } from "./Transaction.js"
import * as Wire from "./Wire.js"

export interface Options extends Driver.OpenOptions {
  readonly synchronous: "NORMAL" | "FULL"
  /** How long a statement or a BEGIN is tried again while another process holds the lock. Default 5 s. */
  readonly patience?: Duration.DurationInput | undefined
  /** Bytes; only a new file takes it. Default 8192. */
  readonly pageSize?: number | undefined
  /** Bytes of the file that are read through memory mapping. Default 0. */
  readonly mmapSize?: number | undefined
  /** As SQLite takes it: pages, or minus KiB. */
  readonly cacheSize?: number | undefined
  /** Overwrite deleted content with zeros. */
  readonly secureDelete?: boolean | undefined
  /** Pages in the log after which a commit copies them to the file; 0 leaves that to whoever asked for it. */
  readonly walAutocheckpoint?: number | undefined
}

export interface SqliteClient extends SqlClient.SqlClient {
  /**
   * A transaction whose body is synchronous: a tenth of the price of `withTransaction` where the statements are many and
   * known. The body may run again when another process held the lock, so it changes nothing but the database. Inside
   * another transaction it fails.
   */
  readonly step: <A>(body: (run: SqliteWire.Run, get: SqliteWire.Get) => A) => Effect.Effect<A, SqlError>
  /** A step at once and without an Effect; nothing is done and given where `step` would have to wait for its turn. */
  readonly stepNow: <A>(
    body: (run: SqliteWire.Run, get: SqliteWire.Get) => A
  ) => Either.Either<A, SqlError> | undefined
  /** The same for a body of one statement, which needs no `BEGIN`. */
  readonly singleNow: <A>(body: (run: SqliteWire.Run) => A) => Either.Either<A, SqlError> | undefined
  /** Opens a reader beside this client. */
  readonly hotReader: Effect.Effect<HotReader.HotReader, StoreOpenError, Scope.Scope>
}

/** Opens the database and closes it with the scope. */
export const make = (
  options: Options
): Effect.Effect<SqliteClient, StoreOpenError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const waiting = waitFor(options.patience ?? "5 seconds")
    const database = yield* Driver.open(options)
    const failed = Driver.openError(options.filename)
    yield* Effect.try({ try: () => configure(database, options), catch: failed }).pipe(
      Effect.retry({ schedule: waiting, while: (error) => error.reason === "busy" })
    )
    const { inTurn, now, wire, ...ours } = dialect(database, options, waiting)
    const client = yield* makeClient(ours)
    return Object.assign(client, {
      step: <A>(body: Parameters<typeof wire.step<A>>[0]) =>
        Effect.suspend(() => now(() => wire.step(body)) ?? client.outside(inTurn(() => wire.step(body)))),
      stepNow: <A>(body: Parameters<typeof wire.step<A>>[0]) => now(() => wire.step(body)),
      singleNow: <A>(body: Parameters<typeof wire.single<A>>[0]) => now(() => wire.single(body)),
      hotReader: HotReader.make(options, database)
    })
  })

/** The client as a layer of its own. */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, StoreOpenError> =>
  Layer.scoped(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

/** Tries again at growing, jittered distances: two processes that wait for each other must not march in step. */
const waitFor = (patience: Duration.DurationInput): Schedule.Schedule<unknown> =>
  Schedule.exponential("2 millis", 1.6).pipe(
    Schedule.union(Schedule.spaced("50 millis")),
    Schedule.jittered,
    Schedule.upTo(patience)
  )

const configure = (database: Database.Database, options: Options): void => {
  if (options.readonly !== true) {
    // Both are fixed by the first write. On a file that has content they do nothing but ask for the write lock.
    if (database.pragma("page_count", { simple: true }) === 0) {
      database.pragma(`page_size = ${options.pageSize ?? 8192}`)
      database.pragma("auto_vacuum = INCREMENTAL")
    }
    database.pragma("journal_mode = WAL")
    database.pragma(`synchronous = ${options.synchronous}`)
    database.pragma(`secure_delete = ${options.secureDelete === true ? "ON" : "OFF"}`)
    if (options.walAutocheckpoint !== undefined) {
      database.pragma(`wal_autocheckpoint = ${options.walAutocheckpoint}`)
    }
  }
  if (options.mmapSize !== undefined) database.pragma(`mmap_size = ${options.mmapSize}`)
  if (options.cacheSize !== undefined) database.pragma(`cache_size = ${options.cacheSize}`)
  database.pragma("foreign_keys = ON")
  // The first read: a file that is not a database is found out now, not at the first query.
  database.pragma("schema_version")
}

const dialect = (
  database: Database.Database,
  options: Options,
  waiting: Schedule.Schedule<unknown>
): Dialect & {
  readonly wire: SqliteWire.SqliteWire
  /** What is one piece of JavaScript, if nobody else has the turn; nothing is done otherwise. */
  readonly now: <A>(attempt: () => Either.Either<A, SqlError>) => Either.Either<A, SqlError> | undefined
  readonly inTurn: <A>(attempt: () => Either.Either<A, SqlError>) => Effect.Effect<A, SqlError>
} => {
  const wire = SqliteWire.make(database)
  const lock = FifoLock.make()

  /** SQLite did nothing when it says busy, so a BEGIN or a statement outside of a transaction may be repeated. */
  const patiently = <A, R>(effect: Effect.Effect<A, SqlError, R>): Effect.Effect<A, SqlError, R> =>
    Effect.catchIf(effect, isBusy, () => Effect.retry(effect, { schedule: waiting, while: isBusy }))

  const rollback = Effect.suspend(() => (database.inTransaction ? wire.script("ROLLBACK") : Effect.void))

  /** A statement must leave no transaction behind, and finds none, even if a rollback failed for want of a disk. */
  const alone: Wire.Around = (statement) =>
    Effect.zipRight(rollback, statement).pipe(
      Effect.zipLeft(
        Effect.suspend(() =>
          database.inTransaction
            ? Effect.zipRight(
                rollback,
                fault("AEGIS_TRANSACTION", "BEGIN is not a statement: use `transaction`")
              )
            : Effect.void
        )
      )
    )

  /** Takes a turn that ends with the scope, begun by `first`; a failing `first` gives the turn back at once. */
  const lease = (first: Effect.Effect<void, SqlError>): Effect.Effect<void, SqlError, Scope.Scope> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const leave = yield* lock.enter(restore)
        const begun = yield* Effect.exit(Effect.zipRight(rollback, first))
        if (Exit.isFailure(begun)) leave()
        else yield* Effect.addFinalizer(() => Effect.ensuring(Effect.ignore(rollback), Effect.sync(leave)))
        return yield* begun
      })
    )

  const begin = options.readonly === true ? "BEGIN" : "BEGIN IMMEDIATE"
  return {
    wire,
    now: (attempt) => {
      if (lock.unsafeIsHeld() || database.inTransaction) return undefined
      const result = attempt()
      return Either.isLeft(result) && isBusy(result.left) ? undefined : result
    },
    inTurn: (attempt) => patiently(lock.withTurn(Effect.zipRight(rollback, Effect.suspend(attempt)))),
    compiler: makeCompilerSqlite(),
    attributes: { "db.system.name": "sqlite" },
    autocommit: Effect.succeed(
      Wire.connection(wire, (statement) => patiently(lock.withTurn(alone(statement))))
    ),
    reserve: Effect.as(lease(Effect.void), { wire, alive: () => true }),
    begin: Effect.as(patiently(lease(wire.script(begin))), {
      wire,
      alive: () => database.inTransaction,
      commit: wire.script("COMMIT")
    })
  }
}
