/**
 * An agent that answers turn after turn in one thread: a question, a call of a tool, what the tool says, an answer. Five
 * checkpoints a turn, and four messages of the length that such messages have.
 */
import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages"
import { END, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph"
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint"
import { english } from "./english.js"

const question = 300
const toolResult = 2000
const answer = 900

export const messagesPerTurn = 4
export const checkpointsPerTurn = 5

export const runAgent = async (saver: BaseCheckpointSaver, turns: number): Promise<void> => {
  const text = english(turns)
  let calls = 0
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("agent", ({ messages }) => {
      const last = messages.at(-1)
      if (last?.getType() === "tool")
        return { messages: [new AIMessage({ id: `a${calls}`, content: text(answer) })] }
      calls += 1
      return {
        messages: [
          new AIMessage({
            id: `c${calls}`,
            content: "",
            tool_calls: [{ id: `call_${calls}`, name: "search", args: { query: text(60) } }]
          })
        ]
      }
    })
    .addNode("tools", () => ({
      messages: [
        new ToolMessage({
          id: `t${calls}`,
          tool_call_id: `call_${calls}`,
          name: "search",
          content: text(toolResult)
        })
      ]
    }))
    .addEdge(START, "agent")
    .addConditionalEdges("agent", ({ messages }) =>
      messages.at(-1)?.id?.startsWith("c") === true ? "tools" : END
    )
    .addEdge("tools", "agent")
    .compile({ checkpointer: saver })
  const config = { configurable: { thread_id: "agent" } }
  for (let turn = 0; turn < turns; turn++) {
    await graph.invoke({ messages: [new HumanMessage({ id: `q${turn}`, content: text(question) })] }, config)
  }
  const { messages } = (await graph.getState(config)).values
  if (messages.length !== turns * messagesPerTurn) throw new Error("The agent lost a message.")
}
