/** Several processes at one run store, and disks that fail under it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bundle, spawn } from "../support/childProcess.js"
import { tempDir } from "../support/tempDir.js"
import { canMount, tinyDisk } from "./project.js"
import { acknowledgedBy, assertKept, begin } from "./savers.js"

const program = bundle("test/faults/processes/save.ts")
const canFail = spawnSync("fiu-run", ["-x", "true"], { stdio: "ignore" }).status === 0
if (!canFail) process.stderr.write("Skipped: a disk that fails needs fiu-run, of fiu-utils, on Linux.\n")

describe("five writers that are killed", () => {
  it.scopedLive(
    "lose nothing that they have acknowledged, in threads of their own and in one that they share",
    () =>
      Effect.gen(function* () {
        const store = Path.join(yield* tempDir, "store.db")
        const file = yield* program
        const acknowledged: Array<readonly [string, string]> = []
        for (let round = 0; round < 3; round++) {
          const writers = yield* Effect.forEach(["a", "b", "c", "d", "e"], (name) =>
            Effect.tap(
              spawn(file, [store, `${name}${round}`, "100000", `own-${name}${round}`, "shared"]),
              begin
            )
          )
          const ends = yield* Effect.forEach(
            writers,
            (writer, i) =>
              Effect.gen(function* () {
                yield* writer.line("ack ")
                // each is killed at another point of its work
                yield* Effect.repeatN(Effect.yieldNow(), i * 50)
                yield* writer.kill("SIGKILL")
                return yield* writer.exit
              }),
            { concurrency: "unbounded" }
          )
          for (const end of ends) {
            assert.strictEqual(end.signal, "SIGKILL")
            assert.deepStrictEqual(
              end.stdout.filter((line) => line.startsWith("failed")),
              []
            )
            acknowledged.push(...acknowledgedBy(end))
          }
        }
        assert.isAtLeast(acknowledged.length, 15)
        yield* assertKept(store, acknowledged)
      }),
    90_000
  )
})

describe("two processes that come first", () => {
  it.scopedLive("make the store together", () =>
    Effect.gen(function* () {
      const store = Path.join(yield* tempDir, "store.db")
      const file = yield* program
      const writers = yield* Effect.forEach(["a", "b", "c"], (name) => spawn(file, [store, name, "20", name]))
      yield* Effect.forEach(writers, (writer) => writer.line("ready"))
      yield* Effect.forEach(writers, (writer) => writer.send("go"))
      const ends = yield* Effect.forEach(writers, (writer) => writer.exit, { concurrency: "unbounded" })
      for (const { stdout } of ends) assert.strictEqual(stdout.at(-1), "done")
      const acknowledged = ends.flatMap(acknowledgedBy)
      assert.strictEqual(acknowledged.length, 60)
      yield* assertKept(store, acknowledged)
      assert.strictEqual(Fs.statSync(store).mode & 0o777, 0o600)
    })
  )
})

describe("a disk under a run store", () => {
  it.scopedLive.skipIf(!canMount)(
    "that is full is told by name, keeps what it has, and takes more once there is space",
    () =>
      Effect.gen(function* () {
        const root = yield* tinyDisk("size=8m")
        const store = Path.join(root, "store.db")
        const ballast = Path.join(root, "ballast")
        Fs.writeFileSync(ballast, Buffer.alloc(7_000_000))
        const file = yield* program
        const run = (name: string, count: string) =>
          Effect.gen(function* () {
            const child = yield* spawn(file, [store, name, count, name])
            yield* begin(child)
            return yield* child.exit
          })
        const full = yield* run("a", "100000")
        assert.match(full.stdout.at(-1) ?? "", /^failed StoreError full .*free some space/)
        const acknowledged = acknowledgedBy(full)
        assert.isAbove(acknowledged.length, 2)
        yield* assertKept(store, acknowledged)
        Fs.writeFileSync(ballast, "")
        const after = yield* run("b", "10")
        assert.strictEqual(after.stdout.at(-1), "done")
        yield* assertKept(store, [...acknowledged, ...acknowledgedBy(after)])
      })
  )

  it.scopedLive("with a limit on the size of files tells it by name, and loses nothing", () =>
    Effect.gen(function* () {
      const store = Path.join(yield* tempDir, "store.db")
      const file = yield* program
      const child = yield* spawn(file, [store, "a", "100000", "a"], {
        command: ["bash", "-c", 'ulimit -f 400 && exec "$0" "$@"']
      })
      yield* begin(child)
      const { code, stdout } = yield* child.exit
      assert.strictEqual(code, 0)
      assert.match(stdout.at(-1) ?? "", /^failed StoreError (?:io|full) /)
      const acknowledged = acknowledgedBy({ code, stdout, signal: null, stderr: "" })
      assert.isAbove(acknowledged.length, 2)
      yield* assertKept(store, acknowledged)
    })
  )

  for (const [call, name, probability] of [
    ["fsync", "posix/io/sync/fsync", 0.2],
    ["pwrite", "posix/io/rw/pwrite", 0.01]
  ] as const) {
    it.scopedLive.skipIf(!canFail)(
      `that fails now and then costs no acknowledged checkpoint (${call})`,
      () =>
        Effect.gen(function* () {
          const store = Path.join(yield* tempDir, "store.db")
          const file = yield* program
          const first = yield* spawn(file, [store, "first", "3", "first"])
          yield* begin(first)
          const acknowledged = [...acknowledgedBy(yield* first.exit)]
          const child = yield* spawn(file, [store, "w", "200", "w"], {
            command: ["fiu-run", "-x", "-c", `enable_random name=${name},probability=${probability}`]
          })
          yield* begin(child)
          const { code, stdout, ...rest } = yield* child.exit
          assert.strictEqual(code, 0)
          assert.match(stdout.at(-1) ?? "", /^done$|^failed Store(?:Open)?Error (?:io|full) /)
          acknowledged.push(...acknowledgedBy({ code, stdout, ...rest }))
          yield* assertKept(store, acknowledged)
        }),
      30_000
    )
  }
})
