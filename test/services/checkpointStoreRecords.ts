/** What the stores of runs promise about artifacts, tool calls and provenance. */
import { assert, describe, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Hash } from "../../src/domain/Hash.js"
import { CheckpointId, NodeId } from "../../src/domain/Ids.js"
import type { Provenance } from "../../src/domain/Provenance.js"
import { sha256 } from "../../src/prompt/digest.js"
import { provenance } from "../../src/services/provenance.js"
import { words } from "../runs/words.js"
import { uuid } from "./runDrafts.js"
import type { RunDatabase } from "./runStorages.js"
import {
  ArtifactStore,
  ToolTraceStore,
  cold,
  create,
  failure,
  idsOf,
  includes,
  nodeOf,
  on,
  scaffoldId
} from "./checkpointStoreRig.js"

export const records = (name: string, database: Layer.Layer<RunDatabase>): void => {
  sharing(database)(`the stores of runs ${name}`, (it) => {
    describe("with artifacts and tool calls", () => {
      it.effect("give them in the order in which they came, the same one twice as two", () =>
        on(
          Effect.gen(function* () {
            const artifacts = yield* ArtifactStore
            const { id } = yield* create({ thread: "t" })
            const long = words(1, 40_000)
            const first = yield* artifacts.addScratchpad(id, "same\0", "note")
            const second = yield* artifacts.addScratchpad(id, long, "code", {
              name: "x.ts",
              metadata: { a: 1 }
            })
            const third = yield* artifacts.addScratchpad(id, "same\0", "note")
            const expected = [first, second, third]
            assert.strictEqual(new Set(idsOf(expected)).size, 3)
            assert.deepStrictEqual(yield* artifacts.listScratchpads(id), expected)
            assert.deepStrictEqual(
              yield* cold(Effect.flatMap(ArtifactStore, (it) => it.listScratchpads(id))),
              expected
            )
            assert.deepStrictEqual(yield* artifacts.load(second.id), Option.some(second))
            assert.isTrue(Option.isNone(yield* artifacts.load(id)))
            const refused = artifacts.addScratchpad(id, "\ud800", "note")
            includes(yield* failure(refused), { _tag: "CanonicalError", path: "/content" })
            const nowhere = CheckpointId.make(uuid(404))
            assert.strictEqual(
              (yield* failure(artifacts.addScratchpad(nowhere, "", "note")))._tag,
              "RunNotFound"
            )
            assert.strictEqual((yield* failure(artifacts.listScratchpads(nowhere)))._tag, "RunNotFound")
          })
        )
      )

      it.effect("make as many of the same that come at once", () =>
        on(
          Effect.gen(function* () {
            const artifacts = yield* ArtifactStore
            const { id } = yield* create({ thread: "t" })
            const added = yield* Effect.all(
              Array.from({ length: 30 }, () => artifacts.addScratchpad(id, "same", "note")),
              { concurrency: "unbounded" }
            )
            assert.strictEqual(new Set(idsOf(added)).size, 30)
            const listed = yield* artifacts.listScratchpads(id)
            assert.sameMembers([...idsOf(listed)], [...idsOf(added)])
            const more = yield* artifacts.addScratchpad(id, "same", "note")
            assert.notInclude(idsOf(added), more.id)
          })
        )
      )

      it.effect("keep how a call went, how long it took, and what it was a part of", () =>
        on(
          Effect.gen(function* () {
            const traces = yield* ToolTraceStore
            const { id } = yield* create({ thread: "t", nodes: [nodeOf(1)] })
            const outer = yield* traces.addToolTrace(id, "plan", { q: "x" }, {}, { duration: 12.5 })
            const inner = yield* traces.addToolTrace(
              id,
              "search",
              {},
              { hits: [1] },
              {
                parentId: outer.id,
                nodeId: NodeId.make(uuid(1)),
                error: "timed out",
                metadata: { try: 2 }
              }
            )
            includes(outer, { duration: 12.5, success: true, toolName: "plan" })
            includes(inner, { duration: 0, success: false, error: "timed out", parentId: outer.id })
            assert.notProperty(outer, "error")
            const all = yield* cold(Effect.flatMap(ToolTraceStore, (it) => it.listToolTraces(id)))
            assert.deepStrictEqual(all, [outer, inner])
            assert.deepStrictEqual(yield* traces.load(inner.id), Option.some(inner))
            for (const duration of [-1, NaN, Infinity]) {
              const refused = yield* failure(traces.addToolTrace(id, "x", {}, {}, { duration }))
              includes(refused, { _tag: "InvalidInput", path: "/duration" })
            }
            const bad = yield* failure(traces.addToolTrace(id, "x", { a: [1n] }, {}))
            includes(bad, { _tag: "CanonicalError", path: "/inputs/a/0" })
            assert.strictEqual((yield* traces.listToolTraces(id)).length, 2)
          })
        )
      )

      it.effect("tell where an artifact came from, down to the blocks of the prompt", () =>
        on(
          Effect.gen(function* () {
            const artifacts = yield* ArtifactStore
            const traces = yield* ToolTraceStore
            const blocks = [Hash.make(sha256("a")), Hash.make(sha256("b"))]
            const checkpoint = yield* create({
              blocks,
              nodes: [nodeOf(1), nodeOf(2, [1]), nodeOf(3, [1, 2])]
            })
            const trace = yield* traces.addToolTrace(
              checkpoint.id,
              "search",
              {},
              {},
              { nodeId: NodeId.make(uuid(3)) }
            )
            const artifact = yield* artifacts.addScratchpad(checkpoint.id, "x", "code", {
              toolTraceId: trace.id
            })
            const source: Provenance = {
              kind: "checkpoint",
              id: checkpoint.id,
              label: "checkpoint",
              from: [
                {
                  kind: "scaffold",
                  id: scaffoldId,
                  label: "",
                  from: blocks.map((id) => ({ kind: "block", id, label: "", from: [] }))
                }
              ]
            }
            const node = (n: number, from: ReadonlyArray<Provenance>): Provenance => ({
              kind: "node",
              id: uuid(n),
              label: `module node ${n}`,
              from
            })
            const third = node(3, [node(1, [source]), node(2, [node(1, [])])])
            const made: Provenance = { kind: "tool trace", id: trace.id, label: "search", from: [third] }
            assert.deepStrictEqual(yield* provenance(artifact.id), {
              kind: "artifact",
              id: artifact.id,
              label: "code",
              from: [made]
            })
            assert.deepStrictEqual(yield* provenance(trace.id), made)
            assert.deepStrictEqual(yield* provenance(uuid(3)), third)
            assert.deepStrictEqual(yield* provenance(checkpoint.id), source)
            const plain = yield* artifacts.addScratchpad(checkpoint.id, "y", "note", { name: "y" })
            assert.deepStrictEqual((yield* provenance(plain.id)).from, [source])
            const own = yield* artifacts.addScratchpad(checkpoint.id, "z", "note", {
              nodeId: NodeId.make(uuid(1))
            })
            assert.deepStrictEqual((yield* provenance(own.id)).from, [node(1, [source])])
            assert.strictEqual((yield* failure(provenance(uuid(404))))._tag, "RunNotFound")
          })
        )
      )

      it.effect("follow 2,000 nodes in a line", () =>
        on(
          Effect.gen(function* () {
            const line = Array.from({ length: 2_000 }, (_, n) => nodeOf(n, n === 0 ? [] : [n - 1]))
            yield* create({ nodes: line })
            let depth = 0
            for (let step = yield* provenance(uuid(1_999)); step.kind === "node"; depth += 1) {
              const [next] = step.from
              if (next === undefined) break
              step = next
            }
            assert.strictEqual(depth, 2_000)
          })
        )
      )
    })
  })
}
