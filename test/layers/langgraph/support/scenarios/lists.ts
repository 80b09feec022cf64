/** Which checkpoints `list` gives, and in which order. */
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"
import { gather } from "../normalise.js"
import { that } from "../scenario.js"
import { at, idOf, listed, newId, put } from "./direct.js"

/** Two threads of two namespaces; the ids of each, oldest first. */
const fill = async (saver: BaseCheckpointSaver): Promise<Record<string, ReadonlyArray<string>>> => {
  const ids: Record<string, Array<string>> = {}
  const parents: Record<string, string> = {}
  for (const step of [0, 1, 2, 3]) {
    for (const [thread, space] of [
      ["a", ""],
      ["a", "s"],
      ["b", ""],
      ["b", "s|t"]
    ] as const) {
      const place = `${thread}/${space}`
      const id = await put(saver, {
        thread,
        space,
        parent: parents[place],
        values: { x: step },
        versions: { x: step + 1 },
        metadata: { step, source: step % 2 === 0 ? "loop" : "update", of: thread }
      })
      parents[place] = id
      ids[place] = [...(ids[place] ?? []), id]
    }
  }
  return ids
}

const newestFirst = (ids: ReadonlyArray<string> = []): ReadonlyArray<string> => [...ids].reverse()
const sorted = (ids: ReadonlyArray<string>): ReadonlyArray<string> => [...ids].sort()

