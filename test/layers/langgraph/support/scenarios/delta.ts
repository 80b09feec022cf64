/** Channels that are kept as what was written to them, and made again from that. */
import { HumanMessage, RemoveMessage } from "@langchain/core/messages"
import {
  Annotation,
  Command,
  DeltaChannel,
  END,
  interrupt,
  messagesDeltaReducer,
  Overwrite,
  START,
  StateGraph
} from "@langchain/langgraph"
import type { BaseMessage } from "@langchain/core/messages"
import * as assert from "node:assert/strict"
import { historyOf, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, that } from "../scenario.js"
import { configOf, of, outcome, the } from "./graphs.js"

const thread = of("a")

/** A log that is kept as its writes, with a snapshot every so many of them. */
const logOf = (snapshotFrequency: number) =>
  Annotation.Root({
    log: () =>
      new DeltaChannel<Array<string>, Array<string>>((state, writes) => state.concat(writes.flat()), {
        snapshotFrequency,
        initialValueFactory: () => []
      }),
    last: Annotation<string>
  })

/** One after the other, and three at once of whose names the order is not that of their ids. */
const graphOf = (snapshotFrequency: number) => {
  const State = logOf(snapshotFrequency)
  const says = (name: string) => async () => ({ log: [`${name} begins`, `${name} ends`] })
  return new StateGraph(State)
    .addNode("one", says("one"))
    .addNode("b", says("b"))
    .addNode("c", says("c"))
    .addNode("a", says("a"))
    .addNode("join", async ({ log }: typeof State.State) => ({
      log: [`join of ${log.length}`],
      last: "join"
    }))
    .addEdge(START, "one")
    .addEdge("one", "b")
    .addEdge("one", "c")
    .addEdge("one", "a")
    .addEdge(["b", "c", "a"], "join")
    .addEdge("join", END)
}

export const delta = [
  ...[1, 3, 1000].map((frequency) =>
    likeMemory(`makes a delta channel again, with a snapshot every ${frequency} writes`, async (stage) => {
      const graph = () => graphOf(frequency).compile({ checkpointer: stage.saver })
      const results: Array<unknown> = []
      for (const input of ["first", "second", "third"]) {
        const { log } = await graph().invoke({ log: [input] }, thread)
        await stage.reopen()
        assert.deepEqual((await graph().getState(thread)).values.log, log)
        results.push(log)
      }
      return [results, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
    })
  ),

  that(
    "writes of one step to a delta channel are in the order of the run, whenever they are read",
    async (stage) => {
      const graph = () => graphOf(1000).compile({ checkpointer: stage.saver })
      // Ids of tasks are as good as random: once would prove little.
      for (let i = 0; i < 8; i += 1) {
        const { log } = await graph().invoke({ log: ["input"] }, of(`thread ${i}`))
        assert.deepEqual(
          log.slice(3, 9),
          ["a", "b", "c"].flatMap((name) => [`${name} begins`, `${name} ends`])
        )
        await stage.reopen()
        assert.deepEqual((await graph().getState(of(`thread ${i}`))).values.log, log)
      }
    }
  ),

  likeMemory("makes a delta channel again on both sides of a fork", async (stage) => {
    const graph = () => graphOf(1000).compile({ checkpointer: stage.saver })
    await graph().invoke({ log: ["input"] }, thread)
    await stage.reopen()
    const before = await historyOf(graph(), "a")
    const past = configOf(the(before.find(({ next }) => next.includes("b"))))
    const forks: Array<unknown> = []
    for (const name of ["left", "right"]) {
      const fork = await graph().updateState(past, { log: [name] }, "one")
      await stage.reopen()
      forks.push(seen(await graph().getState(fork)))
      const { log } = await graph().invoke(null, fork)
      assert.deepEqual(log.slice(0, 4), ["input", "one begins", "one ends", name])
      forks.push(log)
      await stage.reopen()
    }
    const replayed = await graph().invoke(null, past)
    await stage.reopen()
    const other = await graph().invoke({ log: ["other input"] }, past)
    await stage.reopen()
    for (const snapshot of before) {
      assert.deepEqual((await graph().getState(configOf(snapshot))).values, snapshot.values)
    }
    return [forks, replayed, other, await seenHistory(graph(), "a")]
  }),

  likeMemory("makes a delta channel again while a question is open, and after a failure", async (stage) => {
    const State = logOf(1000)
    let broken = true
    const builder = new StateGraph(State)
      .addNode("well", async () => ({ log: ["well"] }))
      .addNode("ask", async () => ({ log: [`ask: ${String(interrupt("ask?"))}`] }))
      .addNode("fail", async () => {
        if (broken) throw new Error("broken")
        return { log: ["mended"] }
      })
      .addEdge(START, "well")
      .addEdge(START, "ask")
      .addEdge("ask", "fail")
      .addEdge("fail", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const results: Array<unknown> = [await graph().invoke({ log: ["input"] }, thread)]
    await stage.reopen()
    results.push(seen(await graph().getState(thread)))
    results.push(await outcome(graph().invoke(new Command({ resume: "yes" }), thread)))
    await stage.reopen()
    broken = false
    results.push(seen(await graph().getState(thread)))
    results.push(await graph().invoke(null, thread))
    await stage.reopen()
    return [results, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("makes a delta channel again of runs that write at their end only", async (stage) => {
    const graph = () => graphOf(1000).compile({ checkpointer: stage.saver })
    const results: Array<unknown> = []
    for (const input of ["first", "second"]) {
      const { log } = await graph().invoke({ log: [input] }, { ...thread, durability: "exit" })
      await stage.reopen()
      assert.deepEqual((await graph().getState(thread)).values.log, log)
      results.push(log)
    }
    return [results, await seenHistory(graph(), "a")]
  }),

  likeMemory(
    "starts a delta channel again where it was overwritten, and takes messages from it",
    async (stage) => {
      const State = Annotation.Root({
        messages: () =>
          new DeltaChannel<Array<BaseMessage>, Array<BaseMessage>>(messagesDeltaReducer, {
            snapshotFrequency: 1000,
            initialValueFactory: () => []
          })
      })
      const builder = new StateGraph(State)
        .addNode("answer", async ({ messages }: typeof State.State) => ({
          messages: [new HumanMessage({ id: `answer ${messages.length}`, content: "yes" })]
        }))
        .addEdge(START, "answer")
        .addEdge("answer", END)
      const graph = () => builder.compile({ checkpointer: stage.saver })
      const message = (id: string) => new HumanMessage({ id, content: id })
      for (const id of ["1", "2", "3"]) {
        await graph().invoke({ messages: [message(id)] }, thread)
        await stage.reopen()
      }
      await graph().updateState(thread, { messages: [new RemoveMessage({ id: "2" })] })
      await stage.reopen()
      const removed = seen(await graph().getState(thread))
      await graph().updateState(thread, { messages: new Overwrite([message("only")]) })
      await stage.reopen()
      await graph().invoke({ messages: [message("after")] }, thread)
      await stage.reopen()
      return [removed, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
    }
  )
]
