/** What every RunStorage promises to those who look after it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { payloadDigest } from "../../../src/runs/chain.js"
import { kinds } from "../../../src/runs/entry.js"
import { chunksOf } from "../../../src/services/runs/chunksOf.js"
import { decodeBody, encodeBody } from "../../../src/runs/body.js"
import { store } from "../../../src/runs/segment.js"
import { checkedLog, chunkOf, draftOf, lineage, plain, uuid } from "../runDrafts.js"
import { RunDatabase, runStorages } from "../runStorages.js"

let tenants = 0
const fresh = Effect.flatMap(RunDatabase, ({ open }) => open(`tenant ${++tenants}`))
const main = lineage("thread")
const tagOf = <A, E extends { readonly _tag: string }, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(self), ({ _tag }) => _tag)

for (const [name, layer] of runStorages) {
  describe(`a run storage ${name}, for upkeep`, () => {
    it.scoped("removes only while nothing was appended that was not known", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const { epoch } = yield* storage.append(main, [draftOf(uuid(1)), draftOf(uuid(2))])
        const removal = {
          epoch,
          gone: [1],
          empty: [1],
          chunks: [],
          draft: draftOf("", { kind: kinds.prune })
        }
        assert.strictEqual(yield* tagOf(storage.remove(main, { ...removal, upTo: 1 })), "LineageMoved")
        assert.strictEqual(yield* tagOf(storage.remove(main, { ...removal, upTo: 3 })), "LineageMoved")
        assert.deepStrictEqual(
          (yield* storage.log(main, 0, 9)).map(({ gone }) => gone),
          [false, false]
        )
        assert.strictEqual((yield* storage.remove(main, { ...removal, upTo: 2 })).entries, 1)
        assert.strictEqual((yield* storage.find(main)).checkpoint?.id, uuid(2))
      }).pipe(Effect.provide(layer))
    )

    it.scoped("writes entries of another log again, gone and emptied ones as well", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const drafts = [
          draftOf(uuid(2), { parent: uuid(1) }),
          draftOf(uuid(3), { restored: { gone: true, emptied: undefined } }),
          draftOf(uuid(4), {
            meta: Buffer.alloc(0),
            body: Buffer.alloc(0),
            restored: { gone: true, emptied: payloadDigest(Buffer.from("{}"), Buffer.from("what was there")) }
          })
        ]
        yield* storage.append(main, drafts)
        const log = yield* checkedLog(storage, main)
        assert.deepStrictEqual(
          log.map((entry) => [entry.id, entry.gone, plain(entry).body === undefined]),
          [
            [uuid(2), false, false],
            [uuid(3), true, false],
            [uuid(4), true, true]
          ]
        )
        assert.deepStrictEqual(
          (yield* storage.list({ holds: [], limit: 9 })).map(({ entry }) => entry.id),
          [uuid(2)]
        )
        // also where a thread of that name was deleted
        yield* storage.deleteThread("thread")
        const restored = { gone: false, emptied: undefined }
        yield* storage.append(main, [draftOf(uuid(2), { parent: uuid(1), restored })])
        assert.strictEqual((yield* storage.find(main)).checkpoint?.parent, uuid(1))
      }).pipe(Effect.provide(layer))
    )

    it.scoped("says what chunks cost and who holds them", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const [one, both, none] = [chunkOf("one"), chunkOf("both ".repeat(500)), chunkOf("none")]
        yield* storage.append(lineage("a"), [draftOf("a", { chunks: [one, both] })])
        yield* storage.append(lineage("b"), [draftOf("b", { chunks: [both, both] })])
        assert.deepStrictEqual(yield* storage.held([both.hash, none.hash, one.hash]), [
          { bytes: both.data.length, lineages: 2 },
          undefined,
          { bytes: one.data.length, lineages: 1 }
        ])
        yield* storage.deleteThread("a")
        assert.deepStrictEqual(yield* storage.held([both.hash, one.hash]), [
          { bytes: both.data.length, lineages: 1 },
          undefined
        ])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("goes through all chunks of a namespace in order, and through no others", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const other = yield* fresh
        const chunks = Array.from({ length: 9 }, (_, i) => chunkOf(`chunk ${i} ${"x".repeat(i * 200)}`))
        yield* storage.append(main, [draftOf("a", { chunks })])
        yield* other.append(main, [draftOf("a", { chunks: [chunkOf("of another")] })])
        const found: Array<string> = []
        for (let after: Uint8Array | undefined; ;) {
          const page = yield* storage.chunksAfter(after, 4)
          found.push(
            ...page.map(
              ({ data, deflated, hash, size }) =>
                `${hash.toString("hex")} ${size} ${deflated} ${Buffer.from(data).toString("hex")}`
            )
          )
          const last = page.at(-1)
          if (last === undefined) break
          after = last.hash
        }
        assert.deepStrictEqual(
          found,
          chunks
            .map(
              ({ data, deflated, hash, size }) =>
                `${hash.toString("hex")} ${size} ${deflated} ${Buffer.from(data).toString("hex")}`
            )
            .sort()
        )
      }).pipe(Effect.provide(layer))
    )

    it.scoped("knows the names of entries, which threads were deleted, and that it is in order", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const other = yield* fresh
        yield* storage.append(main, [
          draftOf("a", { names: ["one", "two"] }),
          draftOf("b", { names: ["three"] })
        ])
        yield* storage.append(lineage("thread", "p"), [draftOf("c", { names: ["four"] })])
        assert.deepStrictEqual(yield* storage.names(main), [
          { name: "one", n: 1 },
          { name: "two", n: 1 },
          { name: "three", n: 2 }
        ])
        assert.deepStrictEqual(yield* storage.names(lineage("nobody")), [])
        assert.isFalse(yield* storage.wasDeleted("thread"))
        yield* storage.deleteThread("thread")
        yield* storage.deleteThread("nobody")
        assert.deepStrictEqual(
          [
            yield* storage.wasDeleted("thread"),
            yield* storage.wasDeleted("nobody"),
            yield* other.wasDeleted("thread")
          ],
          [true, false, false]
        )
        assert.deepStrictEqual(yield* storage.check, [])
      }).pipe(Effect.provide(layer))
    )

    it.scoped("has all chunks of an entry, at every level of an index", () =>
      Effect.gen(function* () {
        const storage = yield* fresh
        const elements = Array.from(
          { length: 4000 },
          (_, i) => `"element ${i} ${(i * 7919) % 1009}${"x".repeat(200)}"`
        )
        const { chunks, segment } = store({ shape: "list", elements })
        assert.isAbove(segment.depth, 1)
        const body = encodeBody("{}", new Map([["clist", { encoding: 0, segment }]]))
        yield* storage.append(main, [draftOf("a", { body, chunks })])
        const hex = (hashes: ReadonlyArray<Uint8Array>) =>
          hashes.map((hash) => Buffer.from(hash).toString("hex")).sort()
        const found = yield* chunksOf(storage, decodeBody(body)?.parts.values() ?? [])
        assert.deepStrictEqual(hex(found), hex(chunks.map(({ hash }) => hash)))
      }).pipe(Effect.provide(layer))
    )
  })
}