export const lists = [
  that("lists a namespace of a thread, newest first", async (stage) => {
    const ids = await fill(stage.saver)
    await stage.reopen()
    assert.deepEqual(await listed(stage.saver, at("a")), newestFirst(ids["a/"]))
    assert.deepEqual(await listed(stage.saver, at("a", undefined, "s")), newestFirst(ids["a/s"]))
    assert.deepEqual(await listed(stage.saver, at("a", undefined, "s|t")), [])
    assert.deepEqual(await listed(stage.saver, at("nobody")), [])
  }),

  that("lists all namespaces of a thread if none is named, and all threads", async (stage) => {
    const ids = await fill(stage.saver)
    await stage.reopen()
    const ofA = await gather(stage.saver.list({ configurable: { thread_id: "a" } }))
    assert.deepEqual(sorted(ofA.map(idOf)), sorted([...(ids["a/"] ?? []), ...(ids["a/s"] ?? [])]))
    for (const space of ["", "s"]) {
      const there = ofA.filter(({ config }) => config.configurable?.["checkpoint_ns"] === space)
      assert.deepEqual(there.map(idOf), newestFirst(ids[`a/${space}`]))
      for (const { config } of there)
        assert.deepEqual(config, at("a", config.configurable?.["checkpoint_id"], space))
    }
    const everything = sorted(Object.values(ids).flat())
    assert.deepEqual(sorted(await listed(stage.saver, {})), everything)
    assert.deepEqual(sorted(await listed(stage.saver, { configurable: {} })), everything)
    const roots = await listed(stage.saver, { configurable: { checkpoint_ns: "" } })
    assert.deepEqual(sorted(roots), sorted([...(ids["a/"] ?? []), ...(ids["b/"] ?? [])]))
  }),

  that("lists one checkpoint by its id", async (stage) => {
    const ids = await fill(stage.saver)
    await stage.reopen()
    const id = ids["a/"]?.[1]
    assert.deepEqual(await listed(stage.saver, at("a", id)), [id])
    assert.deepEqual(await listed(stage.saver, at("b", id)), [])
    assert.deepEqual(await listed(stage.saver, at("a", newId())), [])
    assert.deepEqual(await listed(stage.saver, at("a", id), { filter: { step: 2 } }), [])
  }),

  that("lists as many as the limit says, and nothing for 0", async (stage) => {
    const ids = newestFirst((await fill(stage.saver))["a/"])
    await stage.reopen()
    for (const limit of [0, 1, 2, 4, 9]) {
      assert.deepEqual(await listed(stage.saver, at("a"), { limit }), ids.slice(0, limit))
    }
    assert.equal((await listed(stage.saver, {}, { limit: 5 })).length, 5)
    assert.deepEqual(await listed(stage.saver, {}, { limit: 0 }), [])
  }),

  that("lists what is before a checkpoint, without it", async (stage) => {
    const ids = newestFirst((await fill(stage.saver))["a/"])
    await stage.reopen()
    for (const [i, id] of ids.entries()) {
      assert.deepEqual(await listed(stage.saver, at("a"), { before: at("a", id) }), ids.slice(i + 1))
    }
    assert.deepEqual(await listed(stage.saver, at("a"), { before: at("a", newId()) }), ids)
    assert.deepEqual(await listed(stage.saver, at("a"), { before: at("a") }), ids)
    const before = at("a", ids[0])
    assert.deepEqual(await listed(stage.saver, at("a"), { before, limit: 2 }), ids.slice(1, 3))
    assert.deepEqual(await listed(stage.saver, at("a"), { before, filter: { source: "update" } }), [ids[2]])
  }),

  that("lists what has all of the metadata of a filter, limited after it", async (stage) => {
    const ids = newestFirst((await fill(stage.saver))["a/"])
    await stage.reopen()
    const { saver } = stage
    assert.deepEqual(await listed(saver, at("a"), { filter: {} }), ids)
    assert.deepEqual(await listed(saver, at("a"), { filter: { source: "loop" } }), [ids[1], ids[3]])
    assert.deepEqual(await listed(saver, at("a"), { filter: { source: "loop" }, limit: 1 }), [ids[1]])
    assert.deepEqual(await listed(saver, at("a"), { filter: { source: "loop", step: 0 } }), [ids[3]])
    assert.deepEqual(await listed(saver, at("a"), { filter: { source: "update", step: 0 } }), [])
    assert.deepEqual(await listed(saver, at("a"), { filter: { source: "update", step: 3 }, limit: 1 }), [
      ids[0]
    ])
    assert.deepEqual(await listed(saver, at("a"), { filter: { of: "b" } }), [])
    assert.deepEqual(await listed(saver, at("a"), { filter: { unknown: "b" } }), [])
    assert.equal((await listed(saver, {}, { filter: { step: 2 } })).length, 4)
  }),

  that("tells values of a filter apart that are alike as texts", async (stage) => {
    const values = [1, "1", true, "true", null, "null", 1.5, "", "a", "A", "a ", "é", "e\u0301", "%", "_"]
    const ids: Array<string> = []
    for (const value of values) ids.push(await put(stage.saver, { thread: "a", metadata: { value } }))
    await put(stage.saver, { thread: "a" })
    await stage.reopen()
    for (const [i, value] of values.entries()) {
      const found = await listed(stage.saver, at("a"), { filter: { value } })
      assert.deepEqual(found, [ids[i]], JSON.stringify(value))
    }
  }),

  that(
    "takes keys and values of a filter as they are, whatever a database would make of them",
    async (stage) => {
      const odd = [
        "a.b",
        "a b",
        'a"b',
        "a'b",
        "a`b",
        "a\\b",
        "$.a",
        "a[0]",
        "'); DROP TABLE checkpoints; --",
        "x' OR '1'='1",
        '"}] OR 1=1 --',
        "%",
        "_",
        "$1",
        "?",
        ":a",
        "@>",
        "ключ",
        "\u{1f511}",
        "line\nbreak",
        ""
      ]
      const ids: Array<string> = []
      for (const each of odd) ids.push(await put(stage.saver, { thread: "a", metadata: { [each]: each } }))
      const plain = await put(stage.saver, { thread: "a", metadata: { a: { b: "nested" } } })
      await stage.reopen()
      for (const [i, each] of odd.entries()) {
        const found = await listed(stage.saver, at("a"), { filter: { [each]: each } })
        assert.deepEqual(found, [ids[i]], JSON.stringify(each))
        assert.deepEqual(await listed(stage.saver, at("a"), { filter: { [each]: "other" } }), [])
        assert.deepEqual(await listed(stage.saver, at("a"), { filter: { source: each } }), [])
      }
      assert.deepEqual(await listed(stage.saver, at("a"), { filter: { "a.b": "nested" } }), [])
      assert.equal((await listed(stage.saver, at("a"))).length, odd.length + 1)
      assert.deepEqual(await listed(stage.saver, at("a"), { limit: 1 }), [plain])
    }
  ),

  that("lists while the thread grows, each of those that were there once", async (stage) => {
    const ids = newestFirst((await fill(stage.saver))["a/"])
    const found: Array<string> = []
    for await (const tuple of stage.saver.list(at("a"))) {
      found.push(idOf(tuple))
      await put(stage.saver, { thread: "a", parent: idOf(tuple), values: { x: "new" }, versions: { x: 9 } })
    }
    assert.deepEqual(
      found.filter((id) => ids.includes(id)),
      ids
    )
  }),

  that("can be left off in the middle of a list", async (stage) => {
    const ids = newestFirst((await fill(stage.saver))["a/"])
    for await (const tuple of stage.saver.list(at("a"))) {
      assert.equal(idOf(tuple), ids[0])
      break
    }
    await put(stage.saver, { thread: "a", values: { x: 1 } })
    await stage.reopen()
    assert.equal((await listed(stage.saver, at("a"))).length, 5)
  })
]
