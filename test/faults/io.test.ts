/** A disk that fails now and then, by libfiu under the whole process (Debian's fiu-utils). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { spawnSync } from "node:child_process"
import * as Hash from "../../src/domain/Hash.js"
import { bundle, spawn } from "../support/childProcess.js"
import { tempDir } from "../support/tempDir.js"
import { inputsOf } from "./inputs.js"
import { resolve, use } from "./project.js"

const canFail = spawnSync("fiu-run", ["-x", "true"], { stdio: "ignore" }).status === 0
if (!canFail) process.stderr.write("Skipped: a disk that fails needs fiu-run, of fiu-utils, on Linux.\n")

/** The system calls that fail, and how often. One in twenty writes would keep the file from being opened. */
const faults = [
  ["fsync", "posix/io/sync/fsync", 0.3],
  ["pwrite", "posix/io/rw/pwrite", 0.01]
] as const

describe("a disk that fails now and then", () => {
  for (const [call, name, probability] of faults) {
    it.scopedLive.skipIf(!canFail)(
      `costs entries of the cache, never a wrong answer or an acknowledged one (${call})`,
      () =>
        Effect.gen(function* () {
          const root = yield* tempDir
          yield* use(root, (cache) => resolve(cache, inputsOf("first", 0)))
          const file = yield* bundle("test/faults/processes/resolve.ts")
          const child = yield* spawn(file, [root, "w", "60"], {
            command: ["fiu-run", "-x", "-c", `enable_random name=${name},probability=${probability}`]
          })
          yield* child.send("go")
          const { code, stdout } = yield* child.exit
          // A defect would end the process by itself; a failure is told, with what to do. libfiu also says that the disk is full.
          assert.strictEqual(code, 0)
          assert.match(stdout.at(-1) ?? "", /^done$|^failed .*\((?:io|full)\)\. [A-Z]/)
          assert.notInclude(stdout, "wrong")

          const acknowledged = stdout
            .filter((line) => line.startsWith("ack "))
            .flatMap((line) => line.match(/[0-9a-f]{64}/g) ?? [])
            .map((hash) => Hash.Hash.make(hash))
          yield* use(root, (cache) =>
            Effect.gen(function* () {
              assert.isTrue((yield* cache.verify).ok)
              const found = yield* Effect.forEach(acknowledged, (hash) => cache.lookup(hash))
              assert.strictEqual(found.filter(Option.isNone).length, 0)
              assert.strictEqual((yield* resolve(cache, inputsOf("first", 0))).outcome, "hit")
            })
          )
        }),
      30_000
    )
  }
})
