/**
 * One connection of a Postgres pool as a wire, with what the driver leaves open: a connection that broke is remembered
 * and never goes back to the pool, a COMMIT that the server answers with a rollback is an error, and an interrupted
 * statement has stopped on the server before the connection is used again.
 */
import { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { hash } from "node:crypto"
import * as Net from "node:net"
import type Pg from "pg"
import { codeOf, fault } from "./sqlError.js"
import type { Wire } from "./Wire.js"

export interface PgWire extends Wire {
  /** Whether the server has a transaction open on this connection. */
  readonly inTransaction: () => boolean
  readonly commit: Effect.Effect<void, SqlError>
  /** Gives the connection back as the next user expects it, or closes it. */
  readonly release: Effect.Effect<void>
}

/** The name under which a statement stays prepared on its connection; nothing when it is to be prepared each time. */
export type NameOf = (sql: string) => string | undefined

export const make = (client: Pg.PoolClient, nameOf: NameOf = () => undefined): PgWire => {
  let broken: unknown
  const breaks = (cause: unknown): void => {
    broken ??= cause
  }
  client.on("error", breaks)

  const send = <A>(query: () => Promise<A>): Effect.Effect<A, SqlError> =>
    Effect.async((resume) => {
      if (broken !== undefined) return resume(lost(broken))
      const answer = query().then(
        (result) => resume(Effect.succeed(result)),
        (cause: unknown) => {
          const healthy = isAnswer(cause)
          if (!healthy) breaks(cause)
          resume(healthy ? new SqlError({ cause, message: "Failed to execute statement" }) : lost(cause))
        }
      )
      return Effect.promise(() => Promise.all([cancel(client), answer])).pipe(
        Effect.timeout("2 seconds"),
        Effect.catchAll((cause) => Effect.sync(() => breaks(cause)))
      )
    })

  const query =
    (nameOf: NameOf): Wire["rows"] =>
    (text, values) =>
      Effect.map(
        send(() => client.query<object>(toQuery(nameOf(text), text, values))),
        (result) => result.rows
      )
  const script: Wire["script"] = (text) => Effect.asVoid(send(() => client.query(text)))
  const inTransaction = (): boolean => client.getTransactionStatus() !== "I"

  return {
    rows: query(nameOf),
    unprepared: query(() => undefined),
    values: (text, values) =>
      Effect.map(
        send(() =>
          client.query<Array<unknown>>({ ...toQuery(nameOf(text), text, values), rowMode: "array" })
        ),
        (result) => result.rows
      ),
    raw: (text, values) => send(() => client.query({ text, values: [...values] })),
    script,
    inTransaction,
    commit: Effect.flatMap(
      send(() => client.query("COMMIT")),
      // The server answers so when a statement of the transaction had failed: nothing was kept.
      ({ command }) =>
        command === "COMMIT"
          ? Effect.void
          : fault("AEGIS_TRANSACTION", "The server rolled the transaction back after an earlier error")
    ),
    release: Effect.suspend(() =>
      broken === undefined && inTransaction() ? Effect.ignore(script("ROLLBACK")) : Effect.void
    ).pipe(
      Effect.zipRight(
        Effect.sync(() => {
          client.off("error", breaks)
          client.release(broken !== undefined || inTransaction())
        })
      )
    )
  }
}

const toQuery = (name: string | undefined, text: string, values: ReadonlyArray<unknown>): Pg.QueryConfig =>
  name === undefined ? { text, values: [...values] } : { name, text, values: [...values] }

/** How many texts get a name: each stays on the server for as long as its connection. */
const capacity = 200

/** Names for the first texts that are asked about; the same on every connection. */
export const stableNames = (): NameOf => {
  const names = new Map<string, string>()
  return (sql) => {
    const known = names.get(sql)
    if (known !== undefined || names.size >= capacity) return known
    const name = `aegis_${hash("sha256", sql, "hex").slice(0, 32)}`
    names.set(sql, name)
    return name
  }
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
