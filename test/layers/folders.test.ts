import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { makeFolder } from "../../layers/folders.js"
import { tempDir } from "../support/tempDir.js"

/** The code of the fault with which a folder is refused. */
const refused = (folder: string): unknown => {
  try {
    makeFolder(folder)
  } catch (cause) {
    return cause instanceof Error && "code" in cause ? cause.code : cause
  }
  return undefined
}

describe("makeFolder", () => {
  it.scoped("makes a folder with all above it, for their owner alone, and leaves one that is there", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      makeFolder(Path.join(root, "a/b/../c"))
      for (const each of ["a", "a/c"]) {
        assert.strictEqual(Fs.statSync(Path.join(root, each)).mode & 0o777, 0o700, each)
      }
      assert.isFalse(Fs.existsSync(Path.join(root, "a/b")))
      Fs.chmodSync(Path.join(root, "a"), 0o755)
      makeFolder(Path.join(root, "a"))
      assert.strictEqual(Fs.statSync(Path.join(root, "a")).mode & 0o777, 0o755)
    })
  )

  it.scoped("says what is in its way", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      Fs.writeFileSync(Path.join(root, "file"), "")
      Fs.symlinkSync("nowhere", Path.join(root, "dangling"))
      assert.strictEqual(refused(Path.join(root, "file")), "ENOTDIR")
      assert.strictEqual(refused(Path.join(root, "file/a/b")), "ENOTDIR")
      assert.strictEqual(refused(Path.join(root, "dangling")), "ENOENT")
      assert.strictEqual(refused(Path.join(root, "dangling/a")), "ENOENT")
    })
  )

  it.skipIf(process.platform !== "linux")("ends where the system refuses every folder", () => {
    assert.include(["EROFS", "EACCES"], refused("/proc/aegis/cache"))
  })
})
