import { assert, describe, it } from "@effect/vitest"
import { AIMessage, HumanMessage, isBaseMessage } from "@langchain/core/messages"
import type { BaseMessage } from "@langchain/core/messages"
import {
  Annotation,
  Command,
  DeltaChannel,
  interrupt,
  MemorySaver,
  messagesStateReducer,
  Overwrite,
  Send,
  StateGraph
} from "@langchain/langgraph"
import type { SerializerProtocol } from "@langchain/langgraph-checkpoint"
import * as Either from "effect/Either"
import { deepStrictEqual } from "node:assert/strict"
import { objects } from "../../../layers/langgraph/objects.js"
import { decodeValue, encodeValue, parseValue } from "../../../src/runs/values.js"

/** The codec in the place of MemorySaver's own. MemorySaver keeps no type: the first byte is the encoding. */
const serde: SerializerProtocol = {
  dumpsTyped: async (value) => {
    const stored = Either.getOrThrowWith(encodeValue(value, objects()), (error) => error)
    const content = stored.encoding === 2 ? stored.bytes : new TextEncoder().encode(stored.text)
    return ["any", Uint8Array.of(stored.encoding, ...content)]
  },
  loadsTyped: async (_, data) => {
    assert(typeof data !== "string")
    const bytes = data.subarray(1)
    const text = new TextDecoder().decode(bytes)
    const encoding = data[0] === 2 ? 2 : data[0] === 1 ? 1 : 0
    return Either.getOrThrow(
      Either.flatMap(parseValue(encoding === 2 ? { encoding, bytes } : { encoding, text }), (stored) =>
        decodeValue(stored, objects())
      )
    )
  }
}

const State = Annotation.Root({
  messages: Annotation<Array<BaseMessage>, BaseMessage | Array<BaseMessage>>({
    reducer: messagesStateReducer,
    default: () => []
  }),
  parts: Annotation<Array<string>, Array<string> | Overwrite<Array<string>>>({
    reducer: (all, more) => (more instanceof Overwrite ? all : [...all, ...more]),
    default: () => []
  }),
  log: () =>
    new DeltaChannel<Array<string>, Array<string>>((all, writes) => [...all, ...writes.flat()], {
      snapshotFrequency: 2
    }),
  at: Annotation<unknown>
})

/** Fans out, stops at an interrupt with finished siblings in the pending writes, goes on, overwrites, routes by a Command. */
const graphWith = (checkpointer: MemorySaver) =>
  new StateGraph(State)
    .addNode("plan", () => ({ messages: new AIMessage({ id: "a", content: "plan" }), log: ["plan"] }))
    .addNode("work", (input: { readonly part: string; readonly message: unknown }) => {
      const answer = input.part === "b" ? String(interrupt({ ask: input.part })) : "done"
      return { parts: [`${input.part}:${answer}:${isBaseMessage(input.message)}`], log: [input.part] }
    })
    .addNode("route", () => new Command({ update: { at: { seen: [1] }, log: ["route"] }, goto: "end" }), {
      ends: ["end"]
    })
    .addNode("end", () => ({ parts: new Overwrite(["all"]), log: ["end"] }))
    .addEdge("__start__", "plan")
    .addConditionalEdges("plan", (state) =>
      ["a", "b", "c"].map((part) => new Send("work", { part, message: state.messages[0] }))
    )
    .addEdge("work", "route")
    .compile({ checkpointer })

const story = async (checkpointer: MemorySaver) => {
  const config = { configurable: { thread_id: "t" } }
  const start = { messages: [new HumanMessage({ id: "h", content: "go" })] }
  await graphWith(checkpointer).invoke(start, config)
  const asked = await graphWith(checkpointer).getState(config)
  const states: Array<unknown> = [
    asked.values,
    asked.next,
    asked.tasks.map((task) => task.interrupts.map((i) => i.value))
  ]
  states.push(await graphWith(checkpointer).invoke(new Command({ resume: "yes" }), config))
  for await (const { values, next, metadata } of graphWith(checkpointer).getStateHistory(config))
    states.push([values, next, metadata?.step])
  return states
}

describe("a graph that keeps its state by the codec", () => {
  it("goes on where it stopped, as with MemorySaver's own", async () => {
    const ours = await story(new MemorySaver(serde))
    deepStrictEqual(ours, await story(new MemorySaver()))
    const text = JSON.stringify(ours)
    for (const part of ["a:done:true", "b:yes:true", '"all"', '"route"']) assert.include(text, part)
  })

  it("keeps what MemorySaver's own loses", async () => {
    const config = { configurable: { thread_id: "t" } }
    const graph = new StateGraph(State)
      .addNode("only", () => ({
        at: { big: 5n, when: new Date(7), bytes: Uint8Array.of(255), none: undefined }
      }))
      .addEdge("__start__", "only")
      .compile({ checkpointer: new MemorySaver(serde) })
    await graph.invoke({}, config)
    deepStrictEqual((await graph.getState(config)).values.at, {
      big: 5n,
      when: new Date(7),
      bytes: Uint8Array.of(255),
      none: undefined
    })
  })

  it("fails by name and place when its state cannot be stored", async () => {
    const graph = new StateGraph(State)
      .addNode("only", () => ({ at: { tools: [() => "x"] } }))
      .addEdge("__start__", "only")
      .compile({ checkpointer: new MemorySaver(serde) })
    const failed = await graph.invoke({}, { configurable: { thread_id: "t" } }).then(
      () => undefined,
      (error: unknown) => error
    )
    assert.match(String(failed), /"\/tools\/0" cannot be kept \(function\)/)
  })
})
