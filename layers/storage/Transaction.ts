/**
 * Transactions for both dialects. A transaction is a `Level` over one physical connection; a nested one is a level of
 * its own, on a savepoint, over the same connection. At each level one thing happens at a time: a statement, or a
 * nested transaction from beginning to end. So parallel branches cannot write into each other's savepoints.
 *
 * A level ends with its effect. A fiber that outlives it (a daemon, a fork that nobody joined) gets a typed error, and
 * a nested transaction that it left open is undone: it never said that it succeeded.
 *
 * Do not wait inside a transaction for a fiber of its parent that uses SQL: that fiber waits for its turn until the
 * transaction ends.
 */
import type * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import type { Compiler } from "@effect/sql/Statement"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as FifoLock from "./FifoLock.js"
import { fault } from "./sqlError.js"
import * as Wire from "./Wire.js"

/** A connection that nobody else uses until its scope closes. */
export interface Lease {
  readonly wire: Wire.Wire
  /** False once the database has ended the transaction on its own, as SQLite does on some errors. */
  readonly alive: () => boolean
}

/** A lease with an open transaction. When its scope closes before `commit` has succeeded, it is rolled back. */
export interface Session extends Lease {
  readonly commit: Effect.Effect<void, SqlError>
}

/** What a dialect brings to a client. */
export interface Dialect {
  readonly compiler: Compiler
  readonly attributes: Readonly<Record<string, string | number>>
  /** A connection for one statement outside of any transaction. */
  readonly autocommit: Connection.Acquirer
  readonly reserve: Effect.Effect<Lease, SqlError, Scope.Scope>
  readonly begin: Effect.Effect<Session, SqlError, Scope.Scope>
}

interface Level {
  readonly lease: Lease
  readonly savepoint: string
  /** Held by a statement, and by a nested transaction from beginning to end. */
  readonly lock: FifoLock.FifoLock
  readonly shared: Shared
  readonly connection: Connection
  child: Level | undefined
  ended: boolean
  /** A nested transaction could not be undone, so this one must not be kept. */
  broken: SqlError | undefined
}

/** What all levels of one connection have in common. */
interface Shared {
  /** Held while something is on the wire: whoever checks that a level is open does it in the turn in which it acts. */
  readonly wire: FifoLock.FifoLock
  savepoints: number
}

const makeLevel = (lease: Lease, shared: Shared): Level => {
  const lock = FifoLock.make()
  const level: Level = {
    lease,
    savepoint: `aegis_${shared.savepoints++}`,
    lock,
    shared,
    connection: Wire.connection(lease.wire, (statement) =>
      lock.withTurn(shared.wire.withTurn(Effect.suspend(() => refusal(level) ?? statement)))
    ),
    child: undefined,
    ended: false,
    broken: undefined
  }
  return level
}

const firstLevel = (lease: Lease): Level => makeLevel(lease, { wire: FifoLock.make(), savepoints: 0 })

const ended = (): SqlError =>
  fault("AEGIS_TRANSACTION", "The transaction has ended: a fiber that outlives it cannot use its connection")

const damage = (level: Level): SqlError | undefined =>
  level.broken ??
  (level.lease.alive()
    ? undefined
    : fault("AEGIS_TRANSACTION", "The database rolled the transaction back after an earlier error"))

const refusal = (level: Level): SqlError | undefined => (level.ended ? ended() : damage(level))

/** Ends a level and all below it. Returns the script that undoes a nested transaction which somebody left open. */
const end = (level: Level): string => {
  for (let each: Level | undefined = level; each !== undefined; each = each.child) each.ended = true
  return level.child === undefined ? "" : `ROLLBACK TO ${level.child.savepoint};`
}

