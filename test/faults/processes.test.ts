/** Several processes at one cache, some of which are killed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Hash } from "../../src/domain/Hash.js"
import { bundle, spawn } from "../support/childProcess.js"
import { tempDir } from "../support/tempDir.js"
import { inputsOf } from "./inputs.js"
import { resolve, substance, use } from "./project.js"

const program = bundle("test/faults/processes/resolve.ts")

const acknowledgedIn = (lines: ReadonlyArray<string>): ReadonlyArray<Hash> =>
  lines
    .filter((line) => line.startsWith("ack "))
    // keys of scaffolds, printed by ourselves
    .flatMap((line) => (line.split(": ")[1] ?? "").split(" ") as Array<Hash>)

describe("a writer that is killed", () => {
  it.scopedLive(
    "loses nothing that it has acknowledged, and leaves a sound file",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const file = yield* program
        const acknowledged: Array<Hash> = []
        for (let round = 0; round < 4; round++) {
          const writers = yield* Effect.forEach(["a", "b"], (name) =>
            Effect.tap(spawn(file, [root, `${name}${round}`, "100000"]), (writer) =>
              Effect.zipRight(writer.line("ready"), writer.send("go"))
            )
          )
          yield* Effect.forEach(
            writers,
            (writer, i) =>
              Effect.gen(function* () {
                yield* writer.line(`ack ${5 + 10 * round * i}:`)
                yield* writer.kill("SIGKILL")
                const { signal, stdout } = yield* writer.exit
                assert.strictEqual(signal, "SIGKILL")
                assert.deepStrictEqual(
                  stdout.filter((line) => !/^(?:ready|open|ack .*)$/.test(line)),
                  []
                )
                acknowledged.push(...acknowledgedIn(stdout))
              }),
            { concurrency: "unbounded" }
          )
        }
        assert.isAtLeast(acknowledged.length, 40)
        yield* use(root, (cache) =>
          Effect.gen(function* () {
            const report = yield* cache.verify
            assert.deepInclude(report, { ok: true, database: "ok", corrupt: [] })
            const found = yield* Effect.forEach(acknowledged, (hash) => cache.lookup(hash))
            assert.strictEqual(found.filter(Option.isNone).length, 0)
            const { entries, lookups } = yield* cache.stats()
            assert.isAtLeast(entries, acknowledged.length)
            assert.isAtLeast(lookups.miss, acknowledged.length)
            assert.isAtLeast(lookups.hit, acknowledged.length)
          })
        )
      }),
    60_000
  )
})

describe("several processes at once", () => {
  it.scopedLive(
    "make the database together, and write at full rate without a fault or a lost row",
    () =>
      Effect.gen(function* () {
        const root = yield* tempDir
        const file = yield* program
        const names = ["a", "b", "c"]
        const writers = yield* Effect.forEach(names, (name) => spawn(file, [root, name, "150"]))
        yield* Effect.forEach(writers, (writer) => writer.line("ready"))
        yield* Effect.forEach(writers, (writer) => writer.send("go"))
        const ends = yield* Effect.forEach(writers, (writer) => writer.exit, { concurrency: "unbounded" })
        assert.deepStrictEqual(
          ends.map(({ stdout }) => stdout.filter((line) => !line.startsWith("ack "))),
          names.map(() => ["ready", "open", "done"])
        )
        yield* use(root, (cache) =>
          Effect.gen(function* () {
            const { entries, lookups } = yield* cache.stats()
            assert.deepStrictEqual([entries, lookups.miss, lookups.hit], [450, 450, 450])
            assert.isTrue((yield* cache.verify).ok)
            for (const name of names) {
              for (let i = 0; i < 150; i += 10) {
                const fresh = yield* resolve(cache, inputsOf(name, i), { bypass: true })
                const hit = yield* resolve(cache, inputsOf(name, i))
                assert.strictEqual(hit.outcome, "hit")
                const { createdAt } = hit
                assert.strictEqual(hit.resolvedContent, fresh.resolvedContent)
                assert.deepStrictEqual({ ...substance(hit).tokens }, { ...substance(fresh).tokens })
                assert.isAtMost(Date.parse(createdAt), Date.parse(fresh.createdAt))
              }
            }
          })
        )
      }),
    60_000
  )
})
