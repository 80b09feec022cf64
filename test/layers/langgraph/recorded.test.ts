/** Graphs of LangGraph in recorded runs: their nodes ask models by the run's fetch, their saver stands on the run store. */
import { assert, describe, it } from "@effect/vitest"
import type { BaseCheckpointSaver } from "@langchain/langgraph"
import { Annotation, Command, END, interrupt, START, StateGraph } from "@langchain/langgraph"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import OpenAI from "openai"
import { LangGraphSaver, layer as saver } from "../../../layers/langgraph/index.js"
import { Fetch } from "../../../src/services/Fetch.js"
import { layer as recorder, Recorder, type RecorderOptions } from "../../../src/services/Recorder.js"
import { toolServer } from "../../replay/support/toolServer.js"
import { storesInMemory } from "../../replay/support/stores.js"

const stores = saver().pipe(Layer.provideMerge(storesInMemory))

const State = Annotation.Root({
  task: Annotation<string>,
  notes: Annotation<Array<string>>({ reducer: (all, more) => [...all, ...more], default: () => [] })
})

/** Plans, writes twice side by side, asks a person, and sums up as a stream; four calls of a model. */
const graphOf = (checkpointer: BaseCheckpointSaver, client: OpenAI) => {
  const ask = async (content: string): Promise<string> => {
    const { choices } = await client.chat.completions.create({
      model: "m",
      messages: [
        { role: "user", content },
        // the model has what it needs, and answers
        { role: "tool", tool_call_id: "c", content: "rain" }
      ]
    })
    return `${content}: ${choices[0]?.message.content ?? ""}`
  }
  return new StateGraph(State)
    .addNode("makePlan", async ({ task }) => ({ notes: [await ask(`plan ${task}`)] }))
    .addNode("write", async ({ task }) => ({ notes: [await ask(`write ${task}`)] }))
    .addNode("draw", async ({ task }) => ({ notes: [await ask(`draw ${task}`)] }))
    .addNode("approve", () => ({ notes: [`a person said ${interrupt("good?")}`] }))
    .addNode("sumUp", async ({ notes }) => {
      const pieces: Array<string> = []
      const stream = await client.chat.completions.create({
        model: "m",
        stream: true,
        messages: [
          { role: "user", content: notes.join("\n") },
          { role: "tool", tool_call_id: "c", content: "rain" }
        ]
      })
      for await (const { choices } of stream) pieces.push(choices[0]?.delta.content ?? "")
      return { notes: [pieces.join("|")] }
    })
    .addEdge(START, "makePlan")
    .addEdge("makePlan", "write")
    .addEdge("makePlan", "draw")
    .addEdge(["write", "draw"], "approve")
    .addEdge("approve", "sumUp")
    .addEdge("sumUp", END)
    .compile({ checkpointer })
}

const program = (url: string, thread: string, task = "an essay") =>
  Effect.flatMap(Recorder, ({ node, run }) =>
    run(
      "graph",
      {},
      Effect.map(
        node("module", "graph", {}, () =>
          Effect.gen(function* () {
            const checkpointer = yield* LangGraphSaver
            const fetch = yield* Fetch.current
            const client = new OpenAI({ apiKey: "hunter2", baseURL: `${url}/v1`, fetch })
            return yield* Effect.promise(async () => {
              const graph = graphOf(checkpointer, client)
              const config = { configurable: { thread_id: thread }, durability: "sync" as const }
              await graph.invoke({ task }, config)
              const { notes } = await graph.invoke(new Command({ resume: "yes" }), config)
              const steps: Array<number> = []
              for await (const { metadata } of graph.getStateHistory(config)) steps.push(metadata?.step ?? -2)
              return { notes, steps }
            })
          })
        ),
        ({ value }) => value
      )
    )
  )

/** Around a replay: nothing may go out. */
const refused = Effect.provideService(Fetch, {
  current: Effect.succeed(() => Promise.reject(new Error("the network is refused"))),
  offline: false
})

describe("a graph of LangGraph in a run", () => {
  const by = (options: RecorderOptions) => Effect.provide(recorder(options))

  it.scopedLive(
    "is replayed strictly on a thread of its own: the same state, the same steps, no network",
    () =>
      Effect.gen(function* () {
        const fake = yield* toolServer
        const recorded = yield* program(fake.url, "first").pipe(by({ mode: "record" }))
        assert.strictEqual(fake.requests.length, 4)
        assert.strictEqual(recorded.value.notes.length, 5)
        assert.match(recorded.value.notes[4] ?? "", /\|.*\|/)
        const recording = Option.getOrThrow(recorded.recording)
        const replayed = yield* refused(program(fake.url, "second").pipe(by({ mode: "strict", recording })))
        assert.deepStrictEqual(replayed.value, recorded.value)
        assert.isTrue(replayed.verdicts.every(({ verdict }) => verdict === "IDENTICAL"))
        assert.strictEqual(fake.requests.length, 4)
      }).pipe(Effect.provide(stores))
  )

  it.scopedLive("fails in a strict replay when a node of it asks for something else", () =>
    Effect.gen(function* () {
      const fake = yield* toolServer
      const recorded = yield* program(fake.url, "first").pipe(by({ mode: "record" }))
      const recording = Option.getOrThrow(recorded.recording)
      const exit = yield* Effect.exit(
        refused(program(fake.url, "second", "a poem").pipe(by({ mode: "strict", recording })))
      )
      assert.strictEqual(exit._tag, "Failure")
      assert.strictEqual(fake.requests.length, 4)
    }).pipe(Effect.provide(stores))
  )
})
