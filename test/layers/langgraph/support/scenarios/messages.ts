/** Conversations: messages that are added, changed and removed, and long ones. */
import {
  AIMessage,
  BaseMessage,
  HumanMessage,
  RemoveMessage,
  SystemMessage,
  ToolMessage
} from "@langchain/core/messages"
import { END, MessagesAnnotation, REMOVE_ALL_MESSAGES, START, StateGraph } from "@langchain/langgraph"
import * as assert from "node:assert/strict"
import { historyOf, seen, seenHistory, stored } from "../normalise.js"
import { likeMemory, type Stage, that } from "../scenario.js"
import { configOf, of, the } from "./graphs.js"

const thread = of("a")

/** Answers the last message, calling a tool for it. */
const talk = new StateGraph(MessagesAnnotation)
  .addNode("agent", async ({ messages }) => {
    const n = messages.length
    const call = { id: `call-${n}`, name: "search", args: { q: `what of ${n}?`, deep: { list: [1, null] } } }
    return {
      messages: [
        new AIMessage({ id: `ai-${n}`, content: [{ type: "text", text: "hm" }], tool_calls: [call] })
      ]
    }
  })
  .addNode("tool", async ({ messages }) => ({
    messages: [
      new ToolMessage({
        id: `tool-${messages.length}`,
        content: "found",
        tool_call_id: `call-${messages.length - 1}`,
        artifact: { raw: [1, 2, 3] }
      })
    ]
  }))
  .addEdge(START, "agent")
  .addEdge("agent", "tool")
  .addEdge("tool", END)

const graphOf = (stage: Stage) => talk.compile({ checkpointer: stage.saver })

export const messages = [
  likeMemory("keeps messages, and takes some of them away again", async (stage) => {
    await graphOf(stage).invoke(
      {
        messages: [
          new SystemMessage({ id: "s", content: "be kind" }),
          new HumanMessage({ id: "h", content: "hi" })
        ]
      },
      thread
    )
    await stage.reopen()
    await graphOf(stage).updateState(thread, { messages: [new RemoveMessage({ id: "ai-2" })] })
    await stage.reopen()
    await graphOf(stage).invoke({ messages: [new HumanMessage({ id: "h", content: "hi, changed" })] }, thread)
    await stage.reopen()
    const changed = seen(await graphOf(stage).getState(thread))
    await graphOf(stage).updateState(thread, {
      messages: [
        new RemoveMessage({ id: REMOVE_ALL_MESSAGES }),
        new HumanMessage({ id: "n", content: "anew" })
      ]
    })
    await stage.reopen()
    return [changed, await seenHistory(graphOf(stage), "a"), await stored(stage.saver, "a")]
  }),

  that("gives messages back as messages, with all that they carry", async (stage) => {
    const human = new HumanMessage({
      id: "h",
      name: "somebody",
      content: [
        { type: "text", text: "look \u{1f440}" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }
      ],
      additional_kwargs: { own: { deep: [1] } },
      response_metadata: { from: "test" }
    })
    await graphOf(stage).invoke({ messages: [human] }, thread)
    await stage.reopen()
    const { values } = await graphOf(stage).getState(thread)
    const [first, second, third]: ReadonlyArray<unknown> = values.messages
    assert.ok(first instanceof HumanMessage && second instanceof AIMessage && third instanceof ToolMessage)
    assert.deepEqual(first.content, human.content)
    assert.deepEqual([first.id, first.name], ["h", "somebody"])
    assert.deepEqual(first.additional_kwargs, human.additional_kwargs)
    assert.deepEqual(first.response_metadata, human.response_metadata)
    assert.deepEqual(second.tool_calls?.[0]?.args, { q: "what of 1?", deep: { list: [1, null] } })
    assert.deepEqual([third.tool_call_id, third.artifact], ["call-1", { raw: [1, 2, 3] }])
  }),

  that(
    "keeps a conversation of a thousand messages, of which one is taken out of the middle",
    async (stage) => {
      const thousand = Array.from({ length: 1000 }, (_, i) =>
        i % 2 === 0
          ? new HumanMessage({ id: `m${i}`, content: `question ${i} ${"?".repeat(i % 50)}` })
          : new AIMessage({ id: `m${i}`, content: `answer ${i} ${"!".repeat(i % 70)}` })
      )
      await graphOf(stage).invoke({ messages: thousand }, thread)
      await stage.reopen()
      await graphOf(stage).updateState(thread, { messages: [new RemoveMessage({ id: "m500" })] })
      const before = the((await historyOf(graphOf(stage), "a")).find(({ next }) => next[0] === "agent"))
      await graphOf(stage).updateState(configOf(before), {
        messages: [new HumanMessage({ id: "m1", content: "edited" })]
      })
      await stage.reopen()
      const history = await historyOf(graphOf(stage), "a")
      const contents = ({ values }: (typeof history)[number]): Array<unknown> =>
        values.messages.map((message: unknown) =>
          BaseMessage.isInstance(message) ? message.content : "not a message"
        )
      const original = thousand.map(({ content }) => content)
      const [fork, removed, tool, agent, start] = history.map(contents)
      assert.deepEqual(fork, original.with(1, "edited"))
      assert.deepEqual(removed?.slice(0, 999), original.toSpliced(500, 1))
      assert.deepEqual([removed?.length, tool?.length, agent?.length], [1001, 1002, 1001])
      assert.deepEqual(start, original)
    }
  )
]
