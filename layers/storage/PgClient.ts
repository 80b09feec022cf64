/**
 * The Postgres client: a pool, and transactions on a connection of their own. Statements compile as @effect/sql-pg
 * compiles them; what happens to connections is ours (see PgWire and Transaction).
 *
 * Works through a transaction pooler: nothing here outlives a transaction on the server but prepared statements, and those
 * are given up where they are not found.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type Pg from "pg"
import { StoreOpenError } from "../../src/domain/StoreErrors.js"
import * as PgDirect from "./PgDirect.js"
import * as PgWire from "./PgWire.js"
import { codeOf, fault } from "./sqlError.js"
import { keepsStatements, makeNames, noNames, type StatementNames } from "./statementNames.js"
import { type Client, makeClient } from "./Transaction.js"
import * as Wire from "./Wire.js"

export interface Options {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: Redacted.Redacted
  /** How long the server works on one statement. No limit by default. */
  readonly statementTimeout?: Duration.DurationInput | undefined
  /** Default 10. */
  readonly maxConnections?: number | undefined
  /** How long to wait for a connection, be it a new one or one of a pool in use. Default 5 s. */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /**
   * Keep direct statements prepared on their connections. By default what the URL says (`prepared_statements=`), and otherwise
   * true, unless it is that of a transaction pooler: there the next statement may meet another connection.
   */
  readonly preparedStatements?: boolean | undefined
  /** What the server's views show. Default "aegis". */
  readonly applicationName?: string | undefined
}

