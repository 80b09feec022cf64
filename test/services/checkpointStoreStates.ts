/** What the stores of runs promise about states that are hard to keep. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { JsonObject } from "../../src/domain/Json.js"
import { canonicalJson } from "../../src/prompt/canonical.js"
import * as Checkpoints from "../../src/services/CheckpointStore.js"
import type { RunDatabase } from "./runStorages.js"
import {
  CheckpointStore,
  cold,
  create,
  depthOf,
  failure,
  includes,
  load,
  nested,
  nodeOf,
  on,
  size
} from "./checkpointStoreRig.js"

export const states = (name: string, database: Layer.Layer<RunDatabase>): void => {
  sharing(database)(`the stores of runs ${name}`, (it) => {
    describe("with states that are hard to keep", () => {
      it.effect("refuse by its place what JSON cannot hold, before anything is written", () =>
        on(
          Effect.gen(function* () {
            const circle: Record<string, unknown> = {}
            circle.self = circle
            const refused: ReadonlyArray<
              readonly [Partial<Checkpoints.SaveInput>, path: string, reason: string]
            > = [
              [{ state: { a: { b: "\ud800" } } }, "/state/a/b", "lone-surrogate"],
              [{ state: { "\ud800": 1 } }, "/state/\ufffd", "lone-surrogate"],
              [{ state: { list: [1, { x: NaN }] } }, "/state/list/1/x", "not-finite"],
              [{ state: { list: [[undefined]] } }, "/state/list/0/0", "undefined"],
              [{ state: { "a/b": undefined } }, "/state/a~1b", "undefined"],
              [{ state: { big: 1n } }, "/state/big", "bigint"],
              [{ state: { when: new Date(0) } }, "/state/when", "not-plain"],
              [{ state: { circle } }, "/state/circle/self", "cycle"],
              [{ state: {}, metadata: { x: [() => 1] } }, "/metadata/x/0", "function"],
              [
                { nodes: [nodeOf(1), nodeOf(2, [], { inputs: { x: NaN } })] },
                "/nodes/1/inputs/x",
                "not-finite"
              ]
            ]
            for (const [input, path, reason] of refused) {
              includes(yield* failure(create(input)), { _tag: "CanonicalError", path, reason })
            }
            assert.deepStrictEqual(yield* size, { entries: 0, bytes: 0 })
          })
        )
      )

      it.effect("keep keys and texts of any kind, and 100,000 levels", () =>
        on(
          Effect.gen(function* () {
            const state = JSON.parse(
              '{"__proto__":{"__proto__":1},"constructor":"x","":"","\\u0000":"\\u0000\\u0000","a/b~":[],"10":1,"9":2}'
            ) as JsonObject // an object, as it says
            const saved = yield* create({ thread: "t", state })
            const read = yield* cold(load(saved.id))
            assert.deepStrictEqual(canonicalJson(read.state), canonicalJson(state))
            assert.isTrue(Object.hasOwn(read.state, "__proto__"))
            assert.strictEqual(Object.getPrototypeOf(read.state), Object.prototype)

            const deep = yield* create({ thread: "t", state: { deep: nested(100_000) } })
            const back = yield* cold(load(deep.id))
            assert.strictEqual(depthOf(back.state.deep), 100_000)
            const difference = yield* Effect.flatMap(CheckpointStore, (store) =>
              store.diff(saved.id, deep.id)
            )
            assert.strictEqual(difference.state.length, 8)
          })
        )
      )

      it.effect("take many keys, and long lists", () =>
        on(
          Effect.gen(function* () {
            const keys = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key ${i}`, i]))
            const long = Array.from({ length: 150_000 }, (_, i) => i)
            const saved = yield* create({ thread: "t", state: { ...keys, long } })
            assert.deepStrictEqual((yield* cold(load(saved.id))).state, saved.state)
            const next = yield* create({ thread: "t", state: { ...keys, long: [...long, 1] } })
            const store = yield* CheckpointStore
            const { state } = yield* store.diff(saved.id, next.id)
            assert.deepStrictEqual(state, [{ path: "/long/150000", change: "added", after: 1 }])
          })
        )
      )

      it.effect("refuse more than a checkpoint may hold, and write nothing", () =>
        on(
          Effect.gen(function* () {
            const limited = Checkpoints.layerWith({ largestState: 1000 })
            const save = (state: JsonObject, rest: Partial<Checkpoints.SaveInput> = {}) =>
              Effect.provide(create({ state, ...rest }), limited)
            const text = (length: number) => "x".repeat(length)
            for (const refused of [
              save({ text: text(1000) }),
              save({ a: text(500), b: text(500) }),
              save({ list: [text(500), text(500)] }),
              save({ a: text(500) }, { metadata: { b: text(500) } }),
              save({ a: text(500) }, { nodes: [nodeOf(1, [], { outputs: { b: text(500) } })] })
            ]) {
              includes(yield* failure(refused), { _tag: "StateTooLarge", limit: 1000 })
            }
            assert.deepStrictEqual(yield* size, { entries: 0, bytes: 0 })
            yield* save({ a: text(900) })
          })
        )
      )
    })
  })
}
