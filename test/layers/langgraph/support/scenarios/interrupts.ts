/** Graphs that wait for somebody, and go on in another process. */
import { Command, END, interrupt, START, StateGraph } from "@langchain/langgraph"
import { seen, seenHistory, stored } from "../normalise.js"
import { likeMemory } from "../scenario.js"
import { asks, chain, Notes, of, says, the } from "./graphs.js"

const thread = of("a")

export const interrupts = [
  likeMemory("waits at a question and goes on with the answer, whoever opens the storage", async (stage) => {
    const ran: Array<string> = []
    const builder = new StateGraph(Notes)
      .addNode("before", says("before", ran))
      .addNode("ask", asks("ask", ran))
      .addNode("after", says("after", ran))
      .addEdge(START, "before")
      .addEdge("before", "ask")
      .addEdge("ask", "after")
      .addEdge("after", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const asked = await graph().invoke({ notes: ["input"] }, thread)
    const whileOpen = seen(await graph().getState(thread))
    await stage.reopen()
    const waiting = seen(await graph().getState(thread))
    await stage.reopen()
    const again = await graph().invoke(null, thread)
    await stage.reopen()
    const answered = await graph().invoke(new Command({ resume: "yes" }), thread)
    await stage.reopen()
    const end = seen(await graph().getState(thread))
    return [asked, whileOpen, waiting, again, answered, end, ran, await stored(stage.saver, "a")]
  }),

  likeMemory("keeps each answer of a node that asks three times", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode("ask", async () => {
        const first: unknown = interrupt("first?")
        const second: unknown = interrupt({ question: "second?", after: first })
        const third: unknown = interrupt(["third?", second])
        return { notes: [first, second, third].map(String), last: "asked" }
      })
      .addEdge(START, "ask")
      .addEdge("ask", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const steps: Array<unknown> = [await graph().invoke({ notes: [] }, thread)]
    for (const resume of ["1", "2", "3"]) {
      await stage.reopen()
      steps.push(seen(await graph().getState(thread)))
      steps.push(await graph().invoke(new Command({ resume }), thread))
      steps.push(await stored(stage.saver, "a"))
    }
    return steps
  }),

  likeMemory("answers two questions that are open at the same time, one after the other", async (stage) => {
    const ran: Array<string> = []
    const builder = new StateGraph(Notes)
      .addNode("left", async () => {
        ran.push("left")
        return { notes: [`left: ${String(interrupt("left?"))}`] }
      })
      .addNode("right", async () => {
        ran.push("right")
        return { notes: [`right: ${String(interrupt("right?"))}`] }
      })
      .addNode("join", says("join", ran))
      .addEdge(START, "left")
      .addEdge(START, "right")
      .addEdge(["left", "right"], "join")
      .addEdge("join", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    const asked = await graph().invoke({ notes: [] }, thread)
    await stage.reopen()
    const { tasks } = await graph().getState(thread)
    const idOf = (name: string): string =>
      the(the(tasks.find((task) => task.name === name)).interrupts[0]?.id, "interrupt")
    const half = await graph().invoke(new Command({ resume: { [idOf("right")]: "R" } }), thread)
    await stage.reopen()
    const between = [seen(await graph().getState(thread)), await stored(stage.saver, "a")]
    const whole = await graph().invoke(new Command({ resume: { [idOf("left")]: "L" } }), thread)
    await stage.reopen()
    return [asked, half, between, whole, ran, await seenHistory(graph(), "a")]
  }),

  likeMemory("stops before and after nodes, and goes on from there", async (stage) => {
    const ran: Array<string> = []
    const graph = () =>
      chain(ran).compile({
        checkpointer: stage.saver,
        interruptBefore: ["two"],
        interruptAfter: ["two"]
      })
    const steps: Array<unknown> = []
    for (const input of [{ notes: ["input"] }, null, null, null]) {
      steps.push(await graph().invoke(input, thread), [...ran])
      await stage.reopen()
      steps.push(seen(await graph().getState(thread)))
    }
    return [steps, await stored(stage.saver, "a")]
  }),

  likeMemory("takes a new input instead of an answer, and forgets the question", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode("ask", asks("ask"))
      .addEdge(START, "ask")
      .addEdge("ask", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["first"] }, thread)
    await stage.reopen()
    const second = await graph().invoke({ notes: ["second"] }, thread)
    await stage.reopen()
    const answered = await graph().invoke(new Command({ resume: "yes" }), thread)
    await stage.reopen()
    return [second, answered, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  }),

  likeMemory("goes on with an answer, an update and another node in one command", async (stage) => {
    const builder = new StateGraph(Notes)
      .addNode("ask", asks("ask"))
      .addNode(
        "route",
        async () => new Command({ goto: "far", update: { notes: ["routed"], last: "route" } }),
        {
          ends: ["far", "near"]
        }
      )
      .addNode("near", says("near"))
      .addNode("far", says("far"))
      .addEdge(START, "ask")
      .addEdge("ask", "route")
      .addEdge("near", END)
      .addEdge("far", END)
    const graph = () => builder.compile({ checkpointer: stage.saver })
    await graph().invoke({ notes: ["input"] }, thread)
    await stage.reopen()
    const resumed = await graph().invoke(
      new Command({ resume: "yes", update: { notes: ["from outside"] } }),
      thread
    )
    await stage.reopen()
    const sent = await graph().invoke(new Command({ goto: "near", update: { notes: ["again"] } }), thread)
    await stage.reopen()
    return [resumed, sent, await seenHistory(graph(), "a"), await stored(stage.saver, "a")]
  })
]
