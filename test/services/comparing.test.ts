/** What is compared with what, and as what. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SyntaxTreesOxc from "../../layers/replay/SyntaxTreesOxc.js"
import { layerRuns } from "../../layers/RunStores.js"
import { difference } from "../../src/replay/diff/json/difference.js"
import * as Aegis from "../../src/services/Aegis.js"
import { diffCheckpoints } from "../../src/services/comparing/named.js"
import { pairsOf } from "../../src/services/comparing/pairs.js"
import { fileAt } from "../../src/services/comparing/textAt.js"
import { makeComparer } from "../../src/services/comparing/values.js"
import { layer as recorder } from "../../src/services/Recorder.js"
import { layerMemory } from "../../src/services/runStorageMemory.js"

describe("pairs", () => {
  it.prop(
    "have each part once, beside one of its key as long as there are such",
    [
      FastCheck.array(FastCheck.constantFrom("a", "b", "c")),
      FastCheck.array(FastCheck.constantFrom("a", "b", "c"))
    ],
    ([original, modified]) => {
      const [one, other] = [original, modified].map((keys) => keys.map((key) => ({ key })))
      const pairs = pairsOf(one ?? [], other ?? [], ({ key }) => key)
      const side = (name: "original" | "modified") =>
        pairs.map((pair) => pair[name]).filter((part) => part !== undefined)
      assert.deepStrictEqual(side("modified"), other)
      assert.sameMembers([...side("original")], [...(one ?? [])])
      for (const key of ["a", "b", "c"]) {
        const [left, right] = [original, modified].map((keys) => keys.filter((each) => each === key).length)
        const both = pairs.filter((pair) => pair.original?.key === key && pair.modified?.key === key).length
        assert.strictEqual(both, Math.min(left ?? 0, right ?? 0))
      }
    }
  )
})

describe("the file that a text would be", () => {
  it("is what stands beside it, its key, or the name of its node", () => {
    const value = {
      files: [{ path: "a/b.ts", content: "f()", note: "f()" }, { content: "f()" }],
      "x.tsx": "f()",
      text: "f()",
      by: { name: "Ada", text: "f()" },
      "a/b~c.json": "{}"
    }
    const at = (pointer: string, name?: string) => fileAt(value, pointer, name)
    assert.strictEqual(at("/files/0/content", "node.js"), "a/b.ts")
    assert.strictEqual(at("/files/0/note", "node.js"), undefined)
    assert.strictEqual(at("/files/1/content"), undefined)
    assert.strictEqual(at("/files/1/content", "node.js"), "node.js")
    assert.strictEqual(at("/x.tsx"), "x.tsx")
    assert.strictEqual(at("/text", "node.ts"), "node.ts")
    assert.strictEqual(at("/text", "a story"), undefined)
    assert.strictEqual(at("/by/text"), undefined)
    assert.strictEqual(at("/a~1b~0c.json"), "a/b~c.json")
    assert.strictEqual(fileAt("f()", "", "node.ts"), "node.ts")
    assert.strictEqual(fileAt("f()", "/no/such/text", "node.ts"), "node.ts")
  })
})

describe("values", () => {
  it.effect("differ where their JSON does, whatever is said of the texts in them", () =>
    Effect.gen(function* () {
      const text = FastCheck.constantFrom("f()", "f( )", "g()", "{", "a\nb", "a\nc")
      const { value } = FastCheck.letrec<{ value: unknown }>((tie) => ({
        value: FastCheck.oneof(
          { maxDepth: 3 },
          text,
          FastCheck.integer({ min: 0, max: 3 }),
          FastCheck.array(tie("value"), { maxLength: 3 }),
          FastCheck.dictionary(FastCheck.constantFrom("text", "path", "a.ts", "b.json", "n"), tie("value"))
        )
      }))
      for (const [before, after] of FastCheck.sample(FastCheck.tuple(value, value), {
        numRuns: 200,
        seed: 1
      })) {
        const found = yield* makeComparer().values({ before, after, names: ["node.ts", "node.ts"] })
        const plain = found.map(({ as: _, invalid: _invalid, ...change }) => change)
        assert.deepStrictEqual(plain, [...difference(before, after)])
      }
    }).pipe(Effect.provide(SyntaxTreesOxc.layer))
  )

  it.effect("say of a text that is repeated what was found where its file was named", () =>
    Effect.gen(function* () {
      const comparer = makeComparer()
      const texts = { before: "f(1)", after: "f( 1 )" }
      const [unnamed] = yield* comparer.values(texts)
      assert.isUndefined(unnamed?.as)
      const [named] = yield* comparer.values({ ...texts, names: ["a.ts", "b.ts"] })
      const [repeated] = yield* comparer.values(texts)
      assert.deepStrictEqual([named?.as?.kind, named?.as?.identical], ["typescript", true])
      assert.deepStrictEqual(repeated?.as, named?.as)
    }).pipe(Effect.provide(SyntaxTreesOxc.layer))
  )

  it.effect("never let a broken program look like one that was removed, and repeat none of it", () =>
    Effect.gen(function* () {
      const [change] = yield* makeComparer().values({
        before: '{ "key": 1 }',
        after: '{ "key": hunter2 }',
        names: ["a.json", "a.json"]
      })
      assert.deepStrictEqual(change?.as?.kind, "text")
      assert.strictEqual(change?.invalid, "modified, line 1, column 10: This is no JSON")
    }).pipe(Effect.provide(SyntaxTreesOxc.layer))
  )
})

describe("diffCheckpoints", () => {
  it.live("finds no difference between a recording and its replays, and the same the other way round", () =>
    Effect.gen(function* () {
      const agent = (text: string, options: Parameters<typeof recorder>[0]) =>
        Aegis.run(
          "agent",
          {},
          Effect.forEach(["a.ts", "a.ts", "b.ts"], (name) =>
            Aegis.node("file", name, {}, () => Effect.succeed(`${name === "b.ts" ? text : "f()"}\n`)).pipe(
              Effect.map(({ value }) => value)
            )
          )
        ).pipe(
          Effect.map(({ recording }) => Option.getOrThrow(recording)),
          Effect.provide(recorder(options))
        )
      const recording = yield* agent("g()", { mode: "record" })
      const replay = yield* agent("g()", { mode: "incremental", recording, branch: "again" })
      const same = yield* diffCheckpoints(recording, "again")
      assert.deepInclude(same, { identical: true, nodes: [], artifacts: [], same: 4 })
      assert.strictEqual(same.modified.id, replay)
      const other = yield* agent("h()", { mode: "record" })
      const there = yield* diffCheckpoints(recording, other)
      const back = yield* diffCheckpoints(other, recording)
      for (const { identical, nodes } of [there, back]) {
        assert.isFalse(identical)
        assert.deepStrictEqual(
          nodes.map(({ change, name }) => [change, name]),
          [
            ["changed", "b.ts"],
            ["changed", "agent"]
          ]
        )
      }
      assert.isTrue((yield* diffCheckpoints(other, other)).identical)
    }).pipe(Effect.provide(Layer.merge(layerRuns(layerMemory("default")), SyntaxTreesOxc.layer)))
  )
})
