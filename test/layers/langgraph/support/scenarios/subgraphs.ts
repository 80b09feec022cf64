/** Graphs within graphs: each level has a namespace of its own in the thread. */
import { Annotation, Command, END, Send, START, StateGraph } from "@langchain/langgraph"
import type { StateSnapshot } from "@langchain/langgraph"
import * as assert from "node:assert/strict"
import { gather, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, that } from "../scenario.js"
import { assertEmpty } from "./direct.js"
import { asks, Notes, of, says, the } from "./graphs.js"

const thread = of("a")

/** A question two levels down. */
const nested = (ran?: Array<string>) => {
  const inner = new StateGraph(Notes)
    .addNode("in1", says("in1", ran))
    .addNode("ask", asks("ask", ran))
    .addNode("in2", says("in2", ran))
    .addEdge(START, "in1")
    .addEdge("in1", "ask")
    .addEdge("ask", "in2")
    .addEdge("in2", END)
    .compile()
  const middle = new StateGraph(Notes)
    .addNode("mid1", says("mid1", ran))
    .addNode("inner", inner)
    .addNode("mid2", says("mid2", ran))
    .addEdge(START, "mid1")
    .addEdge("mid1", "inner")
    .addEdge("inner", "mid2")
    .addEdge("mid2", END)
    .compile()
  return new StateGraph(Notes)
    .addNode("out1", says("out1", ran))
    .addNode("middle", middle)
    .addNode("out2", says("out2", ran))
    .addEdge(START, "out1")
    .addEdge("out1", "middle")
    .addEdge("middle", "out2")
    .addEdge("out2", END)
}

/** The snapshot of the only task that has one, `depth` levels down. */
const below = (snapshot: StateSnapshot, depth: number): StateSnapshot => {
  if (depth === 0) return snapshot
  const states = snapshot.tasks.flatMap(({ state }) =>
    state !== undefined && "values" in state ? [state] : []
  )
  return below(the(states[0], "state of a subgraph"), depth - 1)
}

export const subgraphs = [
  likeMemory("asks from two levels down, and goes on there with the answer", async (stage) => {
    const ran: Array<string> = []
    const graph = () => nested(ran).compile({ checkpointer: stage.saver })
    const asked = await graph().invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const waiting = [
      seen(await graph().getState(thread, { subgraphs: true })),
      await stored(stage.saver, "a"),
      [...ran]
    ]
    const answered = await graph().invoke(new Command({ resume: "yes" }), thread)
    await stage.reopen()
    return [asked, waiting, answered, ran, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("has a history for every level, and changes a level where it waits", async (stage) => {
    const graph = () => nested().compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const waiting = await graph().getState(thread, { subgraphs: true })
    const histories: Array<unknown> = []
    for (const depth of [1, 2]) {
      const { config } = below(waiting, depth)
      const { checkpoint_ns, thread_id } = config.configurable ?? {}
      const history = await gather(graph().getStateHistory({ configurable: { checkpoint_ns, thread_id } }))
      histories.push(history.map(seen))
    }
    const changed = await graph().updateState(below(waiting, 2).config, { notes: ["from outside"] })
    await stage.reopen()
    const after = seen(await graph().getState(thread, { subgraphs: true }))
    const answered = await graph().invoke(new Command({ resume: "yes" }), thread)
    await stage.reopen()
    return [
      histories,
      changed.configurable?.["checkpoint_ns"],
      after,
      answered,
      await stored(stage.saver, "a")
    ]
  }),

  likeMemory("keeps the memory of a subgraph that is persistent from run to run", async (stage) => {
    const Inner = Annotation.Root({
      last: Annotation<string>,
      count: Annotation<number>({ reducer: (a, b) => a + b, default: () => 0 })
    })
    const inner = new StateGraph(Inner)
      .addNode("add", async () => ({ count: 1 }))
      .addNode("tell", async ({ count }: typeof Inner.State) => ({ last: `counted ${count}` }))
      .addEdge(START, "add")
      .addEdge("add", "tell")
      .addEdge("tell", END)
      .compile({ checkpointer: true })
    const builder = new StateGraph(Notes)
      .addNode("inner", inner)
      .addNode("note", async ({ last }: Notes) => ({ notes: [last] }))
      .addEdge(START, "inner")
      .addEdge("inner", "note")
      .addEdge("note", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const results: Array<unknown> = []
    for (const last of ["first", "second", "third"]) {
      results.push(await graph().invoke({ last }, thread))
      results.push(await graph().invoke({ last }, of("another")))
      await stage.reopen()
    }
    return [results, await stored(stage.saver, "a"), await stored(stage.saver, "another")]
  }),

  likeMemory("keeps apart the subgraphs that one step runs at once", async (stage) => {
    const inner = new StateGraph(Notes)
      .addNode("first", async ({ last }: Notes) => ({ notes: [`first of ${last}`] }))
      .addNode("ask", asks("ask"))
      .addEdge(START, "first")
      .addEdge("first", "ask")
      .addEdge("ask", END)
      .compile()
    const Gathered = Annotation.Root({
      notes: Annotation<Array<string>>({ reducer: (all, more) => all.concat(more), default: () => [] })
    })
    const builder = new StateGraph(Gathered)
      .addNode("work", async (state: Notes) => {
        const { notes } = await inner.invoke(state)
        return { notes: [notes.join("; ")] }
      })
      .addConditionalEdges(
        START,
        () => ["x", "y", "z"].map((last) => new Send("work", { last, notes: [] })),
        ["work"]
      )
      .addEdge("work", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const { tasks } = await graph().getState(thread)
    const answers = tasks.map(({ interrupts: [asked] }, i) => [the(asked?.id, "interrupt"), `answer ${i}`])
    const first = await graph().invoke(new Command({ resume: Object.fromEntries(answers.slice(1)) }), thread)
    await stage.reopen()
    const second = await graph().invoke(
      new Command({ resume: Object.fromEntries(answers.slice(0, 1)) }),
      thread
    )
    await stage.reopen()
    const state = await graph().getState(thread)
    assert.deepEqual(state.next, [])
    return [first, second, seen(state), await seenHistory(graph(), "a")]
  }),

  that("leaves nothing of any level when the thread is deleted", async (stage) => {
    const graph = () => nested().compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["input"] }, thread)
    await graph().invoke({ notes: ["input"] }, of("b"))
    const spaces = (await gather(stage.saver.list(thread))).map(
      ({ config }) => config.configurable?.["checkpoint_ns"]
    )
    assert.equal(new Set(spaces).size, 3)
    await stage.saver.deleteThread("a")
    await stage.reopen()
    await assertEmpty(stage.saver, "a")
    for (const checkpoint_ns of spaces) {
      const config = { configurable: { thread_id: "a", checkpoint_ns } }
      assert.equal(await stage.saver.getTuple(config), undefined)
    }
    const answered = await graph().invoke(new Command({ resume: "yes" }), of("b"))
    assert.equal(answered.last, "out2")
    const anew = await graph().invoke({ notes: ["anew"] }, thread)
    assert.deepEqual(anew.notes, ["anew", "out1"])
  })
]
