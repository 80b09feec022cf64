/** What the stores of runs promise about saving checkpoints. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { Hash } from "../../src/domain/Hash.js"
import { CheckpointId } from "../../src/domain/Ids.js"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { sha256 } from "../../src/prompt/digest.js"
import { words } from "../runs/words.js"
import { uuid } from "./runDrafts.js"
import type { RunDatabase } from "./runStorages.js"
import {
  CheckpointStore,
  at,
  checkpointOf,
  cold,
  create,
  failure,
  history,
  idsOf,
  includes,
  load,
  nodeOf,
  on,
  refs,
  size
} from "./checkpointStoreRig.js"

export const saves = (name: string, database: Layer.Layer<RunDatabase>): void => {
  sharing(database)(`the stores of runs ${name}`, (it) => {
    describe("that save", () => {
      it.effect("begin a run with a checkpoint that has no parent, and give it back as it was saved", () =>
        on(
          Effect.gen(function* () {
            yield* TestClock.setTime(Date.parse(at))
            const input = {
              state: { z: [1, { b: 2, a: null }], a: "text\0", ["__proto__"]: { x: 1 } },
              metadata: { step: 1 },
              blocks: [Hash.make(sha256("block"))],
              nodes: [nodeOf(2, [1]), nodeOf(1)]
            }
            const saved = yield* create(input)
            includes(saved, { name: "checkpoint", revision: 1, branch: "main", createdAt: at })
            assert.strictEqual(saved.thread, saved.id)
            assert.isUndefined(saved.parentId)
            assert.deepStrictEqual(idsOf(saved.nodes), [uuid(1), uuid(2)])
            for (const read of [yield* load(saved.id), yield* cold(load(saved.id))]) {
              assert.deepStrictEqual(read, saved)
              assert.deepStrictEqual(canonicalJson(read.state), canonicalJson(input.state))
            }
            const state = (yield* cold(load(saved.id))).state
            assert.strictEqual(JSON.stringify(state), Either.getOrThrow(canonicalJson(input.state)))
          })
        )
      )

      it.effect(
        "go on upon the tip of a branch, begin a branch of their own upon an older one, and take names",
        () =>
          on(
            Effect.gen(function* () {
              const first = yield* create({ thread: "t", state: { n: 1 } })
              const second = yield* create({ thread: "t", state: { n: 2 } })
              const third = yield* create({ parentId: second.id, state: { n: 3 } })
              assert.deepStrictEqual([second.parentId, third.parentId], [first.id, second.id])
              assert.deepStrictEqual([second.branch, third.branch, third.thread], ["main", "main", "t"])
              const aside = yield* create({ parentId: first.id, state: { n: 4 } })
              assert.strictEqual(aside.branch, `main-${aside.id.slice(0, 8)}`)
              const named = yield* create({ parentId: first.id, state: { n: 5 }, branch: "other" })
              const next = yield* create({ thread: "t", branch: "other", state: { n: 6 } })
              assert.strictEqual(next.parentId, named.id)
              const upon = yield* create({ parentId: next.id, branch: "other", state: { n: 7 } })
              assert.deepStrictEqual(yield* refs("t"), {
                main: third.id,
                [aside.branch ?? ""]: aside.id,
                other: upon.id
              })
              // a branch that ends elsewhere is not moved, unless it is the parent's own
              const taken = yield* failure(create({ parentId: first.id, branch: "other", state: { n: 8 } }))
              includes(taken, { _tag: "NameTaken", kind: "branch", name: "other", id: upon.id })
              const spread = yield* create({ ...first, parentId: first.id, state: { n: 9 } })
              assert.strictEqual(spread.branch, `main-${spread.id.slice(0, 8)}`)
              assert.strictEqual((yield* refs("t")).main, third.id)
            })
          )
      )

      it.effect("give the same checkpoint for the same save upon the same parent, and store nothing", () =>
        on(
          Effect.gen(function* () {
            const root = { state: { n: 1 }, name: "plan" }
            const first = yield* create(root)
            const saves = [
              root,
              { parentId: first.id, state: { n: 2, list: [1] } },
              { parentId: first.id, state: { n: 3 } },
              { parentId: first.id, state: { n: 3 }, branch: "b" }
            ]
            const once = yield* Effect.forEach(saves, create)
            const before = yield* size
            const again = yield* Effect.forEach(saves, create)
            const reordered = yield* cold(create({ parentId: first.id, state: { list: [1], n: 2 } }))
            assert.deepStrictEqual(again, once)
            assert.strictEqual(reordered.id, once[1]?.id)
            assert.deepStrictEqual(yield* size, before)
            assert.strictEqual(new Set(idsOf(once)).size, 4)
            const ids = yield* Effect.all([
              create({ parentId: first.id, state: { n: 2 } }),
              create({ parentId: first.id, state: { n: 2 }, name: "x" }),
              create({ parentId: first.id, state: { n: 2 }, metadata: { x: 1 } }),
              create({ parentId: first.id, state: { n: 2 }, nodes: [nodeOf(1)] }),
              create({ parentId: first.id, state: { n: 2 }, blocks: [Hash.make(sha256("b"))] })
            ])
            assert.strictEqual(new Set(idsOf(ids)).size, ids.length)
          })
        )
      )

      it.effect("keep the whole state of a parent in another run", () =>
        on(
          Effect.gen(function* () {
            const state = { a: "a", long: words(1, 5000) }
            const first = yield* create({ thread: "t", state })
            yield* create({ thread: "t", state: { other: 1 } })
            const copy = yield* create({ parentId: first.id, thread: "u", state })
            includes(yield* cold(load(copy.id)), {
              state,
              thread: "u",
              parentId: first.id,
              branch: "main"
            })
            assert.deepStrictEqual(yield* history(copy.id), [copy.id, first.id])
            const other = yield* create({ parentId: first.id, thread: "u", state: { b: 1 } })
            assert.strictEqual(other.branch, `main-${other.id.slice(0, 8)}`)
            assert.strictEqual((yield* refs("u")).main, copy.id)
          })
        )
      )

      it.effect("refuse a parent that is not there, and write nothing", () =>
        on(
          Effect.gen(function* () {
            const unknown = CheckpointId.make(uuid(404))
            const store = yield* CheckpointStore
            for (const save of [
              create({ parentId: unknown }),
              create({ parentId: unknown, thread: "t" }),
              store.save(checkpointOf(uuid(1), { parentId: unknown }))
            ]) {
              includes(yield* failure(save), {
                _tag: "RunNotFound",
                kind: "checkpoint",
                name: unknown
              })
            }
            assert.deepStrictEqual(yield* size, { entries: 0, bytes: 0 })
          })
        )
      )

      it.effect("keep a checkpoint as it is, and another version of it as its revision, on its branch", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const root = checkpointOf(uuid(1))
            const saved = yield* store.save(root)
            assert.deepStrictEqual(saved, { ...saved, ...root, thread: uuid(1), branch: "main", revision: 1 })
            const before = yield* size
            assert.deepStrictEqual(yield* store.save(root), saved)
            assert.deepStrictEqual(
              yield* cold(Effect.flatMap(CheckpointStore, (it) => it.save(saved))),
              saved
            )
            assert.deepStrictEqual(yield* size, before)

            const child = yield* store.save(checkpointOf(uuid(2), { parentId: root.id, state: { a: 2 } }))
            includes(child, { branch: "main", thread: uuid(1), revision: 2 })
            const revised = yield* store.save({ ...root, state: { a: 3 } })
            includes(revised, { id: root.id, branch: "main", revision: 3, state: { a: 3 } })
            assert.isUndefined(revised.parentId)
            assert.deepStrictEqual(yield* cold(load(root.id)), revised)
            assert.deepStrictEqual(yield* refs(uuid(1)), { main: child.id })
            const grown = yield* store.save({ ...child, state: { a: 4 } })
            assert.deepStrictEqual(yield* refs(uuid(1)), { main: grown.id })
            includes(yield* store.head(uuid(1)), { id: child.id, state: { a: 4 } })
            assert.deepStrictEqual(yield* history(child.id), [child.id, root.id])
            assert.deepStrictEqual(idsOf(yield* store.list()), [child.id, root.id])
          })
        )
      )

      it.effect("let no checkpoint come from itself", () =>
        on(
          Effect.gen(function* () {
            const store = yield* CheckpointStore
            const root = yield* store.save(checkpointOf(uuid(1)))
            const child = yield* store.save(checkpointOf(uuid(2), { parentId: root.id }))
            const self = yield* failure(store.save({ ...root, parentId: root.id }))
            const circle = yield* failure(store.save({ ...root, parentId: child.id }))
            includes(self, { _tag: "CheckpointCycle", path: [root.id, root.id] })
            includes(circle, { _tag: "CheckpointCycle", path: [root.id, child.id, root.id] })
            assert.deepStrictEqual(yield* history(child.id), [child.id, root.id])
          })
        )
      )

      it.effect("store what changed", () =>
        on(
          Effect.gen(function* () {
            const state: Record<string, unknown> = Object.fromEntries(
              Array.from({ length: 10 }, (_, i) => [`key ${i}`, words(i, 700)])
            )
            yield* create({ thread: "t", state })
            const before = yield* size
            for (let i = 0; i < 10; i += 1) {
              state[`key ${i}`] = words(100 + i, 700)
              yield* create({ thread: "t", state })
            }
            const { bytes } = yield* size
            assert.isBelow((bytes - before.bytes) / 10, 700 + 700)
            assert.deepStrictEqual(
              (yield* cold(Effect.flatMap(CheckpointStore, (it) => it.head("t")))).state,
              state
            )
          })
        )
      )
    })
  })
}
