/** Values that MemorySaver changes, loses or breaks a thread with: they come back exactly, or are refused. */
import { HumanMessage } from "@langchain/core/messages"
import { Annotation, Command, END, interrupt, START, StateGraph } from "@langchain/langgraph"
import * as FastCheck from "effect/FastCheck"
import * as assert from "node:assert/strict"
import { seenHistory, stored } from "../../normalise.js"
import { type Scenario, type Stage, that } from "../../scenario.js"
import { at, checkpointOf, metadataOf, put, tupleAt, valuesAt } from "../direct.js"
import { of } from "../graphs.js"

const thread = "a"

const part = (): Uint8Array => new Uint8Array([9, 9, 0, 255, 128, 1, 9]).subarray(2, 6)

/** Values by name, made anew for each use: nothing that comes back may be what was given. */
const exact: Readonly<Record<string, () => unknown>> = {
  bigints: () => [0n, -1n, 2n ** 64n, -(10n ** 40n)],
  dates: () => [new Date(0), new Date(-1), new Date("2026-02-03T04:05:06.789Z"), new Date(8.64e15)],
  "numbers that JSON has not": () => [NaN, Infinity, -Infinity, -0],
  errors: () => [new Error("plain"), new TypeError("typed"), new RangeError("")],
  "an error with more to say": () =>
    Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "E_CODE", details: { n: 1n } }),
  "a map": () =>
    new Map<unknown, unknown>([
      ["a", 1],
      [1, "a"],
      [{ key: true }, new Map([[new Date(1), new Set([1n])]])],
      [undefined, null]
    ]),
  "a set": () => new Set<unknown>([1, "1", null, undefined, NaN, new Date(1), [1]]),
  "typed arrays": () => [
    part(),
    new Uint8Array(),
    new Uint8ClampedArray([0, 300]),
    new Int8Array([-1]),
    new Int16Array([-2, 2]),
    new Uint16Array([65535]),
    new Int32Array([-3]),
    new Uint32Array([4294967295]),
    new Float32Array([0.5, NaN]),
    new Float64Array([0.1, -0, Infinity]),
    new BigInt64Array([-1n]),
    new BigUint64Array([2n ** 64n - 1n])
  ],
  "bytes alone": part,
  "a bigint alone": () => 10n,
  "a date alone": () => new Date(1),
  "all of them deep inside": () => ({ a: [{ b: new Map([["c", { d: [1n, new Date(2), -0, part()] }]]) }] })
}

/** Values that MemorySaver gives back as well. */
const plain: Readonly<Record<string, () => unknown>> = {
  "numbers at the edges": () => [Number.MAX_SAFE_INTEGER, 2 ** 60, 5e-324, 1.7976931348623157e308, 0.1, 0],
  patterns: () => [/a\/b/giu, new RegExp("\n")],
  "undefined inside": () => ({ list: [undefined, 1, undefined], field: undefined, null: null }),
  "texts of any units": () => [
    "\0",
    "a\0b",
    "\ud800",
    "\udc00\ud800",
    "\ufffd",
    "\u2028",
    "\u{1f600}",
    "\\u0000"
  ],
  "keys of any units": () => ({ "\0": 1, "a\0": 2, "\ud800": 3, "\ufffd": 4, "": 5 })
}

/** What looks like an instruction to whoever reads it, and is a user's data. */
const lookalikes: Readonly<Record<string, () => unknown>> = {
  "a message": () => ({
    lc: 1,
    type: "constructor",
    id: ["langchain_core", "messages", "HumanMessage"],
    kwargs: { content: "not one" }
  }),
  "a prompt": () => ({
    lc: 1,
    type: "constructor",
    id: ["langchain_core", "prompts", "prompt", "PromptTemplate"],
    kwargs: { template: "{x}", input_variables: ["x"], template_format: "f-string" }
  }),
  undefined: () => ({ lc: 2, type: "undefined" }),
  "a snapshot": () => ({ lc: 2, type: "delta_snapshot", value: [1] }),
  "a set": () => ({ lc: 2, type: "constructor", id: ["Set"], method: null, args: [[1]], kwargs: {} }),
  "an error": () => ({ lc: 2, type: "constructor", id: ["Error"], args: ["m"] }),
  "a prototype": () => [
    JSON.parse('{"__proto__":{"a":1},"b":2}'),
    { constructor: 1, prototype: 2, toString: 3 }
  ]
}

/** What MemorySaver takes for data as well. */
const plainLookalikes: Readonly<Record<string, () => unknown>> = {
  "a secret": () => ({ lc: 1, type: "secret", id: ["AEGIS_TEST_SECRET"] }),
  "what is not implemented": () => ({ lc: 1, type: "not_implemented", id: ["x"] }),
  "something escaped": () => ({ __lc_escaped__: { lc: 1, type: "secret", id: ["X"] } }),
  "something tagged": () => [
    { $: ["bigint", "1"] },
    { $t: "bigint", v: "1" },
    { $type: "Date", value: 1 },
    { $ref: "#/a" },
    { "@type": "x" },
    { __type: "Map", value: [] },
    { type: "Buffer", data: [1, 2] }
  ]
}

