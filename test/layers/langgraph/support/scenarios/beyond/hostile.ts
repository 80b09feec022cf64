/** Rows and writes of somebody who means no good, or comes too late. */
import { HumanMessage } from "@langchain/core/messages"
import { PromptTemplate } from "@langchain/core/prompts"
import { END, START, StateGraph } from "@langchain/langgraph"
import * as assert from "node:assert/strict"
import { that } from "../../scenario.js"
import {
  assertEmpty,
  at,
  checkpointOf,
  listed,
  metadataOf,
  newId,
  put,
  tupleAt,
  valuesAt
} from "../direct.js"
import { gate, Notes, of, outcome, says } from "../graphs.js"

const thread = "a"

const promptId = ["langchain_core", "prompts", "prompt", "PromptTemplate"]
const promptFields = { template: "{x}", input_variables: ["x"], template_format: "f-string" }

const isInert = (value: unknown): void => {
  assert.ok(!(value instanceof PromptTemplate), "a prompt was made")
  assert.ok(
    typeof value !== "object" || value === null || !("invoke" in value),
    "something was made that runs"
  )
}

export const hostile = [
  that("makes no instance of a class that is neither a message nor a document", async (stage, rig) => {
    // A real one is refused or comes back as data.
    const prompt = new PromptTemplate({ template: "{x}", inputVariables: ["x"] })
    const checkpoint = checkpointOf({ thread, values: { x: prompt } })
    await outcome(stage.saver.put(at(thread), checkpoint, metadataOf(), { x: 1 }))
    await stage.reopen()
    isInert((await stage.saver.get(at(thread)))?.channel_values["x"])
    // So does one that says it is one.
    const liar = { toJSON: () => ({ lc: 1, type: "constructor", id: promptId, kwargs: promptFields }) }
    await outcome(put(stage.saver, { thread: "b", values: { x: liar } }))
    await stage.reopen()
    isInert((await stage.saver.get(at("b")))?.channel_values["x"])
    // And one that stands in a row.
    const checkpointId = await put(stage.saver, { thread: "c", values: { x: new HumanMessage("hi") } })
    await rig.plant?.({ threadId: "c", checkpointId, channel: "x" }, promptId, promptFields)
    await stage.reopen()
    const planted = await outcome(valuesAt(stage.saver, "c"))
    if (rig.plant !== undefined) assert.ok(!JSON.stringify(planted).includes('"hi"'), "nothing was planted")
    const found = await outcome(stage.saver.get(at("c")).then((each) => isInert(each?.channel_values["x"])))
    assert.ok(!JSON.stringify(found).includes(" was made"), JSON.stringify(found))
  }),

  that("does not bring a deleted thread back for a put or a write that comes too late", async (stage) => {
    const root = await put(stage.saver, { thread, values: { x: 1 } })
    const last = await put(stage.saver, { thread, parent: root, values: { x: 2 }, versions: { x: 2 } })
    await stage.saver.deleteThread(thread)
    for (const reopen of [false, true]) {
      if (reopen) await stage.reopen()
      const late = checkpointOf({ thread, values: { x: 3 }, versions: { x: 3 } })
      await outcome(stage.saver.put(at(thread, last), late, metadataOf(), { x: 3 }))
      await outcome(stage.saver.putWrites(at(thread, last), [["x", "late"]], "t"))
      await assertEmpty(stage.saver, thread, root, last, late.id)
      // Nor for the one after it.
      const later = checkpointOf({ thread, values: { x: 4 }, versions: { x: 4 } })
      await outcome(stage.saver.put(at(thread, late.id), later, metadataOf(), { x: 4 }))
      await assertEmpty(stage.saver, thread, late.id, later.id)
    }
    // The name is free for a new thread, in which those of the old one are not.
    const anew = await put(stage.saver, { thread, values: { x: "anew" } })
    await outcome(stage.saver.putWrites(at(thread, last), [["x", "late"]], "t"))
    const latest = checkpointOf({ thread, values: { x: 5 }, versions: { x: 5 } })
    await outcome(stage.saver.put(at(thread, last), latest, metadataOf(), { x: 5 }))
    await stage.reopen()
    assert.deepEqual(await listed(stage.saver, { configurable: { thread_id: thread } }), [anew])
    assert.deepEqual(await valuesAt(stage.saver, thread), { x: "anew" })
    const next = await put(stage.saver, { thread, parent: anew, values: { x: "next" }, versions: { x: 2 } })
    await stage.saver.putWrites(at(thread, next), [["x", "in time"]], "t")
    assert.deepEqual((await tupleAt(stage.saver, thread)).pendingWrites, [["t", "x", "in time"]])
  }),

  that("does not bring a thread back that was deleted while it ran", async (stage) => {
    const [running, deleted] = [gate(), gate()]
    const builder = new StateGraph(Notes)
      .addNode("one", says("one"))
      .addNode("two", async () => {
        running.open()
        await deleted.opened
        return says("two")()
      })
      .addNode("three", says("three"))
      .addEdge(START, "one")
      .addEdge("one", "two")
      .addEdge("two", "three")
      .addEdge("three", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const run = outcome(graph().invoke({ notes: ["input"] }, { ...of(thread), durability: "sync" }))
    // A run that fails before it is there, is a failure of its own.
    await Promise.race([running.opened, run])
    await stage.saver.deleteThread(thread)
    deleted.open()
    await run
    await stage.reopen()
    await assertEmpty(stage.saver, thread)
  })
]

/** What MemorySaver guards against as well. */
export const guards = [
  that("tells no secret of the environment to whoever asks for it in data", async (stage, rig) => {
    const secret = "the-secret-of-the-environment"
    const asks = { lc: 1, type: "secret", id: ["AEGIS_TEST_SECRET"] }
    const before = process.env["AEGIS_TEST_SECRET"]
    process.env["AEGIS_TEST_SECRET"] = secret
    try {
      const checkpointId = await put(stage.saver, {
        thread,
        values: {
          x: asks,
          y: new HumanMessage({ content: "hi", additional_kwargs: { asks } }),
          z: new HumanMessage("hi")
        }
      })
      const told = async (): Promise<string> => JSON.stringify(await outcome(tupleAt(stage.saver, thread)))
      await stage.reopen()
      const own = await told()
      assert.ok(own.includes("AEGIS_TEST_SECRET") && !own.includes(secret), own)
      const id = ["langchain_core", "messages", "HumanMessage"]
      await rig.plant?.({ threadId: thread, checkpointId, channel: "z" }, id, { content: asks })
      await stage.reopen()
      // That row may be refused.
      assert.ok(!(await told()).includes(secret))
    } finally {
      if (before === undefined) delete process.env["AEGIS_TEST_SECRET"]
      else process.env["AEGIS_TEST_SECRET"] = before
    }
  }),

  that(
    "takes no name of JavaScript's own for a thread or a namespace, or keeps it like another",
    async (stage) => {
      for (const name of ["__proto__", "constructor", "prototype"]) {
        const id = newId()
        const kept = await outcome(put(stage.saver, { thread: name, id, values: { x: name } }))
        if (JSON.stringify(kept).includes("failed")) continue
        await stage.reopen()
        assert.deepEqual(await valuesAt(stage.saver, name), { x: name })
        await put(stage.saver, { thread, space: name, values: { x: name } })
        assert.deepEqual(await valuesAt(stage.saver, thread, undefined, name), { x: name })
        await stage.saver.deleteThread(name)
        await assertEmpty(stage.saver, name, id)
      }
      assert.deepEqual(Object.keys(Object.prototype), [])
      assert.equal(Reflect.get({}, "x"), undefined)
    }
  )
]
