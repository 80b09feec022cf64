/** One reading of what SQLite's and Postgres's error codes mean for a caller. */
import { SqlError } from "@effect/sql/SqlError"
import { StoreError } from "../../src/domain/StoreErrors.js"

export type Reason = StoreError["reason"]

/** Faults that we raise ourselves, because the driver would have stayed silent or named no code. */
export type OwnCode = "AEGIS_CONNECTION" | "AEGIS_FILE_MOVED" | "AEGIS_PREPARED" | "AEGIS_TRANSACTION"

/** A failure of our own making, with a code that `reasonOf` knows. */
export const fault = (code: OwnCode, message: string, cause?: unknown): SqlError =>
  new SqlError({ message, cause: Object.assign(new Error(message, { cause }), { code }) })

/** The code of a driver's error: `SQLITE_BUSY_SNAPSHOT`, `40001`, `ECONNREFUSED`. Empty when it has none. */
export const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : ""

/** The first entry whose beginning matches decides, so exceptions stand before their family. */
const reasons: ReadonlyArray<readonly [prefix: string, reason: Reason]> = [
  ["SQLITE_BUSY", "busy"],
  ["SQLITE_LOCKED", "busy"],
  ["SQLITE_PROTOCOL", "busy"],
  ["SQLITE_FULL", "full"],
  ["SQLITE_READONLY", "read-only"],
  ["SQLITE_PERM", "read-only"],
  ["SQLITE_IOERR_CORRUPTFS", "corrupt"],
  ["SQLITE_IOERR", "io"],
  ["SQLITE_CANTOPEN", "io"],
  ["SQLITE_CORRUPT", "corrupt"],
  ["SQLITE_NOTADB", "corrupt"],
  ["SQLITE_CONSTRAINT", "constraint"],
  ["AEGIS_CONNECTION", "connection"],
  ["AEGIS_FILE_MOVED", "io"],
  ["AEGIS_PREPARED", "serialization"],
  ["AEGIS_TRANSACTION", "transaction"],
  ["57014", "busy"],
  ["55P03", "busy"],
  ["53100", "full"],
  ["53300", "connection"],
  ["57P0", "connection"],
  ["08", "connection"],
  ["25006", "read-only"],
  ["42501", "read-only"],
  ["58030", "io"],
  ["XX001", "corrupt"],
  ["XX002", "corrupt"],
  ["23", "constraint"],
  ["40001", "serialization"],
  ["40P01", "serialization"]
]

/** Why a statement failed, in the words a caller branches on. */
export const reasonOf = (error: SqlError): Reason => {
  const code = codeOf(error.cause)
  return reasons.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "unknown"
}

/** Whether the statement did nothing because another one holds the database: to try again is safe. */
export const isBusy = (error: SqlError): boolean => reasonOf(error) === "busy"

/**
 * Names the operation that failed and why.
 *
 * @example
 * sql`DELETE FROM entry`.pipe(Effect.mapError(toStoreError("ScaffoldCache.prune")))
 */
export const toStoreError =
  (operation: string) =>
  (error: SqlError): StoreError =>
    new StoreError({ operation, reason: reasonOf(error), cause: error })
