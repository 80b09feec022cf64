/** What our saver can do beyond the contract: let go of the past, copy a thread, and delete runs. */
import { Annotation, Command, DeltaChannel, END, interrupt, START, StateGraph } from "@langchain/langgraph"
import * as assert from "node:assert/strict"
import { extended } from "../../extended.js"
import { gather, historyOf, seen, seenHistory, stored } from "../../normalise.js"
import { type Stage, that } from "../../scenario.js"
import { assertEmpty, at, idOf, listed, put, tupleAt, valuesAt } from "../direct.js"
import { asks, chain, configOf, Notes, of, says, the } from "../graphs.js"

const thread = of("a")
const keepLatest = { strategy: "keep_latest" } as const

/** A task that ended beside one that asks, twice. */
const asking = (stage: Stage, ran?: Array<string>) =>
  new StateGraph(Notes)
    .addNode("before", says("before", ran))
    .addNode("done", async () => {
      ran?.push("done")
      return { notes: ["done"] }
    })
    .addNode("ask", async () => {
      ran?.push("ask")
      const [first, second]: ReadonlyArray<unknown> = [interrupt("first?"), interrupt("second?")]
      return { notes: [`${String(first)} and ${String(second)}`] }
    })
    .addNode("after", says("after", ran))
    .addEdge(START, "before")
    .addEdge("before", "done")
    .addEdge("before", "ask")
    .addEdge(["done", "ask"], "after")
    .addEdge("after", END)
    .compile({ checkpointer: stage.saver })

/** A question two levels down. */
const nested = (stage: Stage, ran?: Array<string>) => {
  const inner = new StateGraph(Notes)
    .addNode("in1", says("in1", ran))
    .addNode("ask", asks("ask", ran))
    .addEdge(START, "in1")
    .addEdge("in1", "ask")
    .addEdge("ask", END)
    .compile()
  const middle = new StateGraph(Notes)
    .addNode("mid1", says("mid1", ran))
    .addNode("inner", inner)
    .addEdge(START, "mid1")
    .addEdge("mid1", "inner")
    .addEdge("inner", END)
    .compile()
  return new StateGraph(Notes)
    .addNode("out1", says("out1", ran))
    .addNode("middle", middle)
    .addEdge(START, "out1")
    .addEdge("out1", "middle")
    .addEdge("middle", END)
    .compile({ checkpointer: stage.saver })
}

const deltaGraph = (stage: Stage, snapshotFrequency: number) => {
  const State = Annotation.Root({
    log: () =>
      new DeltaChannel<Array<string>, Array<string>>((state, writes) => state.concat(writes.flat()), {
        snapshotFrequency,
        initialValueFactory: () => []
      })
  })
  return new StateGraph(State)
    .addNode("one", async () => ({ log: ["one"] }))
    .addNode("two", async ({ log }: typeof State.State) => ({ log: [`two of ${log.length}`] }))
    .addEdge(START, "one")
    .addEdge("one", "two")
    .addEdge("two", END)
    .compile({ checkpointer: stage.saver })
}

const chained = (stage: Stage) => chain().compile({ checkpointer: stage.saver })

const inRun = (name: string, run: string) => ({ configurable: { thread_id: name, run_id: run } })

