/**
 * The few reads that have to be as fast as the driver: no queue, no span, no Effect per call. While the client is in a
 * transaction they go to a second, read-only connection, which sees what was committed: SQLite's log lets it read while
 * the client writes. Otherwise they use the client's own, whose pages its own writes leave in memory.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { SqlError } from "@effect/sql/SqlError"
import type Database from "better-sqlite3"
import * as Fs from "node:fs"
import type { StoreError, StoreOpenError } from "../../src/domain/StoreErrors.js"
import * as Driver from "./driver.js"
import { fault, toStoreError } from "./sqlError.js"

export interface Options extends Omit<Driver.OpenOptions, "readonly"> {
  /** Bytes of the file that are read through memory mapping. Default 0. */
  readonly mmapSize?: number | undefined
  /** As SQLite takes it: pages, or minus KiB. */
  readonly cacheSize?: number | undefined
}

/**
 * Reads one row, as its columns in order: objects would take a quarter longer to make. Never throws: a fault is a `Left`,
 * an absent row is `undefined`.
 */
export type Get<Row> = (...params: ReadonlyArray<unknown>) => Either.Either<Row | undefined, StoreError>

/** Reads all rows, each as its columns in order. Never throws: a fault is a `Left`. */
export type All<Row> = (...params: ReadonlyArray<unknown>) => Either.Either<ReadonlyArray<Row>, StoreError>

export interface HotReader {
  /** Prepares a query once. The tables must exist. `Row` is the caller's claim about its own columns. */
  readonly prepareGet: <Row extends ReadonlyArray<unknown>>(
    sql: string
  ) => Effect.Effect<Get<Row>, StoreError>
  readonly prepareAll: <Row extends ReadonlyArray<unknown>>(
    sql: string
  ) => Effect.Effect<All<Row>, StoreError>
  /** A query whose conditions vary, prepared when it is first asked. Each is remembered, so there have to be few. */
  readonly varying: <Row extends ReadonlyArray<unknown>>(sql: string) => Either.Either<All<Row>, StoreError>
  /**
   * A number that changes when another connection than the client's has written. While the client is in a transaction, and once
   * the file is gone, it is always another one. Never throws.
   */
  readonly writesOfOthers: () => number
}

/** How often, at most, the path is compared with the file that is open. */
const checkEveryMillis = 1000

/**
 * Opens a reader on an existing database, beside the client's connection to it; the scope closes it. When the file is
 * deleted or another one takes its place, reads fail with a `StoreError` (io) within a second: open a new reader then.
 */
export const make = (
  options: Options,
  client?: Database.Database
): Effect.Effect<HotReader, StoreOpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const { filename } = options
    const database = yield* Driver.open({ ...options, readonly: true })
    const identity = yield* Effect.try({
      try: () => {
        if (options.mmapSize !== undefined) database.pragma(`mmap_size = ${options.mmapSize}`)
        if (options.cacheSize !== undefined) database.pragma(`cache_size = ${options.cacheSize}`)
        database.pragma("schema_version")
        return identityOf(filename)
      },
      catch: Driver.openError(filename)
    })
    let checked = performance.now()
    let gone: StoreError | undefined

    const stillThere = (): void => {
      const now = performance.now()
      if (now - checked < checkEveryMillis) return
      checked = now
      if (identityOf(filename) !== identity) gone = moved(filename)
    }

    /** A statement, prepared once, and one way to run it. */
    const prepare = <Row extends ReadonlyArray<unknown>, A>(
      sql: string,
      run: (statement: Driver.Statement<Row>, params: ReadonlyArray<unknown>) => A
    ): Either.Either<(...params: ReadonlyArray<unknown>) => Either.Either<A, StoreError>, StoreError> =>
      Either.try({
        try: () => {
          const second = database.prepare<Array<unknown>, Row>(sql).raw()
          const first = client?.prepare<Array<unknown>, Row>(sql).raw()
          return (...params) => {
            try {
              stillThere()
              if (gone !== undefined) return Either.left(gone)
              const statement = first === undefined || client?.inTransaction === true ? second : first
              return Either.right(run(statement, params))
            } catch (cause) {
              return Either.left(broken(cause))
            }
          }
        },
        catch: broken
      })

    const version = client?.prepare<Array<unknown>, number>("PRAGMA data_version").pluck()
    let unknown = 0
    const writesOfOthers = (): number => {
      try {
        stillThere()
        const known = gone === undefined && client?.inTransaction === false ? version?.get() : undefined
        return known ?? --unknown
      } catch {
        return --unknown
      }
    }

    const all = <Row extends ReadonlyArray<unknown>>(sql: string): Either.Either<All<Row>, StoreError> =>
      prepare<Row, ReadonlyArray<Row>>(sql, (statement, params) => statement.all(...params))
    const remembered = new Map<string, All<ReadonlyArray<unknown>>>()

    return {
      prepareGet: <Row extends ReadonlyArray<unknown>>(sql: string) =>
        Effect.suspend(() =>
          prepare<Row, Row | undefined>(sql, (statement, params) => statement.get(...params))
        ),
      prepareAll: <Row extends ReadonlyArray<unknown>>(sql: string) => Effect.suspend(() => all<Row>(sql)),
      varying: <Row extends ReadonlyArray<unknown>>(sql: string) => {
        const known = remembered.get(sql)
        // a text is always prepared for the same rows
        if (known !== undefined) return Either.right(known as All<Row>)
        return Either.map(all<Row>(sql), (query) => {
          remembered.set(sql, query)
          return query
        })
      },
      writesOfOthers
    }
  })

const broken = (cause: unknown): StoreError =>
  toStoreError("HotReader.get")(new SqlError({ cause, message: "Failed to execute statement" }))

const moved = (filename: string): StoreError =>
  toStoreError("HotReader.get")(
    fault("AEGIS_FILE_MOVED", `${filename} was deleted or replaced while it was open`)
  )

/** Which file a path leads to; empty when there is none. */
const identityOf = (filename: string): string => {
  const stat = Fs.statSync(filename, { throwIfNoEntry: false })
  return stat === undefined ? "" : `${stat.dev}:${stat.ino}`
}
