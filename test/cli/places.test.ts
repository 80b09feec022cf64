/** The command where it can write nothing, or not to where it is told: it ends, and says why in one line. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { aegis, aegisTo, project, type Result } from "./support/command.js"

/** One line on stderr, and this exit code. */
const refused = (result: Result, code: number, pattern: RegExp): void => {
  assert.deepStrictEqual([result.code, result.stdout], [code, ""], result.stderr)
  assert.match(result.stderr, /^aegis: [^\n]+\n$/)
  assert.match(result.stderr, pattern)
}

const onLinux = process.platform === "linux"

describe("aegis", { timeout: 120_000 }, () => {
  it.scoped.skipIf(!onLinux)("ends in a folder whose system refuses every other one", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      for (const words of [
        ["cache", "resolve", Path.join(folder, "a.prompt.md"), "--layout", "source"],
        ["cache", "resolve", Path.join(folder, "a.prompt.md")],
        ["cache", "stats"],
        ["init"]
      ]) {
        const result = yield* Effect.timeout(aegis("/proc", words), "20 seconds")
        refused(result, 5, /\((read-only|permission)\)\. .*(writ|read and write access)/)
      }
    })
  )

  it.scoped("puts no cache around the project", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      const file = Path.join(folder, "a.prompt.md")
      for (const env of [{ AEGIS_CACHE_DIR: "." }, { AEGIS_CACHE_DIR: Path.dirname(folder) }]) {
        refused(yield* aegis(folder, ["cache", "resolve", file], { env }), 3, /^aegis: AEGIS_CACHE_DIR: /)
      }
      refused(yield* aegis(folder, ["cache", "stats", "--cache-dir", "./x/.."]), 2, /--cache-dir: .*root/)
      assert.sameMembers(Fs.readdirSync(folder), ["package.json", "a.prompt.md", "style.md"])
    })
  )

  it.scoped("is faulted by doctor where a file stands in the place of its cache", () =>
    Effect.gen(function* () {
      const folder = yield* project({ ".aegis": "a file" })
      const { code, stderr, stdout } = yield* aegis(folder, ["doctor"])
      assert.strictEqual(code, 1)
      assert.match(stdout, /^fault  cache .* A part of the path is a file: choose another path\.$/m)
      assert.match(stderr, /^aegis: 2 faults: cache, runs\. [^\n]+\n$/)
    })
  )

  it.scoped.skipIf(!onLinux)("says that its output could not be written, on the short way too", () =>
    Effect.gen(function* () {
      const folder = yield* project()
      for (const words of [
        ["cache", "resolve", "a.prompt.md", "--layout", "stable-first"],
        ["cache", "resolve", "a.prompt.md"],
        ["cache", "why", "a.prompt.md", "--json"],
        ["cache", "stats"],
        ["--help"]
      ]) {
        refused(
          yield* aegisTo("/dev/full", folder, words),
          6,
          /^aegis: cannot write to standard output \(ENOSPC\)\. The disk is full/
        )
      }
    })
  )
})