/** A question, which LangGraph itself makes JSON of. */
const question = (make: () => unknown): unknown => {
  try {
    JSON.stringify(make())
    return make()
  } catch {
    return "a question"
  }
}

/** A graph whose only node writes a value, and asks with it. */
const keeping = (stage: Stage, make: () => unknown) => {
  const State = Annotation.Root({ value: Annotation<unknown>, answer: Annotation<unknown> })
  return new StateGraph(State)
    .addNode("write", async () => ({ value: make() }))
    .addNode("ask", async () => ({ answer: interrupt(question(make)) }))
    .addEdge(START, "write")
    .addEdge("write", "ask")
    .addEdge("ask", END)
    .compile({ checkpointer: stage.saver })
}

const roundTrip = async (stage: Stage, name: string, make: () => unknown): Promise<void> => {
  const own = `thread of ${name}`
  const id = await put(stage.saver, {
    thread: own,
    values: { x: make(), nested: [{ x: make() }] },
    metadata: { mine: make(), deep: { list: [make()] } }
  })
  await stage.saver.putWrites(
    at(own, id),
    [
      ["x", make()],
      ["nested", { list: [make()] }]
    ],
    "t",
    "~p"
  )
  const graph = () => keeping(stage, make)
  const asked = of(`graph of ${name}`)
  await graph().invoke({ value: make() }, asked)
  await stage.reopen()
  const { checkpoint, metadata, pendingWrites } = await tupleAt(stage.saver, own)
  assert.deepEqual(checkpoint.channel_values, { x: make(), nested: [{ x: make() }] }, name)
  assert.deepEqual(metadata, metadataOf({ mine: make(), deep: { list: [make()] } }), name)
  const writes = [
    ["t", "x", make()],
    ["t", "nested", { list: [make()] }]
  ]
  assert.deepEqual(pendingWrites, writes, name)
  const waiting = await graph().getState(asked)
  assert.deepEqual(waiting.values.value, make(), name)
  assert.deepEqual(waiting.tasks[0]?.interrupts[0]?.value, question(make), name)
  const { answer } = await graph().invoke(new Command({ resume: [make()] }), asked)
  assert.deepEqual(answer, [make()], name)
  await stage.reopen()
  assert.deepEqual((await graph().getState(asked)).values, { value: make(), answer: [make()] }, name)
}

const circle = (): unknown => {
  const list: Array<unknown> = [1]
  list.push({ list })
  return list
}
const refused: Readonly<Record<string, () => unknown>> = {
  "a value that contains itself": circle,
  "a map that contains itself": () => {
    const map = new Map<string, unknown>()
    return map.set("self", map)
  },
  "a function": () => () => 1,
  "a function deep inside": () => ({ a: [{ run: () => 1 }] }),
  "a symbol": () => Symbol("s")
}

/** Keys that the format of a saver, LangChain's or JavaScript itself could mean something by. */
const key = FastCheck.constantFrom(
  "lc",
  "type",
  "id",
  "kwargs",
  "$",
  "$t",
  "__proto__",
  "value",
  "v",
  "a",
  ""
)
const leaf = FastCheck.oneof(
  FastCheck.constantFrom<unknown>(1, 2, "constructor", "secret", "undefined", "Date", "bigint", true, null),
  FastCheck.string({ unit: "binary", maxLength: 8 }),
  FastCheck.double({ noNaN: true })
)
const { tree } = FastCheck.letrec<{ readonly tree: unknown }>((tie) => ({
  tree: FastCheck.oneof(
    { maxDepth: 4 },
    leaf,
    FastCheck.array(tie("tree"), { maxLength: 4 }),
    FastCheck.dictionary(key, tie("tree"), { maxKeys: 5, noNullPrototype: true })
  )
}))

const exactly = (table: Readonly<Record<string, () => unknown>>): Array<Scenario> =>
  Object.entries(table).map(([name, make]) =>
    that(`gives ${name} back exactly, in state, writes and metadata`, (stage) => roundTrip(stage, name, make))
  )

const asData = (table: Readonly<Record<string, () => unknown>>): Array<Scenario> =>
  Object.entries(table).map(([name, make]) =>
    that(`leaves data that looks like ${name} what it is`, (stage) => roundTrip(stage, name, make))
  )

export const plainValues = [...exactly(plain), ...asData(plainLookalikes)]

