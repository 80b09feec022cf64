/** Names of threads, namespaces, channels and tasks that are odd, and the end of a thread. */
import * as assert from "node:assert/strict"
import { gather } from "../normalise.js"
import { that } from "../scenario.js"
import { assertEmpty, at, listed, newId, put, tupleAt, valuesAt } from "./direct.js"

/** Names that a database, a path, a pattern or JSON could take for another or for more than a name. */
export const oddNames: ReadonlyArray<string> = [
  "a",
  "A",
  "a ",
  " a",
  "á",
  "a\u0301",
  "ß",
  "ss",
  "\u{1f9f5}",
  "a%",
  "a_",
  "a*",
  "a|b",
  "a:b",
  "a,b",
  "a/b",
  "../../etc/passwd",
  "C:\\windows",
  "'; DROP TABLE checkpoints; --",
  '" OR ""="',
  "null",
  "undefined",
  "0",
  "[]",
  '["a","",""]',
  "toString",
  "hasOwnProperty",
  "line\nbreak\ttab",
  "\u202eright to left",
  "x".repeat(5000)
]

export const threads = [
  that("keeps threads apart whose names are alike or odd", async (stage) => {
    const ids = new Map<string, string>()
    for (const thread of oddNames) {
      const parent = await put(stage.saver, { thread, values: { x: `first of ${thread}` } })
      const values = { x: `of ${thread}` }
      const id = await put(stage.saver, { thread, parent, values, versions: { x: 2 } })
      await stage.saver.putWrites(at(thread, id), [["x", `written by ${thread}`]], "t")
      ids.set(thread, id)
    }
    await stage.reopen()
    for (const [thread, id] of ids) {
      const { checkpoint, config, pendingWrites } = await tupleAt(stage.saver, thread)
      assert.deepEqual(config, at(thread, id))
      assert.deepEqual(checkpoint.channel_values, { x: `of ${thread}` })
      assert.deepEqual(pendingWrites, [["t", "x", `written by ${thread}`]])
      assert.equal((await listed(stage.saver, { configurable: { thread_id: thread } })).length, 2)
    }
    for (const [i, thread] of oddNames.entries()) {
      if (i % 2 === 0) await stage.saver.deleteThread(thread)
    }
    await stage.reopen()
    for (const [i, thread] of oddNames.entries()) {
      const left = await listed(stage.saver, { configurable: { thread_id: thread } })
      assert.equal(left.length, i % 2 === 0 ? 0 : 2, thread)
    }
  }),

  that(
    "keeps threads, namespaces, channels, tasks and metadata apart that differ in NUL or halves of pairs",
    async (stage) => {
      const names = [
        "a",
        "a\0",
        "a\0b",
        "\0",
        "\\0",
        "\ud800",
        "\udfff",
        "\ufffd",
        "a\ud83d",
        "\ude00\ud83d",
        "\\ud800"
      ]
      for (const name of names) {
        const fields = { values: { [name]: name }, metadata: { [name]: name, same: name } }
        const id = await put(stage.saver, { thread: name, ...fields })
        await stage.saver.putWrites(at(name, id), [[name, name]], name === "" ? "t" : name, name)
        await put(stage.saver, { thread: "of all", space: name, ...fields })
      }
      await stage.reopen()
      for (const name of names) {
        const text = JSON.stringify(name)
        const { checkpoint, config, metadata, pendingWrites } = await tupleAt(stage.saver, name)
        assert.equal(config.configurable?.["thread_id"], name, text)
        assert.deepEqual(checkpoint.channel_values, { [name]: name }, text)
        assert.deepEqual(metadata, { source: "loop", step: 0, parents: {}, [name]: name, same: name }, text)
        assert.deepEqual(pendingWrites, [[name, name, name]], text)
        assert.deepEqual(await valuesAt(stage.saver, "of all", undefined, name), { [name]: name }, text)
        const found = await gather(
          stage.saver.list({ configurable: { thread_id: "of all" } }, { filter: { same: name } })
        )
        assert.deepEqual(
          found.map((each) => each.config.configurable?.["checkpoint_ns"]),
          [name]
        )
      }
      for (const name of names) {
        await stage.saver.deleteThread(name)
        await assertEmpty(stage.saver, name)
        assert.equal((await listed(stage.saver, {})).length, 2 * names.length - names.indexOf(name) - 1)
      }
    }
  ),

  that("keeps namespaces apart whose names are alike or odd", async (stage) => {
    for (const space of ["", ...oddNames]) {
      await put(stage.saver, { thread: "a", space, values: { x: `of ${space}` } })
    }
    await stage.reopen()
    for (const space of ["", ...oddNames]) {
      assert.deepEqual(await valuesAt(stage.saver, "a", undefined, space), { x: `of ${space}` })
      assert.equal((await listed(stage.saver, at("a", undefined, space))).length, 1)
    }
  }),

  that("keeps channels and tasks of odd names", async (stage) => {
    const values = Object.fromEntries(oddNames.map((name) => [name, `of ${name}`]))
    const versions = Object.fromEntries(oddNames.map((name, i) => [name, i + 1]))
    const id = await put(stage.saver, { thread: "a", values, versions })
    for (const name of oddNames) {
      await stage.saver.putWrites(at("a", id), [[name, `to ${name}`]], `task ${name}`, `~${name}`)
    }
    await stage.reopen()
    const { checkpoint, pendingWrites = [] } = await tupleAt(stage.saver, "a")
    assert.deepEqual(checkpoint.channel_values, values)
    assert.deepEqual(checkpoint.channel_versions, versions)
    assert.deepEqual(
      new Set(pendingWrites.map((write) => JSON.stringify(write))),
      new Set(oddNames.map((name) => JSON.stringify([`task ${name}`, name, `to ${name}`])))
    )
  }),

  that("deletes a thread with all its namespaces and writes, and no other", async (stage) => {
    const spaces = ["", "child", "child|grandchild", "child:1"]
    const ids: Array<readonly [space: string, id: string]> = []
    for (const thread of ["a", "b"]) {
      for (const space of spaces) {
        const id = newId()
        await put(stage.saver, { thread, space, id, values: { x: thread } })
        await stage.saver.putWrites(at(thread, id, space), [["x", 1]], "t")
        ids.push([space, id])
      }
    }
    await stage.saver.deleteThread("a")
    await stage.saver.deleteThread("nobody")
    for (const reopen of [false, true]) {
      if (reopen) await stage.reopen()
      await assertEmpty(stage.saver, "a")
      for (const [space, id] of ids) {
        assert.equal(await stage.saver.getTuple(at("a", id, space)), undefined)
        assert.equal(await stage.saver.getTuple(at("a", undefined, space)), undefined)
      }
      assert.equal((await listed(stage.saver, {})).length, spaces.length)
      for (const space of spaces) {
        const { pendingWrites } = await tupleAt(stage.saver, "b", undefined, space)
        assert.deepEqual(pendingWrites, [["t", "x", 1]])
      }
    }
  }),

  that("has nothing of a deleted thread in the thread that takes its name", async (stage) => {
    const [first, second] = [newId(), newId()]
    await put(stage.saver, { thread: "a", id: first, values: { x: "old", y: "old" }, metadata: { m: 1 } })
    await stage.saver.putWrites(at("a", first), [["x", "old"]], "t")
    await put(stage.saver, {
      thread: "a",
      id: second,
      parent: first,
      values: { x: "old" },
      versions: { x: 2 }
    })
    await stage.saver.putWrites(at("a", second), [["x", "old"]], "t")
    await stage.saver.deleteThread("a")
    await stage.reopen()
    // Under an id of before: an id is the caller's.
    await put(stage.saver, { thread: "a", id: first, values: { x: "new" } })
    await stage.reopen()
    const tuple = await tupleAt(stage.saver, "a")
    assert.deepEqual(tuple.checkpoint.channel_values, { x: "new" })
    assert.deepEqual(tuple.metadata, { source: "loop", step: 0, parents: {} })
    assert.deepEqual(tuple.pendingWrites, [])
    assert.deepEqual(await listed(stage.saver, { configurable: { thread_id: "a" } }), [first])
    await stage.saver.deleteThread("a")
    await stage.saver.deleteThread("a")
    await assertEmpty(stage.saver, "a", first, second)
  }),

  that("keeps checkpoints of many threads that are put at the same moment", async (stage) => {
    const names = Array.from({ length: 30 }, (_, i) => `thread ${i}`)
    await Promise.all(
      names.map(async (thread) => {
        let parent: string | undefined
        for (const step of [1, 2, 3]) {
          const values = { x: `${thread}, ${step}` }
          parent = await put(stage.saver, { thread, parent, values, versions: { x: step } })
          await stage.saver.putWrites(at(thread, parent), [["x", step]], "t")
        }
      })
    )
    await stage.reopen()
    for (const thread of names) {
      const { checkpoint, pendingWrites } = await tupleAt(stage.saver, thread)
      assert.deepEqual(checkpoint.channel_values, { x: `${thread}, 3` })
      assert.deepEqual(pendingWrites, [["t", "x", 3]])
      assert.equal((await listed(stage.saver, at(thread))).length, 3)
    }
  }),

  that("keeps every checkpoint of writers that put into one thread at the same moment", async (stage) => {
    const parent = await put(stage.saver, { thread: "a", values: { x: "root", y: "root" } })
    const writers = Array.from({ length: 20 }, (_, i) => ({ i, id: newId() }))
    await Promise.all(
      writers.map(async ({ i, id }) => {
        const own = { thread: "a", versions: { x: 2, y: 1 }, fresh: { x: 2 } }
        await stage.saver.putWrites(at("a", parent), [["x", i]], `task ${i}`)
        await put(stage.saver, { ...own, id, parent, values: { x: `of ${i}`, y: "root" } })
      })
    )
    await stage.reopen()
    for (const { i, id } of writers) {
      assert.deepEqual(await valuesAt(stage.saver, "a", id), { x: `of ${i}`, y: "root" })
    }
    assert.equal((await listed(stage.saver, at("a"))).length, writers.length + 1)
    assert.equal((await tupleAt(stage.saver, "a", parent)).pendingWrites?.length, writers.length)
  })
]
