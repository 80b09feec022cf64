/** A better-sqlite3 database as a wire: every statement runs to its end before JavaScript goes on. */
import { SafeIntegers } from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import type Database from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Wire } from "./Wire.js"

type Prepared = Database.Statement<Array<unknown>, object>

/** Runs one prepared statement of a step. What it changed is told, and the id of the row that it added last. */
export type Run = (sql: string, ...params: ReadonlyArray<unknown>) => Database.RunResult

/** Reads the first row of a prepared statement of a step, as its columns in order. The caller says what they are. */
export type Get = <Row extends ReadonlyArray<unknown>>(
  sql: string,
  ...params: ReadonlyArray<unknown>
) => Row | undefined

export interface SqliteWire extends Wire {
  /** A whole transaction in one piece of JavaScript: nothing can come between, and nothing is paid per statement. */
  readonly step: <A>(body: (run: Run, get: Get) => A) => Either.Either<A, SqlError>
  /** The same for one statement, which is a transaction by itself. */
  readonly single: <A>(body: (run: Run) => A) => Either.Either<A, SqlError>
}

/** How many prepared statements are kept; the one that was prepared longest ago goes first. */
const capacity = 200

/** A statement that fails to prepare is not remembered: its table may exist the next time. */
const remember = (prepare: (sql: string) => Prepared): ((sql: string) => Prepared) => {
  const cache = new Map<string, Prepared>()
  return (sql) => {
    const known = cache.get(sql)
    if (known !== undefined) return known
    const statement = prepare(sql)
    cache.set(sql, statement)
    if (cache.size > capacity) {
      const [oldest] = cache.keys()
      if (oldest !== undefined) cache.delete(oldest)
    }
    return statement
  }
}

export const make = (database: Database.Database): SqliteWire => {
  const prepare = (sql: string): Prepared => database.prepare<Array<unknown>, object>(sql)
  const cached = remember(prepare)
  /** Those of `get`, which stay in raw mode: a row is an array. */
  const inRaw = remember((sql) => prepare(sql).raw(true))

  const rows =
    (find: (sql: string) => Prepared): Wire["rows"] =>
    (sql, params) =>
      attempt((safeIntegers) => {
        const statement = find(sql)
        if (!statement.reader) {
          statement.run(...params)
          return []
        }
        // Set at each call: a cached statement would keep the mode of the call before.
        return statement.safeIntegers(safeIntegers).all(...params)
      })

  const run: Run = (sql, ...params) => cached(sql).run(...params)
  // of what the caller says that it selected
  const get: Get = <Row extends ReadonlyArray<unknown>>(sql: string, ...params: ReadonlyArray<unknown>) =>
    inRaw(sql).get(...params) as Row | undefined

  return {
    step: (body) =>
      tried(() => {
        run("BEGIN IMMEDIATE")
        try {
          const result = body(run, get)
          run("COMMIT")
          return result
        } catch (cause) {
          if (database.inTransaction) run("ROLLBACK")
          throw cause
        }
      }),
    single: (body) => tried(() => body(run)),
    rows: rows(cached),
    unprepared: rows(prepare),
    values: (sql, params) =>
      attempt((safeIntegers) => {
        const statement = cached(sql)
        if (!statement.reader) {
          statement.run(...params)
          return []
        }
        try {
          // In raw mode every row is an array; the driver's types do not follow the mode.
          return statement
            .safeIntegers(safeIntegers)
            .raw(true)
            .all(...params) as Array<Array<unknown>>
        } finally {
          statement.raw(false)
        }
      }),
    raw: (sql, params) =>
      attempt((safeIntegers) => {
        const statement = cached(sql)
        return statement.reader
          ? statement.safeIntegers(safeIntegers).all(...params)
          : statement.run(...params)
      }),
    script: (sql) => attempt(() => void database.exec(sql))
  }
}

const tried = <A>(run: () => A): Either.Either<A, SqlError> => {
  try {
    return Either.right(run())
  } catch (cause) {
    return Either.left(new SqlError({ cause, message: "Failed to execute statement" }))
  }
}

const attempt = <A>(run: (safeIntegers: boolean) => A): Effect.Effect<A, SqlError> =>
  Effect.withFiberRuntime((fiber) => tried(() => run(Context.get(fiber.currentContext, SafeIntegers))))