export interface PgClient extends SqlClient.SqlClient {
  /** Refuses, inside a transaction of this client, what is a transaction of its own. */
  readonly outside: Client["outside"]
  /**
   * One statement as fast as the driver is: no span, no compilation, no scope, and prepared, so its texts should be few.
   * Inside a transaction of this client it is part of that. `Row` is the caller's claim.
   */
  readonly direct: <Row extends object>(
    text: string,
    params: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

/** Connects once, to know that the server is there; the scope closes all connections. */
export const make = (
  options: Options
): Effect.Effect<PgClient, StoreOpenError, Scope.Scope | Reactivity.Reactivity> =>
  Effect.gen(function* () {
    const failed = openError(options.url)
    const [{ Pool }, { makeCompiler }] = yield* Effect.tryPromise({
      try: () => Promise.all([import("pg"), import("@effect/sql-pg/PgClient")]),
      catch: failed
    })
    const pool = yield* Effect.acquireRelease(
      Effect.try({ try: () => new Pool(poolConfig(options)), catch: failed }),
      (pool) => Effect.promise(() => pool.end())
    )
    // An idle connection that dies is replaced when it is needed; unheard, the event would end the process.
    pool.on("error", () => {})
    // So would that of one which dies on its way from the pool to whoever asked for it. The next statement finds it dead.
    pool.on("connect", (client) => void client.on("error", () => {}))
    const isPrepared = options.preparedStatements ?? keepsStatements(Redacted.value(options.url))
    const names = isPrepared ? makeNames() : noNames
    const ask = asking(pool, names)
    const take = checkout(ask)
    const reserve = Effect.uninterruptibleMask((restore) =>
      Effect.tap(restore(take), ({ release }) => Effect.addFinalizer(() => release))
    )
    yield* Effect.mapError(Effect.scoped(reserve), ({ cause }) => failed(cause))
    const client = yield* makeClient({
      compiler: makeCompiler(),
      attributes: { "db.system.name": "postgresql", ...addressOf(options.url) },
      autocommit: Effect.map(reserve, (wire) => Wire.connection(wire, (statement) => statement)),
      reserve: Effect.map(reserve, (wire) => ({ wire, alive: () => true })),
      begin: Effect.tap(
        Effect.map(reserve, (wire) => ({ wire, alive: wire.inTransaction, commit: wire.commit })),
        ({ wire }) => wire.script("BEGIN")
      )
    })
    const alone = PgDirect.make(ask)
    const direct = (
      text: string,
      params: ReadonlyArray<unknown>
    ): Effect.Effect<ReadonlyArray<object>, SqlError> => {
      names.give(text)
      return Effect.flatMap(client.current, (connection) =>
        connection === undefined ? alone(text, params) : connection.execute(text, params, undefined)
      )
    }
    // whoever asks says of which form the rows are
    return Object.assign(client, { direct: direct as PgClient["direct"] })
  })

/** The client as a layer of its own. */
export const layer = (options: Options): Layer.Layer<SqlClient.SqlClient, StoreOpenError> =>
  Layer.scoped(SqlClient.SqlClient, make(options)).pipe(Layer.provide(Reactivity.layer))

const poolConfig = (options: Options): Pg.PoolConfig => {
  const timeout =
    options.statementTimeout === undefined ? undefined : Duration.toMillis(options.statementTimeout)
  return {
    connectionString: Redacted.value(options.url),
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: Duration.toMillis(options.connectTimeout ?? "5 seconds"),
    application_name: options.applicationName ?? "aegis",
    keepAlive: true,
    // So does a plan of a prepared statement that was made when its tables were small.
    maxLifetimeSeconds: 600,
    // The second limit is for a server that no longer answers at all: the connection is then given up.
    ...(timeout === undefined ? {} : { statement_timeout: timeout, query_timeout: timeout + 5000 })
  }
}

/** PgBouncer takes no limits for a connection that others will have after us. */
const isOfPooler = (cause: unknown): boolean =>
  cause instanceof Error && cause.message.startsWith("unsupported startup parameter")

const asking =
  (pool: Pg.Pool, names: StatementNames): PgDirect.Ask =>
  (onWire, onFailure) => {
    let isWanted = true
    const fails = (cause: unknown): void =>
      onFailure(fault("AEGIS_CONNECTION", "No connection to the server", cause))
    const connect = (mayRepeat: boolean): void =>
      pool.connect((cause, client) => {
        if (client !== undefined) {
          if (isWanted) onWire(PgWire.make(client, names))
          else client.release()
        } else if (mayRepeat && isOfPooler(cause)) {
          // the limit of the client holds from then on
          pool.options.statement_timeout = undefined
          connect(false)
        } else fails(cause)
      })
    try {
      connect(true)
    } catch (cause) {
      // a URL that cannot be parsed
      fails(cause)
    }
    return () => {
      isWanted = false
    }
  }

/** A connection of the pool, to be given back. Interrupting the wait leaves no connection behind. */
const checkout = (ask: PgDirect.Ask): Effect.Effect<PgWire.PgWire, SqlError> =>
  Effect.async((resume) => {
    let release: Effect.Effect<void> = Effect.void
    const takeBack = ask((wire) => {
      release = wire.release
      resume(Effect.succeed(wire))
    }, resume)
    return Effect.suspend(() => {
      takeBack()
      return release
    })
  })

/** The address without password and parameters, as far as it can be read. */
const addressOf = (redacted: Redacted.Redacted): Readonly<Record<string, string | number>> => {
  const text = Redacted.value(redacted)
  if (!URL.canParse(text)) return {}
  const url = new URL(text)
  return {
    "server.address": url.hostname,
    "server.port": Number(url.port || 5432),
    "db.namespace": url.pathname.slice(1)
  }
}

/** Host, port and database, for people. */
export const locationOf = (url: Redacted.Redacted): string => {
  const address = addressOf(url)
  return `${address["server.address"] ?? "?"}:${address["server.port"] ?? "?"}/${address["db.namespace"] ?? ""}`
}

const openError =
  (url: Redacted.Redacted) =>
  (cause: unknown): StoreOpenError => {
    const location = locationOf(url)
    const inner = cause instanceof Error && codeOf(cause) === "AEGIS_CONNECTION" ? cause.cause : cause
    const [reason, hint] = remedyFor(codeOf(inner))
    return new StoreOpenError({ location, reason, hint, cause: inner })
  }

const remedyFor = (code: string): readonly [StoreOpenError["reason"], string] => {
  if (code.startsWith("28")) return ["permission", "Check the user and the password in the URL."]
  if (code === "3D000") return ["not-found", "Create the database, or name another one in the URL."]
  if (code === "ERR_MODULE_NOT_FOUND") return ["native-module", "Run `npm install pg @effect/sql-pg`."]
  return [
    "unreachable",
    "Check that the server runs and that host, port and TLS settings in the URL are right."
  ]
}
