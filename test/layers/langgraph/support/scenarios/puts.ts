/** What `put` keeps, and what it does not. */
import * as assert from "node:assert/strict"
import { that } from "../scenario.js"
import { at, checkpointOf, listed, metadataOf, newId, put, tupleAt, valuesAt } from "./direct.js"

const thread = "a"

export const puts = [
  that("answers where a checkpoint was put, and nothing else of the config", async ({ saver }) => {
    const checkpoint = checkpointOf({ thread, values: { x: 1 } })
    const config = {
      configurable: { ...at(thread).configurable, other: 1, __pregel_read: () => 1 },
      tags: ["t"]
    }
    const answer = await saver.put(config, checkpoint, metadataOf(), { x: 1 })
    assert.deepEqual(answer, at(thread, checkpoint.id))
  }),

  that("takes a checkpoint without a namespace as one of the root", async ({ saver }) => {
    const checkpoint = checkpointOf({ thread, values: { x: 1 } })
    const config = { configurable: { thread_id: thread } }
    assert.deepEqual(await saver.put(config, checkpoint, metadataOf(), { x: 1 }), at(thread, checkpoint.id))
    assert.deepEqual(await valuesAt(saver, thread, checkpoint.id), { x: 1 })
    assert.deepEqual((await saver.getTuple(config))?.checkpoint, checkpoint)
  }),

  that("gives a checkpoint back as it was put, after a reopening too", async (stage) => {
    const checkpoint = {
      ...checkpointOf({
        thread,
        values: { x: { deep: [1, "two", null, true] }, y: "" },
        versions: { x: 3, y: 1 }
      }),
      versions_seen: { __input__: {}, node: { x: 2, y: 1 } }
    }
    const metadata = metadataOf({
      source: "update",
      step: 7,
      parents: { "": "p" },
      mine: { a: [1] },
      flag: false
    })
    await stage.saver.put(at(thread), checkpoint, metadata, { x: 3, y: 1 })
    for (const reopen of [false, true]) {
      if (reopen) await stage.reopen()
      const tuple = await tupleAt(stage.saver, thread)
      assert.deepEqual(tuple.checkpoint, checkpoint)
      assert.deepEqual(tuple.metadata, metadata)
      assert.equal(tuple.parentConfig, undefined)
      assert.deepEqual(tuple.pendingWrites, [])
      assert.deepEqual(tuple.config, at(thread, checkpoint.id))
    }
  }),

  that("keeps versions as the numbers that they are", async (stage) => {
    const first = await put(stage.saver, { thread, values: { x: 1 }, versions: { x: 9 } })
    const id = await put(stage.saver, { thread, parent: first, values: { x: 2 }, versions: { x: 10 } })
    await stage.reopen()
    assert.deepEqual((await tupleAt(stage.saver, thread, id)).checkpoint.channel_versions, { x: 10 })
    assert.deepEqual((await tupleAt(stage.saver, thread, first)).checkpoint.channel_versions, { x: 9 })
  }),

  that("names the parent, in the same namespace", async (stage) => {
    const parent = await put(stage.saver, { thread, space: "s", values: { x: 1 } })
    const child = await put(stage.saver, { thread, space: "s", parent, values: { x: 2 }, versions: { x: 2 } })
    await stage.reopen()
    assert.deepEqual((await tupleAt(stage.saver, thread, child, "s")).parentConfig, at(thread, parent, "s"))
    assert.equal((await tupleAt(stage.saver, thread, parent, "s")).parentConfig, undefined)
  }),

  that("puts the newer of two puts of one id in the place of the older, metadata and all", async (stage) => {
    const parent = await put(stage.saver, { thread, values: { x: 0 } })
    const id = newId()
    const fields = { thread, id, parent }
    await put(stage.saver, { ...fields, values: { x: 1 }, versions: { x: 2 }, metadata: { a: 1, b: 1 } })
    await stage.saver.putWrites(at(thread, id), [["x", "kept"]], "task")
    await put(stage.saver, { ...fields, values: { x: 2 }, versions: { x: 3 }, metadata: { a: 2, step: 5 } })
    await stage.reopen()
    const tuple = await tupleAt(stage.saver, thread)
    assert.deepEqual(tuple.metadata, metadataOf({ a: 2, step: 5 }))
    assert.deepEqual(tuple.checkpoint.channel_values, { x: 2 })
    assert.deepEqual(tuple.checkpoint.channel_versions, { x: 3 })
    assert.deepEqual(tuple.pendingWrites, [["task", "x", "kept"]])
    assert.deepEqual(tuple.parentConfig, at(thread, parent))
    assert.deepEqual(await listed(stage.saver, at(thread)), [
      id,
      tuple.parentConfig.configurable?.["checkpoint_id"]
    ])
    assert.deepEqual(await listed(stage.saver, at(thread), { filter: { a: 1 } }), [])
    assert.deepEqual(await listed(stage.saver, at(thread), { filter: { a: 2 } }), [id])
  }),

  that("takes the greatest id for the latest, not the last that was put", async (stage) => {
    const [older, newer] = [newId(), newId()]
    await put(stage.saver, { thread, id: newer, values: { x: "newer" } })
    await put(stage.saver, { thread, id: older, values: { x: "older" } })
    for (const reopen of [false, true]) {
      if (reopen) await stage.reopen()
      assert.deepEqual(await valuesAt(stage.saver, thread), { x: "newer" })
      assert.deepEqual(await listed(stage.saver, at(thread)), [newer, older])
    }
  }),

  that("takes from a checkpoint only the values that are new", async (stage) => {
    const parent = await put(stage.saver, {
      thread,
      values: { x: "old", y: "old" },
      versions: { x: 1, y: 1 }
    })
    const child = await put(stage.saver, {
      thread,
      parent,
      values: { x: "new", y: "not said to be new" },
      versions: { x: 2, y: 1 },
      fresh: { x: 2 }
    })
    const alone = await put(stage.saver, { thread: "b", values: { x: 1, y: 2 }, fresh: { y: 1 } })
    await stage.reopen()
    assert.deepEqual(await valuesAt(stage.saver, thread, child), { x: "new", y: "old" })
    assert.deepEqual(await valuesAt(stage.saver, "b", alone), { y: 2 })
  }),

  that("carries what did not change from parent to child, over many checkpoints", async (stage) => {
    let parent: string | undefined
    for (let i = 1; i <= 40; i += 1) {
      parent = await put(stage.saver, {
        thread,
        parent,
        values: { still: { big: "x".repeat(5000) }, counter: i, ...(i < 20 ? {} : { late: "here" }) },
        versions: { still: 1, counter: i, ...(i < 20 ? {} : { late: 20 }) },
        fresh: { ...(i === 1 ? { still: 1 } : {}), counter: i, ...(i === 20 ? { late: 20 } : {}) }
      })
      if (i % 13 === 0) await stage.reopen()
    }
    await stage.reopen()
    const still = { big: "x".repeat(5000) }
    assert.deepEqual(await valuesAt(stage.saver, thread), { still, counter: 40, late: "here" })
    const ids = await listed(stage.saver, at(thread))
    assert.deepEqual(await valuesAt(stage.saver, thread, ids[30]), { still, counter: 10 })
  }),

  that("empties a channel that is new and has no value, and carries the emptiness on", async (stage) => {
    const first = await put(stage.saver, { thread, values: { x: 1, y: 1 } })
    const second = await put(stage.saver, {
      thread,
      parent: first,
      values: { y: 1 },
      versions: { x: 2, y: 1 },
      fresh: { x: 2 }
    })
    const third = await put(stage.saver, {
      thread,
      parent: second,
      values: { y: 2 },
      versions: { x: 2, y: 2 },
      fresh: { y: 2 }
    })
    await stage.reopen()
    assert.deepEqual(await valuesAt(stage.saver, thread, first), { x: 1, y: 1 })
    assert.deepEqual(await valuesAt(stage.saver, thread, second), { y: 1 })
    assert.deepEqual(await valuesAt(stage.saver, thread, third), { y: 2 })
  }),

  that("keeps siblings apart whose channels have the same versions", async (stage) => {
    const parent = await put(stage.saver, { thread, values: { x: "root", y: "root" } })
    const ids: Array<string> = []
    for (const x of ["left", "middle", "right"]) {
      ids.push(
        await put(stage.saver, {
          thread,
          parent,
          values: { x, y: "root" },
          versions: { x: 2, y: 1 },
          fresh: { x: 2 }
        })
      )
    }
    const leaves: Array<string> = []
    for (const id of ids) {
      const { x } = await valuesAt(stage.saver, thread, id)
      leaves.push(
        await put(stage.saver, {
          thread,
          parent: id,
          values: { x, y: `below ${String(x)}` },
          versions: { x: 2, y: 2 },
          fresh: { y: 2 }
        })
      )
    }
    await stage.reopen()
    for (const [i, x] of ["left", "middle", "right"].entries()) {
      assert.deepEqual(await valuesAt(stage.saver, thread, ids[i]), { x, y: "root" })
      assert.deepEqual(await valuesAt(stage.saver, thread, leaves[i]), { x, y: `below ${x}` })
    }
  }),

  that(
    "keeps the values of a copy, which says that nothing is new and names the grandparent",
    async (stage) => {
      const first = await put(stage.saver, { thread, values: { x: 1, y: 1 }, versions: { x: 1, y: 1 } })
      const second = await put(stage.saver, {
        thread,
        parent: first,
        values: { x: 2, y: 1 },
        versions: { x: 2, y: 1 },
        fresh: { x: 2 }
      })
      const source = "fork"
      const copy = await put(stage.saver, {
        thread,
        parent: first,
        values: { x: 2, y: 1 },
        versions: { x: 2, y: 1 },
        fresh: {},
        metadata: { source }
      })
      // A first checkpoint has no grandparent to name.
      const root = await put(stage.saver, { thread, values: { x: 1, y: 1 }, fresh: {}, metadata: { source } })
      await stage.reopen()
      assert.deepEqual(await valuesAt(stage.saver, thread, copy), { x: 2, y: 1 })
      assert.deepEqual((await tupleAt(stage.saver, thread, copy)).parentConfig, at(thread, first))
      assert.deepEqual(await valuesAt(stage.saver, thread, root), { x: 1, y: 1 })
      assert.deepEqual(await valuesAt(stage.saver, thread, second), { x: 2, y: 1 })
    }
  ),

  that("refuses to put without a thread, and finds nothing without one", async ({ saver }) => {
    const checkpoint = checkpointOf({ thread, values: { x: 1 } })
    for (const config of [{}, { configurable: {} }, { configurable: { checkpoint_id: checkpoint.id } }]) {
      await assert.rejects(saver.put(config, checkpoint, metadataOf(), { x: 1 }))
      await assert.rejects(saver.putWrites(config, [["x", 1]], "task"))
      assert.equal(await saver.getTuple(config), undefined)
    }
    await put(saver, { thread, values: { x: 1 } })
    assert.equal(await saver.getTuple(at(thread, newId())), undefined)
    assert.equal(await saver.getTuple(at("nobody")), undefined)
    assert.equal(await saver.getTuple(at("nobody", newId())), undefined)
    await assert.rejects(saver.putWrites(at(thread), [["x", 1]], "task"))
  }),

  that("finds a checkpoint by the older name of its id as well", async ({ saver }) => {
    const id = await put(saver, { thread, values: { x: 1 } })
    await put(saver, { thread, parent: id, values: { x: 2 }, versions: { x: 2 } })
    const tuple = await saver.getTuple({
      configurable: { thread_id: thread, checkpoint_ns: "", thread_ts: id }
    })
    assert.deepEqual(tuple?.checkpoint.channel_values, { x: 1 })
  }),

  that("never keeps what else is in a config", async (stage) => {
    const marks = ["private-mark", "key-of-somebody"]
    const configurable = {
      __pregel_send: () => marks[0],
      __pregel_scratchpad: { secret: marks[0] },
      api_key: marks[1]
    }
    const parent = await put(stage.saver, { thread, values: { x: 1 }, configurable })
    const full = {
      configurable: { ...at(thread, parent).configurable, ...configurable },
      metadata: { m: marks[0] }
    }
    await stage.saver.putWrites(full, [["x", 2]], "task", "path")
    await stage.reopen()
    const text = JSON.stringify([await tupleAt(stage.saver, thread), await stage.saver.get(at(thread))])
    for (const mark of marks) assert.ok(!text.includes(mark), text)
  }),

  that("shows nothing of itself in JSON", async ({ saver }) => {
    await put(saver, { thread: "a-thread-of-mine", values: { x: "a-value-of-mine" } })
    const text = JSON.stringify({ configurable: { checkpointer: saver } })
    // "[TheNameOfTheClass]", as LangGraph has it.
    assert.match(text, /^\{"configurable":\{"checkpointer":"\[\w*\]"\}\}$/)
  }),

  that(
    "changes nothing that is stored when an object is changed that was given or answered",
    async ({ saver }) => {
      const value = { list: [1], deep: { a: 1 } }
      const checkpoint = checkpointOf({ thread, values: { x: value } })
      const metadata = { ...metadataOf(), mine: { a: 1 } }
      const write = { b: [1] }
      const versions = { x: 1 }
      await saver.put(at(thread), checkpoint, metadata, versions)
      await saver.putWrites(at(thread, checkpoint.id), [["x", write]], "task")
      const whole = JSON.stringify(await tupleAt(saver, thread))
      value.list.push(2)
      value.deep.a = 2
      checkpoint.channel_versions["x"] = 9
      checkpoint.versions_seen["node"] = { x: 9 }
      metadata.mine.a = 2
      write.b.push(2)
      assert.equal(JSON.stringify(await tupleAt(saver, thread)), whole)
      const spoil = (object: unknown): void => {
        if (typeof object !== "object" || object === null) return
        for (const field of Object.values(object)) spoil(field)
        if (Array.isArray(object)) object.push("spoilt")
        else Reflect.set(object, "spoilt", true)
      }
      spoil(await tupleAt(saver, thread))
      spoil(await saver.get(at(thread, checkpoint.id)))
      for await (const tuple of saver.list(at(thread))) spoil(tuple)
      const history = await saver.getDeltaChannelHistory({ config: at(thread), channels: ["x"] })
      spoil(history)
      assert.equal(JSON.stringify(await tupleAt(saver, thread)), whole)
      assert.equal(
        JSON.stringify((await tupleAt(saver, thread, checkpoint.id)).checkpoint),
        JSON.stringify((await tupleAt(saver, thread)).checkpoint)
      )
      // The child carries what is stored, not what the answers have become.
      const child = await put(saver, {
        thread,
        parent: checkpoint.id,
        values: { x: { list: [1], deep: { a: 1 } }, y: 1 },
        versions: { x: 1, y: 2 },
        fresh: { y: 2 }
      })
      assert.deepEqual(await valuesAt(saver, thread, child), { x: { list: [1], deep: { a: 1 } }, y: 1 })
    }
  )
]