export const values = [
  ...exactly(exact),
  ...asData(lookalikes),

  that("gives any JSON back as it was, whatever its keys could mean", async (stage) => {
    const samples = FastCheck.sample(tree, { numRuns: 300, seed: 7 })
    const versions = Object.fromEntries(samples.map((_, i) => [`c${i}`, 1]))
    const all = Object.fromEntries(samples.map((sample, i) => [`c${i}`, sample]))
    const id = await put(stage.saver, { thread, values: all, versions, metadata: { samples } })
    await stage.saver.putWrites(
      at(thread, id),
      samples.map((sample) => ["x", sample]),
      "t"
    )
    await stage.reopen()
    const { checkpoint, metadata, pendingWrites } = await tupleAt(stage.saver, thread)
    for (const [i, sample] of samples.entries()) {
      assert.deepEqual(checkpoint.channel_values[`c${i}`], sample)
      assert.deepEqual(pendingWrites?.[i]?.[2], sample)
    }
    assert.deepEqual(metadata, metadataOf({ samples }))
    assert.deepEqual(Object.keys(Object.prototype), [])
  }),

  that("leaves data inside a message what it is", async (stage) => {
    for (const [name, make] of Object.entries({ ...lookalikes, ...plainLookalikes })) {
      if (name === "a prototype") continue
      const message = new HumanMessage({ id: "m", content: "hi", additional_kwargs: { data: make() } })
      const id = await put(stage.saver, { thread: name, values: { x: [message] } })
      await stage.saver.putWrites(at(name, id), [["x", [message]]], "t")
      await stage.reopen()
      const { checkpoint, pendingWrites } = await tupleAt(stage.saver, name)
      for (const list of [checkpoint.channel_values["x"], pendingWrites?.[0]?.[2]]) {
        const back: unknown = Array.isArray(list) ? list[0] : undefined
        assert.ok(back instanceof HumanMessage, name)
        assert.deepEqual(back.additional_kwargs, { data: make() }, name)
      }
    }
  }),

  that("gives a date that is none back as one that is none", async (stage) => {
    const id = await put(stage.saver, { thread, values: { x: new Date(NaN) } })
    await stage.saver.putWrites(at(thread, id), [["x", [new Date(NaN)]]], "t")
    await stage.reopen()
    const { checkpoint, pendingWrites } = await tupleAt(stage.saver, thread)
    for (const value of [checkpoint.channel_values["x"], [pendingWrites?.[0]?.[2]].flat()[0]]) {
      assert.ok(value instanceof Date && Number.isNaN(value.getTime()))
    }
  }),

  that("tells apart in a history what only differs in what JSON does not have", async (stage) => {
    const [zero, minus] = [
      await put(stage.saver, { thread, values: { x: [0, undefined, 1] } }),
      await put(stage.saver, { thread, values: { x: [-0, null, 1n] } })
    ]
    await stage.reopen()
    assert.deepEqual(await valuesAt(stage.saver, thread, zero), { x: [0, undefined, 1] })
    assert.deepEqual(await valuesAt(stage.saver, thread, minus), { x: [-0, null, 1n] })
  }),

  ...Object.entries(refused).map(([name, make]) =>
    that(`refuses ${name}, and leaves the thread as it was`, async (stage) => {
      const id = await put(stage.saver, { thread, values: { x: "well" } })
      await stage.saver.putWrites(at(thread, id), [["x", "well"]], "t")
      const before = await stored(stage.saver, thread)
      const next = checkpointOf({ thread, values: { x: make(), y: 1 } })
      await assert.rejects(stage.saver.put(at(thread, id), next, metadataOf(), { x: 1, y: 1 }))
      const plain = checkpointOf({ thread, values: { x: 1 } })
      await assert.rejects(stage.saver.put(at(thread, id), plain, metadataOf({ mine: make() }), { x: 1 }))
      await assert.rejects(
        stage.saver.putWrites(
          at(thread, id),
          [
            ["y", "well"],
            ["x", make()]
          ],
          "u"
        )
      )
      assert.deepEqual(await stored(stage.saver, thread), before)
      await stage.reopen()
      assert.deepEqual(await stored(stage.saver, thread), before)
      const after = await put(stage.saver, { thread, parent: id, values: { x: "after" }, versions: { x: 2 } })
      assert.deepEqual(await valuesAt(stage.saver, thread, after), { x: "after" })
    })
  ),

  that("fails the run whose node writes what cannot be kept, and goes on where it was", async (stage) => {
    const State = Annotation.Root({ value: Annotation<unknown>, steps: Annotation<number> })
    for (const [name, make] of Object.entries(refused)) {
      let broken = true
      const graph = () =>
        new StateGraph(State)
          .addNode("one", async () => ({ steps: 1 }))
          .addNode("two", async () => ({ value: broken ? make() : "mended", steps: 2 }))
          .addEdge(START, "one")
          .addEdge("one", "two")
          .addEdge("two", END)
          .compile({ checkpointer: stage.saver })
      const config = { ...of(name), durability: "sync" as const }
      await assert.rejects(graph().invoke({ value: "input" }, config), name)
      await stage.reopen()
      const { next, values } = await graph().getState(of(name))
      assert.deepEqual([next, values], [["two"], { value: "input", steps: 1 }], name)
      broken = false
      assert.deepEqual(await graph().invoke(null, config), { value: "mended", steps: 2 }, name)
      await stage.reopen()
      await seenHistory(graph(), name)
      assert.deepEqual((await graph().getState(of(name))).values, { value: "mended", steps: 2 }, name)
    }
  })
]
