/** How a run writes: at once, in the meantime, or at its end; and what is left of one that was stopped. */
import {
  Command,
  END,
  entrypoint,
  getPreviousState,
  interrupt,
  START,
  StateGraph,
  task
} from "@langchain/langgraph"
import type { CheckpointTuple } from "@langchain/langgraph-checkpoint"
import * as assert from "node:assert/strict"
import { gather, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, that } from "../scenario.js"
import { listed } from "./direct.js"
import { asks, chain, configOf, gate, Notes, of, outcome, says } from "./graphs.js"

const thread = of("a")

/** One, a question, two. */
const asking = (ran?: Array<string>) =>
  new StateGraph(Notes)
    .addNode("one", says("one", ran))
    .addNode("ask", asks("ask", ran))
    .addNode("two", says("two", ran))
    .addEdge(START, "one")
    .addEdge("one", "ask")
    .addEdge("ask", "two")
    .addEdge("two", END)

const durabilities = ["sync", "async", "exit"] as const

export const runs = [
  ...durabilities.map((durability) =>
    likeMemory(`keeps what a run of durability "${durability}" keeps, and goes on from it`, async (stage) => {
      const options = { ...thread, durability }
      const ran: Array<string> = []
      const graph = () => asking(ran).compile({ checkpointer: stage.saver })
      const asked = await graph().invoke({ notes: ["input"] }, options)
      await stage.reopen()
      const waiting = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
      const answered = await graph().invoke(new Command({ resume: "yes" }), options)
      await stage.reopen()
      const again = await graph().invoke({ notes: ["again"] }, options)
      await stage.reopen()
      const history = await seenHistory(graph(), "a")
      return [asked, waiting, answered, again, ran, history, await stored(stage.saver, "a")]
    })
  ),

  ...durabilities.map((durability) =>
    likeMemory(`keeps what a failed run of durability "${durability}" had come to`, async (stage) => {
      const options = { ...thread, durability }
      const ran: Array<string> = []
      let broken = true
      const builder = new StateGraph(Notes)
        .addNode("one", says("one", ran))
        .addNode("two", async () => {
          if (broken) throw new Error("two is broken")
          return says("two", ran)()
        })
        .addEdge(START, "one")
        .addEdge("one", "two")
        .addEdge("two", END)
      const graph = () => builder.compile({ checkpointer: stage.saver })
      const failed = await outcome(graph().invoke({ notes: ["input"] }, options))
      await stage.reopen()
      const between = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
      broken = false
      const mended = await graph().invoke(null, options)
      await stage.reopen()
      return [failed, between, mended, ran, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
    })
  ),

  that("goes on after a run that was aborted, from the last step that ended", async (stage) => {
    const ran: Array<string> = []
    const controller = new AbortController()
    const { open, opened } = gate()
    let held = true
    const builder = new StateGraph(Notes)
      .addNode("one", says("one", ran))
      .addNode("two", async () => {
        if (held) {
          controller.abort()
          await opened
        }
        return says("two", ran)()
      })
      .addNode("three", says("three", ran))
      .addEdge(START, "one")
      .addEdge("one", "two")
      .addEdge("two", "three")
      .addEdge("three", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const run = graph().invoke(
      { notes: ["input"] },
      { ...thread, durability: "sync", signal: controller.signal }
    )
    await assert.rejects(run)
    held = false
    await stage.reopen()
    const { next, values } = await graph().getState(thread)
    assert.deepEqual([next, values.notes], [["two"], ["input", "one"]])
    const { last, notes } = await graph().invoke(null, thread)
    assert.deepEqual([last, notes], ["three", ["input", "one", "two", "three"]])
    assert.deepEqual(ran, ["one", "two", "three"])
    open()
    await stage.reopen()
    assert.deepEqual((await graph().getState(thread)).values.notes, notes)
    assert.equal((await listed(stage.saver, thread)).length, 5)
  }),

  likeMemory("keeps the results of the tasks of a function, and runs none of them again", async (stage) => {
    const ran: Array<string> = []
    const fetch = task("fetch", async (name: string) => {
      ran.push(name)
      return { name, size: name.length }
    })
    const sum = task("sum", async (sizes: Array<number>) => {
      ran.push("sum")
      return sizes.reduce((a, b) => a + b, 0)
    })
    const work = () =>
      entrypoint({ name: "work", checkpointer: stage.saver }, async (names: Array<string>) => {
        const all = await Promise.all(names.map((name) => fetch(name)))
        const total = await sum(all.map(({ size }) => size))
        const answer: unknown = interrupt({ total })
        const more = await fetch(String(answer))
        return { total: total + more.size, answer }
      })
    const asked = await work().invoke(["a", "bb", "ccc"], thread)
    await stage.reopen()
    const waiting = [seen(await work().getState(thread)), await stored(stage.saver, "a"), [...ran]]
    const answered = await work().invoke(new Command({ resume: "dddd" }), thread)
    assert.deepEqual(ran, ["a", "bb", "ccc", "sum", "dddd"])
    await stage.reopen()
    return [asked, waiting, answered, await seenHistory(work(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("gives a function what it saved before, which is not what it answered", async (stage) => {
    const counting = () =>
      entrypoint({ name: "counting", checkpointer: stage.saver }, async (by: number) => {
        const previous = getPreviousState<{ readonly count: number } | undefined>()
        const count = (previous?.count ?? 0) + by
        return entrypoint.final({ value: `counted to ${count}`, save: { count } })
      })
    const results: Array<unknown> = []
    for (const by of [1, 10, 100]) {
      results.push(await counting().invoke(by, thread), await counting().invoke(1, of("another")))
      await stage.reopen()
    }
    return [results, await seenHistory(counting(), "a"), await stored(stage.saver, "another")]
  }),

  that("keeps two runs of one thread that go on at the same moment", async (stage) => {
    const names = ["left", "right"]
    const started = names.map(() => gate())
    const builder = new StateGraph(Notes)
      .addNode("meet", async ({ last }: Notes) => {
        const own = names.indexOf(last)
        // Neither goes on before the other is here too.
        if (own !== -1) {
          started[own]?.open()
          await Promise.all(started.map(({ opened }) => opened))
        }
        return { notes: [`met as ${last}`] }
      })
      .addNode("part", async ({ last }: Notes) => ({ notes: [`parted as ${last}`] }))
      .addEdge(START, "meet")
      .addEdge("meet", "part")
      .addEdge("part", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["root"], last: "root" }, thread)
    const root = configOf(await graph().getState(thread))
    const results = await Promise.all(
      names.map((name) => graph().invoke({ notes: [name], last: name }, root))
    )
    await stage.reopen()
    const tuples = await gather(stage.saver.list(thread))
    for (const [i, name] of names.entries()) {
      const ends = tuples.filter(
        ({ checkpoint, metadata }) =>
          checkpoint.channel_values["last"] === name && metadata?.source === "loop" && metadata.step === 6
      )
      assert.equal(ends.length, 1, name)
      const notes = ["root", "met as root", "parted as root", name, `met as ${name}`, `parted as ${name}`]
      assert.deepEqual(ends[0]?.checkpoint.channel_values["notes"], notes)
      assert.deepEqual(results[i]?.notes, notes)
      // Every checkpoint of its way back to the root is its own.
      let steps = 0
      for (let at = ends[0]; at?.parentConfig !== undefined; steps += 1) {
        const up: CheckpointTuple | undefined = await stage.saver.getTuple(at.parentConfig)
        assert.ok(up)
        if (steps < 2) assert.equal(up.checkpoint.channel_values["last"], name)
        at = up
      }
      assert.ok(steps >= 6, `${steps}`)
    }
  }),

  that("keeps the runs of many threads that go on at the same moment", async (stage) => {
    const graph = () => chain().compile({ checkpointer: stage.saver })
    const names = Array.from({ length: 12 }, (_, i) => `thread ${i}`)
    await Promise.all(names.map((name) => graph().invoke({ notes: [name] }, of(name))))
    await stage.reopen()
    await Promise.all(names.map((name) => graph().invoke({ notes: [name] }, of(name))))
    await stage.reopen()
    for (const name of names) {
      const { values } = await graph().getState(of(name))
      const run = [name, "one", "two", "three"]
      assert.deepEqual(values, { notes: [...run, ...run], last: "three" })
      assert.equal((await listed(stage.saver, of(name))).length, 10)
    }
  })
]
