/** What the stores of runs promise about the nodes of checkpoints. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { RunStorage } from "../../src/services/RunStorage.js"
import { checkedLog, uuid } from "./runDrafts.js"
import type { RunDatabase } from "./runStorages.js"
import {
  GraphNodeStore,
  cold,
  create,
  failure,
  idsOf,
  includes,
  load,
  nodeOf,
  on,
  size
} from "./checkpointStoreRig.js"

export const nodes = (name: string, database: Layer.Layer<RunDatabase>): void => {
  sharing(database)(`the stores of runs ${name}`, (it) => {
    describe("with nodes", () => {
      it.effect("give them in the order of their edges, those that came later as well", () =>
        on(
          Effect.gen(function* () {
            const nodes = yield* GraphNodeStore
            const saved = yield* create({ thread: "t", nodes: [nodeOf(2, [1]), nodeOf(1)] })
            yield* nodes.save(saved.id, nodeOf(3, [2]))
            yield* nodes.save(saved.id, nodeOf(4, [3, 1]))
            const before = yield* size
            yield* nodes.save(saved.id, nodeOf(4, [3, 1]))
            yield* nodes.save(saved.id, nodeOf(1))
            assert.deepStrictEqual(yield* size, before)
            assert.deepStrictEqual(idsOf(yield* nodes.list(saved.id)), [1, 2, 3, 4].map(uuid))
            assert.deepStrictEqual(idsOf((yield* cold(load(saved.id))).nodes).length, 4)
            assert.deepStrictEqual(yield* nodes.load(uuid(3)), Option.some(nodeOf(3, [2])))
            yield* nodes.save(saved.id, nodeOf(1, [], { name: "renamed" }))
            assert.strictEqual(Option.getOrThrow(yield* nodes.load(uuid(1))).name, "renamed")
            assert.isTrue(Option.isNone(yield* nodes.load(uuid(404))))
            assert.isTrue(Option.isNone(yield* nodes.load(saved.id)))
            assert.strictEqual((yield* failure(nodes.list(uuid(404))))._tag, "RunNotFound")
          })
        )
      )

      it.effect("refuse a circle with the way around it, and an edge to nowhere", () =>
        on(
          Effect.gen(function* () {
            const nodes = yield* GraphNodeStore
            const circle = yield* failure(create({ nodes: [nodeOf(1, [2]), nodeOf(2, [3]), nodeOf(3, [1])] }))
            includes(circle, { _tag: "NodeCycle", path: [1, 2, 3, 1].map(uuid) })
            const saved = yield* create({ nodes: [nodeOf(1), nodeOf(2, [1])] })
            const before = yield* size
            includes(yield* failure(nodes.save(saved.id, nodeOf(1, [2]))), { _tag: "NodeCycle" })
            includes(yield* failure(nodes.save(saved.id, nodeOf(3, [7]))), {
              _tag: "NodeMissing",
              node: uuid(3),
              missing: uuid(7)
            })
            assert.deepStrictEqual(yield* size, before)
          })
        )
      )

      it.effect("let no two that come at once form a circle", () =>
        on(
          Effect.gen(function* () {
            const nodes = yield* GraphNodeStore
            const saved = yield* create({ nodes: [nodeOf(1), nodeOf(2)] })
            const outcomes = yield* Effect.all(
              [nodeOf(1, [2]), nodeOf(2, [1])].map((node) => Effect.either(nodes.save(saved.id, node))),
              { concurrency: "unbounded" }
            )
            assert.strictEqual(outcomes.filter(Either.isRight).length, 1)
            assert.strictEqual((yield* nodes.list(saved.id)).length, 2)
          })
        )
      )

      it.effect("take back what was saved to a checkpoint, unless others need it", () =>
        on(
          Effect.gen(function* () {
            const nodes = yield* GraphNodeStore
            const saved = yield* create({ thread: "t", nodes: [nodeOf(1)], state: { n: 1 } })
            yield* nodes.save(saved.id, nodeOf(2, [1]))
            yield* nodes.save(saved.id, nodeOf(3, [2]))
            yield* nodes.save(saved.id, nodeOf(3, [2], { name: "again" }))
            includes(yield* failure(nodes.delete(uuid(2))), { _tag: "NodeMissing", node: uuid(3) })
            yield* nodes.delete(uuid(3))
            assert.isTrue(Option.isNone(yield* nodes.load(uuid(3))))
            assert.deepStrictEqual(
              idsOf(yield* cold(Effect.flatMap(GraphNodeStore, (it) => it.list(saved.id)))),
              [uuid(1), uuid(2)]
            )
            for (const id of [uuid(3), uuid(1), uuid(404), saved.id]) {
              includes(yield* failure(nodes.delete(id)), {
                _tag: "RunNotFound",
                kind: "node",
                name: id
              })
            }
            // another version goes, the checkpoint's own one is there again
            yield* nodes.save(saved.id, nodeOf(1, [], { name: "later" }))
            yield* nodes.delete(uuid(2))
            yield* nodes.delete(uuid(1))
            assert.deepStrictEqual(yield* nodes.load(uuid(1)), Option.some(nodeOf(1)))
            assert.strictEqual((yield* create({ thread: "t", state: { n: 2 } })).parentId, saved.id)
            yield* checkedLog(yield* RunStorage, { thread: "t", path: "\u0000aegis" })
          })
        )
      )
    })
  })
}
