/** The past of a thread: read, replayed from any point, and searched. */
import { Command, END, START, StateGraph } from "@langchain/langgraph"
import * as assert from "node:assert/strict"
import { gather, historyOf, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, type Stage, that } from "../scenario.js"
import { asks, chain, configOf, Notes, of, says, the } from "./graphs.js"

const thread = of("a")

const graphOf = (stage: Stage, ran?: Array<string>) => chain(ran).compile({ checkpointer: stage.saver })

export const timeTravel = [
  likeMemory("gives the state at every checkpoint as the history tells it", async (stage) => {
    for (const note of ["first", "second"]) await graphOf(stage).invoke({ notes: [note] }, thread)
    await stage.reopen()
    const history = await historyOf(graphOf(stage), "a")
    const single: Array<unknown> = []
    for (const snapshot of history) single.push(seen(await graphOf(stage).getState(configOf(snapshot))))
    assert.deepEqual(single, history.map(seen))
    assert.equal(history.length, 10)
    return single
  }),

  likeMemory("replays from every checkpoint of a history, and keeps all that was before", async (stage) => {
    const ran: Array<string> = []
    await graphOf(stage, ran).invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const history = await historyOf(graphOf(stage), "a")
    const results: Array<unknown> = []
    for (const snapshot of history) {
      ran.splice(0)
      results.push(await graphOf(stage, ran).invoke(null, configOf(snapshot)), [...ran])
      await stage.reopen()
    }
    const old: Array<unknown> = []
    for (const snapshot of history) old.push(seen(await graphOf(stage).getState(configOf(snapshot))))
    assert.deepEqual(old, history.map(seen))
    return [results, await seenHistory(graphOf(stage), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("goes back to a question that was answered, and takes another answer", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode("before", says("before"))
      .addNode("ask", asks("ask"))
      .addNode("after", says("after"))
      .addEdge(START, "before")
      .addEdge("before", "ask")
      .addEdge("ask", "after")
      .addEdge("after", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["input"] }, thread)
    await graph().invoke(new Command({ resume: "first" }), thread)
    await stage.reopen()
    const asked = the((await historyOf(graph(), "a")).find(({ next }) => next[0] === "ask"))
    const again = await graph().invoke(null, configOf(asked))
    await stage.reopen()
    const waiting = seen(await graph().getState(thread))
    const second = await graph().invoke(new Command({ resume: "second" }), thread)
    await stage.reopen()
    const third = await graph().invoke(new Command({ resume: "third" }), configOf(asked))
    await stage.reopen()
    return [again, waiting, second, third, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("tells a history limited, before a checkpoint, and by its metadata", async (stage) => {
    for (const note of ["first", "second", "third"]) {
      await graphOf(stage).invoke({ notes: [note] }, thread)
      await graphOf(stage).invoke({ notes: [note] }, of("another"))
    }
    await stage.reopen()
    const all = await historyOf(graphOf(stage), "a")
    const told = async (options: Parameters<ReturnType<typeof graphOf>["getStateHistory"]>[1]) =>
      (await gather(graphOf(stage).getStateHistory(thread, options))).map(seen)
    const before = configOf(the(all[4]))
    const results = [
      await told({ limit: 3 }),
      await told({ before }),
      await told({ before, limit: 2 }),
      await told({ filter: { source: "input" } }),
      await told({ filter: { source: "loop", step: 5 } }),
      await told({ filter: { source: "loop" }, before, limit: 1 }),
      await told({ filter: { source: "fork" } })
    ]
    assert.deepEqual(results[0], all.slice(0, 3).map(seen))
    assert.deepEqual(results[1], all.slice(5).map(seen))
    assert.equal(results[3]?.length, 3)
    assert.equal(results[4]?.length, 1)
    return results
  }),

  that("knows no state of a thread that never was, and goes on after one that was deleted", async (stage) => {
    const empty = await graphOf(stage).getState(of("nobody"))
    assert.deepEqual([empty.next, empty.tasks, empty.metadata], [[], [], undefined])
    await graphOf(stage).invoke({ notes: ["input"] }, thread)
    await stage.saver.deleteThread("a")
    await stage.reopen()
    assert.deepEqual(await historyOf(graphOf(stage), "a"), [])
    const { notes } = await graphOf(stage).invoke({ notes: ["anew"] }, thread)
    assert.deepEqual(notes, ["anew", "one", "two", "three"])
    assert.equal((await historyOf(graphOf(stage), "a")).length, 5)
  })
]