export const retention = [
  that("prunes to the latest checkpoint, which says what it said", async (stage) => {
    for (const note of ["first", "second"]) {
      await chained(stage).invoke({ notes: [note] }, thread)
      await chained(stage).invoke({ notes: [note] }, of("b"))
    }
    const ids = await listed(stage.saver, thread)
    const [before, others] = [await chained(stage).getState(thread), await stored(stage.saver, "b")]
    await extended(stage.saver).prune(["a", "nobody"], keepLatest)
    for (const reopen of [false, true]) {
      if (reopen) await stage.reopen()
      const after = await chained(stage).getState(thread)
      assert.deepEqual(
        [after.values, after.next, after.metadata],
        [before.values, before.next, before.metadata]
      )
      assert.deepEqual(configOf(after), configOf(before))
      assert.deepEqual(await listed(stage.saver, thread), ids.slice(0, 1))
      assert.equal((await historyOf(chained(stage), "a")).length, 1)
      for (const id of ids.slice(1)) assert.equal(await stage.saver.getTuple(at("a", id)), undefined)
      assert.deepEqual(await stored(stage.saver, "b"), others)
    }
    await extended(stage.saver).prune(["a"], keepLatest)
    await extended(stage.saver).prune([], { strategy: "delete" })
    const { notes } = await chained(stage).invoke({ notes: ["third"] }, thread)
    const run = (note: string) => [note, "one", "two", "three"]
    assert.deepEqual(notes, [...run("first"), ...run("second"), ...run("third")])
    await stage.reopen()
    assert.equal((await historyOf(chained(stage), "a")).length, 6)
  }),

  that(
    "keeps a value that the latest checkpoint has from one that is pruned, and of the right branch",
    async (stage) => {
      const old = { still: { big: "x".repeat(9000) }, text: "root" }
      const root = await put(stage.saver, { thread: "a", values: old })
      for (const text of ["left", "right"]) {
        const versions = { still: 1, text: 2 }
        await put(stage.saver, {
          thread: "a",
          parent: root,
          values: { ...old, text },
          versions,
          fresh: { text: 2 }
        })
      }
      await extended(stage.saver).prune(["a"], keepLatest)
      await stage.reopen()
      assert.deepEqual(await valuesAt(stage.saver, "a"), { ...old, text: "right" })
    }
  ),

  that("goes on with a question that was open when the thread was pruned", async (stage) => {
    const ran: Array<string> = []
    await asking(stage, ran).invoke({ notes: ["input"] }, thread)
    await asking(stage, ran).invoke(new Command({ resume: "first" }), thread)
    const before = seen(await asking(stage).getState(thread))
    await extended(stage.saver).prune(["a"], keepLatest)
    await stage.reopen()
    const after = await asking(stage).getState(thread)
    assert.equal(after.tasks.find(({ name }) => name === "ask")?.interrupts[0]?.value, "second?")
    assert.deepEqual(
      Object.entries(the(before as Record<string, unknown>)).filter(([key]) => key !== "from"),
      Object.entries(the(seen(after) as Record<string, unknown>)).filter(([key]) => key !== "from")
    )
    const { notes } = await asking(stage, ran).invoke(new Command({ resume: "second" }), thread)
    assert.deepEqual([...notes].sort(), ["after", "before", "done", "first and second", "input"])
    assert.deepEqual(
      ran.filter((name) => name !== "ask"),
      ["before", "done", "after"]
    )
  }),

  that("goes on with a question two levels down that was open when the thread was pruned", async (stage) => {
    const ran: Array<string> = []
    await nested(stage, ran).invoke({ notes: ["input"] }, thread)
    await extended(stage.saver).prune(["a"], keepLatest)
    await stage.reopen()
    const tuples = await gather(stage.saver.list(thread))
    const spaces = tuples.map(({ config }) => config.configurable?.["checkpoint_ns"])
    assert.deepEqual([tuples.length, new Set(spaces).size], [3, 3])
    const { notes } = await nested(stage, ran).invoke(new Command({ resume: "yes" }), thread)
    assert.ok(notes.includes("ask: yes"))
    assert.deepEqual(ran, ["out1", "mid1", "in1", "ask", "ask"])
  }),

  ...[1, 3, 1000].map((frequency) =>
    that(
      `keeps a delta channel with a snapshot every ${frequency} writes when its thread is pruned`,
      async (stage) => {
        const graph = () => deltaGraph(stage, frequency)
        for (const note of ["first", "second", "third"]) await graph().invoke({ log: [note] }, thread)
        const { values } = await graph().getState(thread)
        assert.equal(values.log.length, 9)
        await extended(stage.saver).prune(["a"], keepLatest)
        await stage.reopen()
        assert.deepEqual((await graph().getState(thread)).values, values)
        assert.equal((await historyOf(graph(), "a")).length, 1)
        const { log } = await graph().invoke({ log: ["fourth"] }, thread)
        assert.deepEqual(log, [...values.log, "fourth", "one", "two of 11"])
        await stage.reopen()
        assert.deepEqual((await graph().getState(thread)).values.log, log)
        await extended(stage.saver).prune(["a"], keepLatest)
        await stage.reopen()
        assert.deepEqual((await graph().getState(thread)).values.log, log)
      }
    )
  ),

  that("prunes whole threads away, and no others", async (stage) => {
    for (const name of ["a", "b", "c"]) await nested(stage).invoke({ notes: [name] }, of(name))
    const ids = (await gather(stage.saver.list(of("a")))).map(idOf)
    const others = await stored(stage.saver, "c")
    await extended(stage.saver).prune(["a", "b", "nobody"], { strategy: "delete" })
    await stage.reopen()
    await assertEmpty(stage.saver, "a", ...ids)
    await assertEmpty(stage.saver, "b")
    assert.deepEqual(await stored(stage.saver, "c"), others)
  }),

  that("copies a thread with its levels, its past and its open question", async (stage) => {
    await nested(stage).invoke({ notes: ["input"] }, thread)
    await extended(stage.saver).copyThread("a", "copy")
    const [original, copy] = [await seenHistory(nested(stage), "a"), await seenHistory(nested(stage), "copy")]
    // Only the name of the thread differs.
    assert.equal(JSON.stringify(copy).replaceAll('"copy"', '"a"'), JSON.stringify(original))
    const first = await nested(stage).invoke(new Command({ resume: "of the copy" }), of("copy"))
    assert.ok(first.notes.includes("ask: of the copy"))
    assert.deepEqual(await seenHistory(nested(stage), "a"), original)
    await stage.reopen()
    assert.deepEqual(await seenHistory(nested(stage), "a"), original)
    const second = await nested(stage).invoke(new Command({ resume: "of the original" }), thread)
    assert.ok(second.notes.includes("ask: of the original"))
    await stage.saver.deleteThread("a")
    await stage.reopen()
    assert.deepEqual((await nested(stage).getState(of("copy"))).values.notes, first.notes)
    for await (const { config, parentConfig } of stage.saver.list(of("copy"))) {
      assert.equal(config.configurable?.["thread_id"], "copy")
      if (parentConfig !== undefined) assert.ok(await stage.saver.getTuple(parentConfig))
    }
    await nested(stage).invoke({ notes: ["more"] }, of("copy"))
    await assertEmpty(stage.saver, "a")
  }),

  that("copies a thread with a delta channel, and lets both go their ways", async (stage) => {
    const graph = () => deltaGraph(stage, 1000)
    await graph().invoke({ log: ["first"] }, thread)
    await extended(stage.saver).copyThread("a", "copy")
    await graph().invoke({ log: ["of the original"] }, thread)
    await stage.saver.deleteThread("a")
    await stage.reopen()
    const { log } = await graph().invoke({ log: ["of the copy"] }, of("copy"))
    assert.deepEqual(log, ["first", "one", "two of 2", "of the copy", "one", "two of 5"])
    await stage.reopen()
    assert.deepEqual((await graph().getState(of("copy"))).values.log, log)
  }),

  that(
    "deletes the checkpoints of runs, in all threads, and leaves those of others what they were",
    async (stage) => {
      for (const name of ["a", "b"]) {
        for (const run of ["r1", "r2", "r3"]) await chained(stage).invoke({ notes: [run] }, inRun(name, run))
      }
      await chained(stage).invoke({ notes: ["of no run"] }, of("c"))
      const others = await stored(stage.saver, "c")
      const before = new Map((await gather(stage.saver.list(thread))).map((tuple) => [idOf(tuple), tuple]))
      assert.equal(before.size, 15)
      await extended(stage.saver).deleteForRuns(["r2", "nobody's"])
      await extended(stage.saver).deleteForRuns([])
      await stage.reopen()
      const left = await gather(stage.saver.list(thread))
      assert.deepEqual(left.map(idOf), [...before.keys()].toSpliced(5, 5))
      for (const tuple of left) {
        assert.deepEqual(tuple.checkpoint, before.get(idOf(tuple))?.checkpoint)
        assert.deepEqual(tuple.pendingWrites, before.get(idOf(tuple))?.pendingWrites)
      }
      for (const id of [...before.keys()].slice(5, 10)) {
        assert.equal(await stage.saver.getTuple(at("a", id)), undefined)
      }
      await extended(stage.saver).deleteForRuns(["r3"])
      await stage.reopen()
      for (const name of ["a", "b"]) {
        assert.deepEqual((await chained(stage).getState(of(name))).values.notes, [
          "r1",
          "one",
          "two",
          "three"
        ])
      }
      const { notes } = await chained(stage).invoke({ notes: ["r4"] }, inRun("a", "r4"))
      assert.deepEqual(notes.slice(3, 6), ["three", "r4", "one"])
      assert.deepEqual(await stored(stage.saver, "c"), others)
      await extended(stage.saver).deleteForRuns(["r1", "r4"])
      await stage.reopen()
      await assertEmpty(stage.saver, "a")
      await assertEmpty(stage.saver, "b")
    }
  ),

  that("deletes what a run wrote of an open question with it, on every level", async (stage) => {
    await nested(stage).invoke({ notes: ["input"] }, inRun("a", "r1"))
    const { id } = (await tupleAt(stage.saver, "a")).checkpoint
    await extended(stage.saver).deleteForRuns(["r1"])
    await stage.reopen()
    await assertEmpty(stage.saver, "a", id)
    await put(stage.saver, { thread: "a", id, values: { last: "anew" } })
    assert.deepEqual((await tupleAt(stage.saver, "a")).pendingWrites, [])
  })
]
