/**
 * A second, read-only connection for the one read that has to be as fast as the driver: no queue, no span, no Effect
 * per call. SQLite's log lets it read while the client writes.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import { SqlError } from "@effect/sql/SqlError"
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

/** Reads one row. Never throws: a fault is a `Left`, an absent row is `undefined`. */
export type Get<Row> = (...params: ReadonlyArray<unknown>) => Either.Either<Row | undefined, StoreError>

/** Reads all rows. Never throws: a fault is a `Left`. */
export type All<Row> = (...params: ReadonlyArray<unknown>) => Either.Either<ReadonlyArray<Row>, StoreError>

export interface HotReader {
  /** Prepares a query once. The tables must exist. `Row` is the caller's claim about its own columns. */
  readonly prepareGet: <Row extends object>(sql: string) => Effect.Effect<Get<Row>, StoreError>
  readonly prepareAll: <Row extends object>(sql: string) => Effect.Effect<All<Row>, StoreError>
}

/** How often, at most, the path is compared with the file that is open. */
const checkEveryMillis = 1000

/**
 * Opens a reader on an existing database; the scope closes it. When the file is deleted or another one takes its place,
 * reads fail with a `StoreError` (io) within a second: open a new reader then.
 */
export const make = (options: Options): Effect.Effect<HotReader, StoreOpenError, Scope.Scope> =>
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
    const prepare = <Row extends object, A>(
      sql: string,
      run: (statement: Driver.Statement<Row>, params: ReadonlyArray<unknown>) => A
    ): Effect.Effect<(...params: ReadonlyArray<unknown>) => Either.Either<A, StoreError>, StoreError> =>
      Effect.try({
        try: () => {
          const statement = database.prepare<Array<unknown>, Row>(sql)
          return (...params) => {
            try {
              stillThere()
              return gone === undefined ? Either.right(run(statement, params)) : Either.left(gone)
            } catch (cause) {
              return Either.left(broken(cause))
            }
          }
        },
        catch: broken
      })

    return {
      prepareGet: <Row extends object>(sql: string) =>
        prepare<Row, Row | undefined>(sql, (statement, params) => statement.get(...params)),
      prepareAll: <Row extends object>(sql: string) =>
        prepare<Row, ReadonlyArray<Row>>(sql, (statement, params) => statement.all(...params))
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
