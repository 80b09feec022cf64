import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { SchemaTooNew } from "../../src/domain/StoreErrors.js"
import { versioned } from "../../src/domain/Versioned.js"

const Row = versioned("cache entry", Schema.Struct({ tokens: Schema.Int, model: Schema.String }), [
  (v1: { readonly count: string }) => ({ tokens: Number(v1.count) }),
  (v2: { readonly tokens: number }) => ({ ...v2, model: "unknown" })
])

describe("versioned", () => {
  it.effect("reads each older version through its upgrades", () =>
    Effect.gen(function* () {
      assert.strictEqual(Row.version, 3)
      const row = { tokens: 7, model: "unknown" }
      assert.deepStrictEqual(yield* Row.decode(1, { count: "7" }), row)
      assert.deepStrictEqual(yield* Row.decode(2, { tokens: 7 }), row)
      assert.deepStrictEqual(yield* Row.decode(3, row), row)
    })
  )

  it.effect.prop("reads what it wrote", [FastCheck.integer(), FastCheck.string()], ([tokens, model]) =>
    Effect.gen(function* () {
      const encoded = yield* Row.encode({ tokens, model })
      assert.deepStrictEqual(yield* Row.decode(Row.version, encoded), { tokens, model })
    })
  )

  it.effect("refuses a newer version, and names the one to install", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Row.decode(9, {}))
      assert.instanceOf(error, SchemaTooNew)
      assert.include(error.message, "cache entry")
      assert.include(error.message, "version 9")
      assert.include(error.message, "up to 3")
      assert.include(error.message, "Install")
    })
  )

  it.effect("refuses a version that never was, instead of running some of the upgrades", () =>
    Effect.gen(function* () {
      for (const version of [0, -1, 1.5, Number.NaN]) {
        const read = yield* Effect.either(Row.decode(version, { tokens: 7 }))
        assert.isTrue(Either.isLeft(read) && read.left._tag === "ParseError", String(version))
      }
    })
  )

  it.effect("fails, and does not die, on data that an upgrade cannot read", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Row.decode(1, null))
      assert.strictEqual(error._tag, "ParseError")
      assert.include(error.message, "version 1")
    })
  )

  it.effect("fails on data that no longer fits", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Row.decode(2, { tokens: "many" }))
      assert.strictEqual(error._tag, "ParseError")
    })
  )
})
