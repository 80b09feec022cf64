/**
 * One physical connection, as its driver gives it: what each dialect has to say, and nothing about turns, transactions
 * or lifetimes. `connection` dresses it as the `Connection` that @effect/sql's statements run on.
 */
import type { Connection } from "@effect/sql/SqlConnection"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export interface Wire {
  /** Rows as objects, through a prepared statement where the dialect has them. */
  readonly rows: (
    sql: string,
    params: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<object>, SqlError>
  /** As `rows`, prepared for this one call. */
  readonly unprepared: Wire["rows"]
  /** Rows as arrays of columns. */
  readonly values: (
    sql: string,
    params: ReadonlyArray<unknown>
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>, SqlError>
  /** The driver's own result. */
  readonly raw: (sql: string, params: ReadonlyArray<unknown>) => Effect.Effect<unknown, SqlError>
  /** One or more statements without parameters and without a result, in one step that nothing can come between. */
  readonly script: (sql: string) => Effect.Effect<void, SqlError>
}

/** What happens around each statement of a connection: a turn, a check, a second try. */
export type Around = <A>(statement: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>

/**
 * A connection over a wire. `stream` reads all rows before it emits the first: a cursor would hold the connection for
 * as long as its consumer pleases, and deadlock one that writes. Page large reads by key.
 */
export const connection = (wire: Wire, around: Around): Connection => {
  const execute =
    (run: Wire["rows"]): Connection["execute"] =>
    (sql, params, transform) => {
      const rows = around(run(sql, params))
      return transform === undefined ? rows : Effect.map(rows, transform)
    }
  const prepared = execute(wire.rows)
  return {
    execute: prepared,
    executeUnprepared: execute(wire.unprepared),
    executeRaw: (sql, params) => around(wire.raw(sql, params)),
    executeValues: (sql, params) => around(wire.values(sql, params)),
    executeStream: (sql, params, transform) => Stream.fromIterableEffect(prepared(sql, params, transform))
  }
}
