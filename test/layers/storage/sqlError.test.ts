import { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import { openError } from "../../../layers/storage/driver.js"
import { codeOf, fault, isBusy, reasonOf, toStoreError } from "../../../layers/storage/sqlError.js"

const withCode = (code: string) => Object.assign(new Error(code), { code })
const failing = (code: string) => new SqlError({ message: "Failed", cause: withCode(code) })

describe("the reason of a failure", () => {
  it.each([
    ["SQLITE_BUSY", "busy"],
    ["SQLITE_BUSY_SNAPSHOT", "busy"],
    ["SQLITE_PROTOCOL", "busy"],
    ["SQLITE_FULL", "full"],
    ["SQLITE_READONLY_DIRECTORY", "read-only"],
    ["SQLITE_IOERR_FSYNC", "io"],
    ["SQLITE_IOERR_CORRUPTFS", "corrupt"],
    ["SQLITE_CANTOPEN", "io"],
    ["SQLITE_CORRUPT_INDEX", "corrupt"],
    ["SQLITE_NOTADB", "corrupt"],
    ["SQLITE_CONSTRAINT_PRIMARYKEY", "constraint"],
    ["SQLITE_ERROR", "unknown"],
    ["08006", "connection"],
    ["57P01", "connection"],
    ["53300", "connection"],
    ["57014", "busy"],
    ["55P03", "busy"],
    ["53100", "full"],
    ["25006", "read-only"],
    ["42501", "read-only"],
    ["58030", "io"],
    ["XX001", "corrupt"],
    ["23505", "constraint"],
    ["40001", "serialization"],
    ["40P01", "serialization"],
    ["42601", "unknown"],
    ["", "unknown"]
  ])("is read from the driver's code %s as %s", (code, reason) => {
    assert.strictEqual(reasonOf(failing(code)), reason)
  })

  it("is unknown when the driver gave no code", () => {
    for (const cause of [undefined, null, "text", new Error("no code"), { code: 5 }]) {
      assert.strictEqual(codeOf(cause), "")
      assert.strictEqual(reasonOf(new SqlError({ cause })), "unknown")
    }
  })

  it("is ours for the faults that we raise", () => {
    const cause = new Error("socket closed")
    const error = fault("AEGIS_CONNECTION", "The connection was lost", cause)
    assert.strictEqual(reasonOf(error), "connection")
    assert.strictEqual(error.cause instanceof Error ? error.cause.cause : undefined, cause)
    assert.isFalse(isBusy(error))
  })

  it("goes into the store's error with the operation, what to do, and the cause", () => {
    const error = toStoreError("ScaffoldCache.put")(failing("SQLITE_FULL"))
    assert.strictEqual(error.reason, "full")
    assert.include(error.message, "ScaffoldCache.put")
    assert.include(error.message, "free some space")
    assert.instanceOf(error.cause, SqlError)
  })
})

describe("the reason why a store cannot be opened", () => {
  it.each([
    ["ENOENT", "not-found"],
    ["EEXIST", "not-found"],
    ["EACCES", "permission"],
    ["EPERM", "permission"],
    ["EROFS", "read-only"],
    ["ENOSPC", "io"],
    ["SQLITE_CANTOPEN", "permission"],
    ["SQLITE_READONLY_DIRECTORY", "read-only"],
    ["SQLITE_BUSY_RECOVERY", "busy"],
    ["SQLITE_FULL", "io"],
    ["SQLITE_IOERR_READ", "io"],
    ["SQLITE_CORRUPT", "corrupt"],
    ["ERR_DLOPEN_FAILED", "native-module"],
    ["ERR_MODULE_NOT_FOUND", "native-module"],
    ["SOMETHING_ELSE", "unknown"]
  ])("is read from %s as %s", (code, reason) => {
    const error = openError("/a/store.db")(withCode(code))
    assert.strictEqual(error.reason, reason)
    assert.strictEqual(error.location, "/a/store.db")
    assert.notStrictEqual(error.hint, "")
  })

  it("is a native module that was not built when the loader finds no file", () => {
    const error = openError("/a")(new Error("Could not locate the bindings file. Tried: …"))
    assert.strictEqual(error.reason, "native-module")
  })
})
