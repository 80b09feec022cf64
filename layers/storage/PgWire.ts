/**
 * One connection of a Postgres pool as a wire, with what the driver leaves open: a connection that broke is remembered
 * and never goes back to the pool, a COMMIT that the server answers with a rollback is an error, and an interrupted
 * statement has stopped on the server before the connection is used again.
 */
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Net from "node:net"
import type Pg from "pg"
import { codeOf, fault } from "./sqlError.js"
import type { StatementNames } from "./statementNames.js"
import type { Wire } from "./Wire.js"

export interface PgWire extends Wire {
  /** Whether the server has a transaction open on this connection. */
  readonly inTransaction: () => boolean
  readonly commit: Effect.Effect<void, SqlError>
  /**
   * Sends a statement, and calls with its rows, or with what else became of it. Gives what interrupts it; what came after
   * that is not told.
   */
  readonly start: (
    text: string,
    values: ReadonlyArray<unknown>,
    onRows: (rows: ReadonlyArray<object>) => void,
    onFailure: (outcome: Effect.Effect<ReadonlyArray<object>, SqlError>) => void
  ) => Effect.Effect<void>
  /** Gives the connection back that has no transaction open. */
  readonly giveBack: () => void
  /** Gives the connection back as the next user expects it, or closes it. */
  readonly release: Effect.Effect<void>
}

interface Mode {
  readonly rowMode?: "array"
}

export const make = (client: Pg.PoolClient, names: StatementNames): PgWire => {
  let broken: unknown
  /** Statements that are prepared here fit the schema no more. */
  let isStale = false
  const breaks = (cause: unknown): void => {
    broken ??= cause
  }
  client.on("error", breaks)

  const begin = <A>(
    query: () => Promise<A>,
    onResult: (result: A) => void,
    onFailure: (error: SqlError) => void
  ): Effect.Effect<void> => {
    if (broken !== undefined) {
      onFailure(lost(broken))
      return Effect.void
    }
    const answer = query().then(onResult, (cause: unknown) => {
      const healthy = isAnswer(cause)
      if (!healthy) breaks(cause)
      onFailure(healthy ? new SqlError({ cause, message: "Failed to execute statement" }) : lost(cause))
    })
    return Effect.promise(() => Promise.all([cancel(client), answer])).pipe(
      Effect.timeout("2 seconds"),
      Effect.catchAll((cause) => Effect.sync(() => breaks(cause)))
    )
  }
  const send = <A>(query: () => Promise<A>): Effect.Effect<A, SqlError> =>
    Effect.async((resume) => begin(query, (result) => resume(Effect.succeed(result)), resume))

  const queryOf = (name: string | undefined, text: string, values: ReadonlyArray<unknown>): Pg.QueryConfig =>
    name === undefined ? { text, values: [...values] } : { name, text, values: [...values] }

  /** Sends a statement again without its name when the server knows no such name, or another statement of it. */
  const recover = <Row extends object>(
    error: SqlError,
    again: Effect.Effect<ReadonlyArray<Row>, SqlError>
  ): Effect.Effect<ReadonlyArray<Row>, SqlError> => {
    const trouble = troubleOf(error)
    if (trouble === undefined) return error
    if (trouble === "stale") isStale = true
    else names.giveUp()
    if (trouble === "lost") return error
    // nothing was carried out
    return inTransaction()
      ? fault(
          "AEGIS_PREPARED",
          "A statement is no longer prepared: the transaction may be tried again",
          error
        )
      : again
  }

  const unprepared = <Row extends object>(
    text: string,
    values: ReadonlyArray<unknown>,
    mode: Mode = {}
  ): Effect.Effect<ReadonlyArray<Row>, SqlError> =>
    Effect.map(
      send(() => client.query<Row>({ ...mode, ...queryOf(undefined, text, values) })),
      ({ rows }) => rows
    )
  const query = <Row extends object>(
    text: string,
    values: ReadonlyArray<unknown>,
    mode: Mode = {}
  ): Effect.Effect<ReadonlyArray<Row>, SqlError> => {
    const name = names.of(text)
    const again = unprepared<Row>(text, values, mode)
    if (name === undefined) return again
    return Effect.matchEffect(
      send(() => client.query<Row>({ ...mode, ...queryOf(name, text, values) })),
      {
        onSuccess: ({ rows }) => Effect.succeed(rows),
        onFailure: (error) => recover(error, again)
      }
    )
  }
  const script: Wire["script"] = (text) => Effect.asVoid(send(() => client.query(text)))
  const inTransaction = (): boolean => client.getTransactionStatus() !== "I"
  const giveBack = (): void => {
    client.off("error", breaks)
    client.release(broken !== undefined || isStale || inTransaction())
  }

  return {
    rows: (text, values) => query(text, values),
    unprepared: (text, values) => unprepared(text, values),
    values: (text, values) => query(text, values, { rowMode: "array" }),
    raw: (text, values) => send(() => client.query({ text, values: [...values] })),
    script,
    start: (text, values, onRows, onFailure) => {
      const name = names.of(text)
      return begin(
        () => client.query<object>(queryOf(name, text, values)),
        ({ rows }) => onRows(rows),
        (error) => onFailure(name === undefined ? error : recover(error, unprepared(text, values)))
      )
    },
    inTransaction,
    commit: Effect.flatMap(
      send(() => client.query("COMMIT")),
      // The server answers so when a statement of the transaction had failed: nothing was kept.
      ({ command }) =>
        command === "COMMIT"
          ? Effect.void
          : fault("AEGIS_TRANSACTION", "The server rolled the transaction back after an earlier error")
    ),
    giveBack,
    release: Effect.suspend(() =>
      broken === undefined && inTransaction()
        ? Effect.zipRight(Effect.ignore(script("ROLLBACK")), Effect.sync(giveBack))
        : Effect.sync(giveBack)
    )
  }
}

