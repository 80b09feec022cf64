/** A graph that plans, asks a person, writes, and may be killed while it writes. No model is called. */
import type { BaseCheckpointSaver, CompiledStateGraph } from "@langchain/langgraph"
import { Annotation, END, interrupt, START, StateGraph } from "@langchain/langgraph"

const State = Annotation.Root({
  task: Annotation<string>,
  plan: Annotation<string>,
  notes: Annotation<Array<string>>({ reducer: (all, more) => [...all, ...more], default: () => [] })
})

type Nodes = typeof START | "makePlan" | "approve" | "write"
type Graph = CompiledStateGraph<
  typeof State.State,
  typeof State.Update,
  Nodes,
  typeof State.spec,
  typeof State.spec
>

/** `dieIn` names a node in which the process is killed, as by a crash or the end of its machine. */
export const graphOf = (checkpointer: BaseCheckpointSaver, dieIn?: string): Graph =>
  new StateGraph(State)
    .addNode("makePlan", ({ task }) => ({ plan: `${task}: outline, then text`, notes: ["planned"] }))
    .addNode("approve", ({ plan }) => {
      const answer: string = interrupt(`Is this plan good? ${plan}`)
      return { notes: [`a person said ${answer}`] }
    })
    .addNode("write", ({ plan }) => {
      if (dieIn === "write") process.kill(process.pid, "SIGKILL")
      return { notes: [`wrote along "${plan}"`] }
    })
    .addEdge(START, "makePlan")
    .addEdge("makePlan", "approve")
    .addEdge("approve", "write")
    .addEdge("write", END)
    .compile({ checkpointer })