/** Keeps what a nested transaction did when it succeeded, and undoes it otherwise. */
const finish = <A, E>(parent: Level, level: Level, exit: Exit.Exit<A, E>): Effect.Effect<A, E | SqlError> => {
  // An outer level that ended first has undone this one: the connection is no longer ours.
  if (level.ended) return Exit.isSuccess(exit) ? ended() : exit
  const { savepoint, lease } = level
  const undo = end(level)
  parent.child = undefined
  const rollback = Effect.catchAll(
    lease.wire.script(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`),
    (error) =>
      Effect.sync(() => {
        parent.broken = error
      })
  )
  if (Exit.isFailure(exit)) return Effect.zipRight(rollback, exit)
  const release = damage(level) ?? lease.wire.script(`${undo} RELEASE ${savepoint}`)
  return Effect.as(
    Effect.tapError(release, () => rollback),
    exit.value
  )
}

/** Commits an outermost transaction when it succeeded; closing its scope rolls it back otherwise. */
const commit = <A, E>(
  session: Session,
  level: Level,
  exit: Exit.Exit<A, E>
): Effect.Effect<A, E | SqlError> => {
  const undo = end(level)
  if (Exit.isFailure(exit)) return exit
  const ready = damage(level) ?? (undo === "" ? Effect.void : session.wire.script(undo))
  return Effect.as(Effect.zipRight(ready, session.commit), exit.value)
}

const makeWithTransaction = (
  tag: Context.Tag<Level, Level>,
  { attributes, begin }: Dialect
): SqlClient.SqlClient["withTransaction"] => {
  const outermost = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.scopedWith((scope) =>
        Effect.gen(function* () {
          const session = yield* restore(Scope.extend(begin, scope))
          const level = firstLevel(session)
          const exit = yield* Effect.exit(restore(Effect.provideService(self, tag, level)))
          return yield* level.shared.wire.withTurn(Effect.suspend(() => commit(session, level, exit)))
        })
      )
    )

  const nested = <A, E, R>(parent: Level, self: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const { lease, shared } = parent
        const level = makeLevel(lease, shared)
        const savepoint = Effect.map(lease.wire.script(`SAVEPOINT ${level.savepoint}`), () => {
          parent.child = level
        })
        yield* shared.wire.withTurn(Effect.suspend(() => refusal(parent) ?? savepoint))
        const exit = yield* Effect.exit(restore(Effect.provideService(self, tag, level)))
        return yield* shared.wire.withTurn(Effect.suspend(() => finish(parent, level, exit)))
      })
    )

  return (self) =>
    Effect.withSpan(
      Effect.flatMap(
        Effect.serviceOption(tag),
        Option.match({
          onNone: () => outermost(self),
          onSome: (parent) => parent.lock.withTurn(nested(parent, self))
        })
      ),
      "sql.transaction",
      { kind: "client", captureStackTrace: false, attributes }
    )
}

/** The connection of a lease, which refuses to work once the scope has closed. */
const reserved = (lease: Dialect["reserve"]): Connection.Acquirer =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const level = firstLevel(yield* restore(lease))
      yield* Effect.addFinalizer(() => level.shared.wire.withTurn(Effect.sync(() => end(level))))
      return level.connection
    })
  )

let clients = 0

export interface Client extends SqlClient.SqlClient {
  /** Refuses, inside a transaction of this client, what takes a turn of its own: it would wait for itself. */
  readonly outside: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /** The connection of the transaction of this client in which the effect runs. */
  readonly current: Effect.Effect<Connection | undefined>
}

/** A client of one dialect whose transactions are ours. */
export const makeClient = (dialect: Dialect): Effect.Effect<Client, never, Reactivity.Reactivity> => {
  // The tag that @effect/sql uses is one for all clients: in a transaction of one, it sends the statements of every
  // other client to the wrong database. Each of ours has its own.
  const tag = Context.GenericTag<Level>(`aegis/storage/Transaction/${++clients}`)
  const client = SqlClient.make({
    acquirer: Effect.flatMap(
      Effect.serviceOption(tag),
      Option.match({ onNone: () => dialect.autocommit, onSome: (level) => Effect.succeed(level.connection) })
    ),
    transactionAcquirer: reserved(dialect.reserve),
    compiler: dialect.compiler,
    spanAttributes: Object.entries(dialect.attributes)
  })
  return Effect.map(client, (stock) =>
    Object.assign(stock, {
      withTransaction: makeWithTransaction(tag, dialect),
      current: Effect.map(
        Effect.serviceOption(tag),
        Option.match({
          onNone: () => undefined,
          onSome: ({ connection }) => connection
        })
      ),
      outside: <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
        Effect.flatMap(
          Effect.serviceOption(tag),
          Option.match({
            onNone: (): Effect.Effect<A, E | SqlError, R> => self,
            onSome: () =>
              fault("AEGIS_TRANSACTION", "A step is a transaction of its own: run it outside of others")
          })
        )
    })
  )
}

/**
 * Runs an effect in a transaction: it is committed when the effect succeeds and rolled back when it fails, dies or is
 * interrupted. Inside another transaction of the same client it is a savepoint. A failing COMMIT is an `SqlError`, and
 * the writes are undone; when the connection is lost during COMMIT, nobody can know, so make what you repeat
 * idempotent.
 */
export const transaction = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R | SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (ours) => ours.withTransaction(self))
