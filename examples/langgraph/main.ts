/** One run over several processes: start, approve (and die), go on, fork. Each is a call of this program. */
import { Command } from "@langchain/langgraph"
import { AegisSaver } from "../../layers/langgraph/index.js"
import { graphOf } from "./graph.js"

/** `sync`: the next node begins when what the last one did is on disk. By default LangGraph does not wait. */
const thread = { configurable: { thread_id: "essay" }, durability: "sync" } as const
const checkpointer = AegisSaver.fromConnString(process.env["AEGIS_DATABASE_URL"] ?? ".aegis/store.db")

const steps: Readonly<Record<string, () => Promise<unknown>>> = {
  /** Runs until a person is asked. */
  start: () => graphOf(checkpointer).invoke({ task: "An essay on caches" }, thread),
  /** The person says yes, and the process dies while it writes. */
  crash: () => graphOf(checkpointer, "write").invoke(new Command({ resume: "yes" }), thread),
  /** Goes on where the last process died: nothing that was done is done again. */
  resume: () => graphOf(checkpointer).invoke(null, thread),
  /** Goes back to where the person was asked, with another plan, and runs to the end on a branch of its own. */
  fork: async () => {
    const graph = graphOf(checkpointer)
    for await (const { config, next } of graph.getStateHistory(thread)) {
      if (next[0] !== "approve") continue
      const forked = await graph.updateState(config, { plan: "a poem instead" }, "makePlan")
      await graph.invoke(null, { ...thread, ...forked })
      return graph.invoke(new Command({ resume: "yes, a poem" }), thread)
    }
    throw new Error("There is no checkpoint before `approve`: run `start` first.")
  }
}

const step = steps[process.argv[2] ?? ""]
if (step === undefined) {
  console.error(`Say which step: ${Object.keys(steps).join(", ")}.`)
  process.exitCode = 2
} else {
  console.log(JSON.stringify(await step(), undefined, 2))
  await checkpointer.end()
}
