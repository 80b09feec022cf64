/** A disk that is full, or must not be written. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawnSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bundle, spawn } from "../support/childProcess.js"
import { tempDir } from "../support/tempDir.js"
import { cacheWarnings, inputsOf } from "./inputs.js"
import { canMount, isRoot, resolve, substance, tinyDisk, use } from "./project.js"

const large = (i: number) => ({ ...inputsOf("large", 0), prompt: `Prompt ${i}. `.repeat(15_000) })

describe("a disk that is full", () => {
  it.scopedLive.skipIf(!canMount)(
    "costs the cache, not the answer, and is forgotten once there is space",
    () =>
      Effect.gen(function* () {
        const root = yield* tinyDisk("size=8m")
        const ballast = Path.join(root, "ballast")
        Fs.writeFileSync(ballast, Buffer.alloc(6_000_000))
        const kept = yield* use(root, (cache) =>
          Effect.gen(function* () {
            const early = yield* resolve(cache, inputsOf("early", 0))
            yield* cache.flush
            let kept = 0
            let last = yield* resolve(cache, large(kept))
            while (cacheWarnings(last).length === 0) last = yield* resolve(cache, large(++kept))
            assert.isAbove(kept, 2)
            assert.strictEqual(last.outcome, "miss")
            assert.deepStrictEqual(
              cacheWarnings(last).map(({ code }) => code),
              ["not-cached"]
            )
            assert.include(cacheWarnings(last)[0]?.message, "free some space or run `aegis cache prune`")
            const fresh = yield* resolve(cache, large(kept), { bypass: true })
            assert.deepStrictEqual(
              { ...substance(last), createdAt: "", originalScaffold: last.originalScaffold.hash },
              { ...substance(fresh), createdAt: "", originalScaffold: fresh.originalScaffold.hash }
            )

            const before = yield* resolve(cache, inputsOf("early", 0))
            assert.deepStrictEqual(substance(before), substance(early))
            assert.strictEqual(before.outcome, "hit")

            Fs.writeFileSync(ballast, "")
            const after = yield* resolve(cache, large(kept))
            assert.deepStrictEqual([after.outcome, cacheWarnings(after)], ["miss", []])
            yield* cache.flush
            return kept
          })
        )
        yield* use(root, (cache) =>
          Effect.gen(function* () {
            assert.isTrue((yield* cache.verify).ok)
            assert.strictEqual((yield* resolve(cache, large(kept))).outcome, "hit")
            const { entries, lookups } = yield* cache.stats()
            assert.strictEqual(entries, kept + 2)
            assert.deepInclude(lookups, { hit: 2, miss: kept + 3 })
          })
        )
      })
  )

  it.scopedLive.skipIf(!canMount)("may be too full to prune", () =>
    Effect.gen(function* () {
      const root = yield* tinyDisk("size=4m")
      yield* use(root, (cache) =>
        Effect.gen(function* () {
          let i = 0
          for (let full = false; !full; i++) {
            full = cacheWarnings(yield* resolve(cache, large(i))).length > 0
          }
          // deleting needs room for the log: a disk without any is told of, and nothing is lost by it
          const pruned = yield* Effect.either(cache.prune({ maxEntries: 1 }))
          if (pruned._tag === "Left") assert.strictEqual(pruned.left.reason, "full")
          assert.isTrue((yield* cache.verify).ok)
          const hit = yield* resolve(cache, large(i - 2))
          assert.strictEqual(
            hit.resolvedContent,
            (yield* resolve(cache, large(i - 2), { bypass: true })).resolvedContent
          )
        })
      )
    })
  )

  it.scopedLive.skipIf(!canMount)("cannot hold a new cache, and says so", () =>
    Effect.gen(function* () {
      const root = yield* tinyDisk("size=64k")
      const error = yield* Effect.flip(use(root, () => Effect.void))
      assert.include(["StoreOpenError", "StoreError"], error._tag)
      assert.include(error.message, "free some space")
    })
  )
})

describe("a folder that must not be written", () => {
  it.scopedLive.skipIf(!canMount)("is told at the opening, with what to do", () =>
    Effect.gen(function* () {
      const root = yield* tinyDisk("size=3m")
      yield* use(root, (cache) => resolve(cache, inputsOf("early", 0)))
      assert.strictEqual(spawnSync("mount", ["-o", "remount,ro", root]).status, 0)
      const error = yield* Effect.flip(use(root, () => Effect.void))
      assert.deepInclude(error, { _tag: "StoreOpenError", reason: "read-only" })
      assert.include(error.message, "Choose a path on a disk that can be written.")

      const empty = yield* tinyDisk("size=3m")
      assert.strictEqual(spawnSync("mount", ["-o", "remount,ro", empty]).status, 0)
      assert.deepInclude(yield* Effect.flip(use(empty, () => Effect.void)), {
        _tag: "StoreOpenError",
        reason: "read-only"
      })
    })
  )

  it.scopedLive.skipIf(!isRoot)("is told to a user who has no right to it", () =>
    Effect.gen(function* () {
      const file = yield* bundle("test/faults/processes/resolve.ts")
      const root = yield* tempDir
      Fs.chmodSync(root, 0o755)
      const attempt = Effect.gen(function* () {
        const child = yield* spawn(file, [root, "a", "1", "65534"])
        yield* child.send("go")
        const { code, stdout } = yield* child.exit
        assert.strictEqual(code, 0)
        return stdout.at(-1)
      })
      assert.match((yield* attempt) ?? "", /^failed .*\(permission\)\. Give your user read and write access/)
      yield* use(root, (cache) => resolve(cache, inputsOf("a", 0)))
      assert.match((yield* attempt) ?? "", /^failed .*\(permission\)\. Give your user read and write access/)
    })
  )
})
