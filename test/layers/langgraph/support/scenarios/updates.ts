/** States that are changed from outside, one by one and in bulk, and channels of other kinds. */
import { Annotation, END, Send, START, StateGraph } from "@langchain/langgraph"
import { gather, historyOf, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, type Stage } from "../scenario.js"
import { chain, configOf, Notes, of, outcome, says, the } from "./graphs.js"

const thread = of("a")

const graphOf = (stage: Stage) => chain().compile({ checkpointer: stage.saver })

export const updates = [
  likeMemory("takes an update as that of a node, and goes on after the node", async (stage) => {
    await graphOf(stage).updateState(thread, { notes: ["before all"] }, "one")
    await stage.reopen()
    const started = seen(await graphOf(stage).getState(thread))
    const first = await graphOf(stage).invoke(null, thread)
    await stage.reopen()
    await graphOf(stage).updateState(thread, { notes: ["as two"], last: "update" }, "two")
    await stage.reopen()
    const second = await graphOf(stage).invoke(null, thread)
    await graphOf(stage).updateState(thread, null, END)
    await stage.reopen()
    return [started, first, second, await seenHistory(graphOf(stage), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("takes many updates at once, each step a checkpoint", async (stage) => {
    const answer = await graphOf(stage).bulkUpdateState(thread, [
      { updates: [{ values: { notes: ["bulk input"] }, asNode: "__input__" }] },
      { updates: [{ values: { notes: ["bulk 1"], last: "1" }, asNode: "one" }] },
      {
        updates: [
          { values: { notes: ["bulk 2"] }, asNode: "two" },
          { values: { notes: ["bulk 3"] }, asNode: "three" }
        ]
      }
    ])
    await stage.reopen()
    const state = seen(await graphOf(stage).getState({ configurable: answer.configurable ?? {} }))
    const done = await outcome(graphOf(stage).invoke(null, thread))
    await stage.reopen()
    return [state, done, await seenHistory(graphOf(stage), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("takes an update of a past checkpoint in bulk, and copies with changes", async (stage) => {
    await graphOf(stage).invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const past = the((await historyOf(graphOf(stage), "a")).find(({ next }) => next[0] === "two"))
    await graphOf(stage).bulkUpdateState(configOf(past), [
      { updates: [{ values: [[{ notes: ["copied"] }, "two"]], asNode: "__copy__" }] }
    ])
    await stage.reopen()
    const state = seen(await graphOf(stage).getState(thread))
    const done = await graphOf(stage).invoke(null, thread)
    await stage.reopen()
    return [state, done, await seenHistory(graphOf(stage), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory(
    "has the defaults of channels that nobody wrote, from the first checkpoint on",
    async (stage) => {
      const State = Annotation.Root({
        list: Annotation<Array<string>>({ reducer: (all, more) => all.concat(more), default: () => [] }),
        start: Annotation<Record<string, number>>({
          reducer: (all, more) => ({ ...all, ...more }),
          default: () => ({ zero: 0 })
        }),
        never: Annotation<string>,
        count: Annotation<number>({ reducer: (a, b) => a + b, default: () => 7 })
      })
      const builder = new StateGraph(State)
        .addNode("nothing", async () => ({}))
        .addNode("add", async () => ({ count: 1 }))
        .addEdge(START, "nothing")
        .addEdge("nothing", "add")
        .addEdge("add", END)
      const graph = () => builder.compile({ checkpointer: stage.saver })
      const first = await graph().invoke({}, thread)
      await stage.reopen()
      const second = await graph().invoke({ start: { one: 1 } }, thread)
      await stage.reopen()
      return [first, second, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
    }
  ),

  likeMemory("goes on with a thread whose graph has changed in the meantime", async (stage) => {
    await graphOf(stage).invoke({ notes: ["old graph"] }, thread)
    await stage.reopen()
    const State = Annotation.Root({ ...Notes.spec, added: Annotation<number> })
    const builder = new StateGraph(State)
      .addNode("one", says("one"))
      .addNode("fresh", async ({ notes }: typeof State.State) => ({ added: notes.length }))
      .addEdge(START, "one")
      .addEdge("one", "fresh")
      .addEdge("fresh", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const before = seen(await graph().getState(thread))
    const done = await graph().invoke({ notes: ["new graph"] }, thread)
    await stage.reopen()
    return [before, done, seen(await graph().getState(thread)), await seenHistory(graphOf(stage), "a")]
  }),

  likeMemory("streams a run with its checkpoints, in a loop that decides for itself", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode("work", async ({ notes }: Notes) => ({ notes: [`round ${notes.length}`], last: "work" }))
      .addNode("check", async () => ({ last: "check" }))
      .addEdge(START, "work")
      .addEdge("work", "check")
      .addConditionalEdges(
        "check",
        ({ notes }: Notes) => (notes.length < 6 ? new Send("work", { notes }) : END),
        ["work", END]
      )
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const chunks = await gather(
      await graph().stream({ notes: ["input"] }, { ...thread, streamMode: "values" })
    )
    await stage.reopen()
    return [chunks, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  })
]
