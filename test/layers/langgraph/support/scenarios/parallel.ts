/** Tasks of one step of which some end well: what they wrote is kept, and they are not run again. */
import { Annotation, Command, END, interrupt, Send, START, StateGraph } from "@langchain/langgraph"
import * as assert from "node:assert/strict"
import { seen, seenHistory, stored } from "../normalise.js"
import { likeMemory } from "../scenario.js"
import { gate, Notes, of, outcome, says, turn } from "./graphs.js"

const thread = of("a")

/** Three at once, of which `act` is the second one and runs when the others have ended. */
const three = (ran: Array<string>, act: () => Promise<Partial<Notes>>) => {
  const [left, right] = [gate(), gate()]
  const ending =
    (name: string, { open }: { readonly open: () => void }) =>
    async () => {
      ran.push(name)
      open()
      return { notes: [name] }
    }
  return new StateGraph(Notes)
    .addNode("left", ending("left", left))
    .addNode("middle", async () => {
      ran.push("middle")
      await Promise.all([left.opened, right.opened])
      await turn()
      return act()
    })
    .addNode("right", ending("right", right))
    .addNode("join", says("join", ran))
    .addEdge(START, "left")
    .addEdge(START, "middle")
    .addEdge(START, "right")
    .addEdge(["left", "middle", "right"], "join")
    .addEdge("join", END)
}

export const parallel = [
  likeMemory("keeps what the others wrote when a task fails, and runs only that one again", async (stage) => {
    const ran: Array<string> = []
    let broken = true
    const builder = three(ran, async () => {
      if (broken) throw new RangeError("the middle is broken")
      return { notes: ["mended"] }
    })
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const failed = await outcome(graph().invoke({ notes: ["input"] }, thread))
    await stage.reopen()
    const between = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
    assert.deepEqual([...ran].sort(), ["left", "middle", "right"])
    const failedAgain = await outcome(graph().invoke(null, thread))
    await stage.reopen()
    broken = false
    const mended = await graph().invoke(null, thread)
    assert.deepEqual([...ran].sort(), ["join", "left", "middle", "middle", "middle", "right"])
    await stage.reopen()
    return [failed, between, failedAgain, mended, await seenHistory(graph(), "a")]
  }),

  likeMemory("keeps what the others wrote while a task waits for an answer", async (stage) => {
    const ran: Array<string> = []
    const builder = three(ran, async () => ({ notes: [`middle: ${String(interrupt("well?"))}`] }))
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const asked = await graph().invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const between = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
    const answered = await graph().invoke(new Command({ resume: "well" }), thread)
    assert.deepEqual([...ran].sort(), ["join", "left", "middle", "middle", "right"])
    await stage.reopen()
    return [asked, between, answered, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("keeps what was written in a step whose writes do not fit together", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode("a1", says("a1"))
      .addNode("b1", says("b1"))
      .addNode("b2", async () => ({ notes: [`b2: ${String(interrupt("b2?"))}`] }))
      .addNode("join", says("join"))
      .addEdge(START, "a1")
      .addEdge(START, "b1")
      .addEdge("b1", "b2")
      .addEdge(["a1", "b2"], "join")
      .addEdge("join", END)
    // `last` takes one value a step only.
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const failed = await outcome(graph().invoke({ notes: [] }, thread))
    await stage.reopen()
    return [failed, await stored(stage.saver, "a")]
  }),

  likeMemory("waits for all that a join names, over a reopening in between", async (stage) => {
    const quiet = (name: string) => async () => ({ notes: [name] })
    const builder = new StateGraph(Notes)
      .addNode("a1", quiet("a1"))
      .addNode("b1", quiet("b1"))
      .addNode("b2", async () => ({ notes: [`b2: ${String(interrupt("b2?"))}`] }))
      .addNode("join", quiet("join"))
      .addEdge(START, "a1")
      .addEdge(START, "b1")
      .addEdge("b1", "b2")
      .addEdge(["a1", "b2"], "join")
      .addEdge("join", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const asked = await graph().invoke({ notes: [] }, thread)
    await stage.reopen()
    const between = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
    const done = await graph().invoke(new Command({ resume: "now" }), thread)
    await stage.reopen()
    return [asked, between, done, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory(
    "fans out to as many tasks as there is work, and runs again only those that failed",
    async (stage) => {
      const Work = Annotation.Root({
        items: Annotation<Array<number>>,
        done: Annotation<Array<string>>({ reducer: (all, more) => all.concat(more), default: () => [] })
      })
      const ran: Array<number> = []
      let broken = true
      const builder = new StateGraph(Work)
        .addNode("plan", async () => ({ items: Array.from({ length: 12 }, (_, i) => i) }))
        .addNode("work", async ({ item }: { readonly item: number }) => {
          ran.push(item)
          if (item === 7) {
            // The last to end, when what the others wrote is written.
            await turn()
            await turn()
            if (broken) throw new Error("seven is broken")
          }
          return { done: [`done ${item}`] }
        })
        .addNode("report", async ({ done }: typeof Work.State) => ({ done: [`${done.length} in all`] }))
        .addEdge(START, "plan")
        .addConditionalEdges("plan", ({ items }) => items.map((item) => new Send("work", { item })), ["work"])
        .addEdge("work", "report")
        .addEdge("report", END)
      const graph = () => builder.compile({ checkpointer: stage.saver })
      const failed = await outcome(graph().invoke({ items: [] }, thread))
      await stage.reopen()
      const between = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
      broken = false
      const done = await graph().invoke(null, thread)
      assert.deepEqual(
        ran.sort((a, b) => a - b),
        [0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 11]
      )
      await stage.reopen()
      return [failed, between, done, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
    }
  ),

  likeMemory("keeps sends that wait before their nodes, and those of a command", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode(
        "route",
        async () =>
          new Command({
            goto: ["x", "y", "x"].map((last, i) => new Send("work", { last: `${last}${i}` })),
            update: { notes: ["routed"] }
          }),
        { ends: ["work"] }
      )
      .addNode("work", async ({ last }: Notes) => ({ notes: [`worked on ${last}`] }))
      .addEdge(START, "route")
      .addEdge("work", END)
    const graph = () => builder.compile({ checkpointer: stage.saver, interruptBefore: ["work"] })
    await graph().invoke({ notes: [] }, thread)
    await stage.reopen()
    const waiting = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
    const done = await graph().invoke(null, thread)
    await stage.reopen()
    return [waiting, done, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  })
]