/** What a prepared statement ran into: forgotten or of another meaning, of another schema, or not understood at all. */
const troubleOf = ({ cause }: SqlError): "forgotten" | "stale" | "lost" | undefined => {
  const code = codeOf(cause)
  if (code === "26000" || code === "42P05") return "forgotten"
  if (code === "0A000" && cause instanceof Error && cause.message.includes("cached plan")) return "stale"
  return cause instanceof Error && codeOf(cause.cause) === "08P01" ? "lost" : undefined
}

/** Whether the server said no and the connection is as good as before. Only the server's errors have a severity. */
const isAnswer = (cause: unknown): boolean =>
  cause instanceof Error && "severity" in cause && !/^(08|57P0)/.test(codeOf(cause))

const lost = (cause: unknown): SqlError =>
  fault("AEGIS_CONNECTION", "The connection to the server was lost", cause)

/** What the driver knows of a connection, beside its documented properties, and a cancel request needs. */
const isCancellable = Schema.is(
  Schema.Struct({
    host: Schema.String,
    port: Schema.Number,
    processID: Schema.Number,
    secretKey: Schema.Number
  })
)

/**
 * Asks the server to stop what the connection is doing, on a connection of its own: the pool may be exhausted. When the
 * server has closed it, the request has been carried out, so it cannot hit a later statement.
 */
const cancel = (client: object): Promise<void> =>
  new Promise((resolve) => {
    if (!isCancellable(client)) return resolve()
    const { host, port, processID, secretKey } = client
    const socket = host.startsWith("/")
      ? Net.connect(`${host}/.s.PGSQL.${port}`)
      : Net.connect({ host, port })
    const request = Buffer.alloc(16)
    request.writeInt32BE(request.length, 0)
    request.writeInt32BE(80877102, 4)
    request.writeInt32BE(processID, 8)
    request.writeInt32BE(secretKey, 12)
    socket.once("error", () => {})
    socket.once("close", () => resolve())
    socket.once("connect", () => socket.end(request))
    socket.resume()
  })
