import { describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { assert } from "vitest"
import type { LayoutChange } from "../../../src/domain/Optimization.js"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../../src/domain/ProviderRequest.js"
import { applyChange, applyChanges } from "../../../src/telemetry/optimizer/applyChange.js"
import { promptOf } from "../../../src/telemetry/optimizer/history.js"
import { aegisMarks } from "../../../src/telemetry/optimizer/marks.js"
import { historyOf, makeTexts, minute, request, start } from "./histories.js"

const { block, texts } = makeTexts()
const a = block("a", 2000, { name: "a" })
const b = block("b", 3000, { name: "b" })
const question = block("question", 50, { part: "messages", name: "question" })

const after = (requests: ReadonlyArray<ProviderRequest>, change: LayoutChange) =>
  applyChange(historyOf(requests), change, { texts })

const namesOf = ({ blocks }: ProviderRequest) => blocks.map(({ name, type }) => name ?? type)

describe("a block that moves", () => {
  const move: LayoutChange = { _tag: "MoveBlock", block: { index: 0, name: "a" }, to: 1 }

  it("takes its marks with it", () => {
    const [one] = after([request(start, [a, b, question], [{ block: 1, ttl: "5m" }])], move)
    assert.deepStrictEqual(one && namesOf(one.request), ["b", "a", "question"])
    assert.deepStrictEqual(one?.request.marks, [{ block: 0, ttl: "5m" }])
  })

  it("stays in requests that have another in its place", () => {
    const other = request(start, [b, a, question], [])
    assert.deepStrictEqual(after([other], move)[0]?.request, other)
  })

  it("moves in the requests of the prompt alone", () => {
    const [one, two] = [request(start, [a, b, question], []), request(start + 1, [a, b], [])]
    const moved = applyChange(historyOf([one, two]), move, { texts, prompt: promptOf(one) })
    assert.deepStrictEqual(
      moved.map((entry) => namesOf(entry.request)),
      [
        ["b", "a", "question"],
        ["a", "b"]
      ]
    )
  })
})

describe("lines that go into a block of their own", () => {
  const rules = (now: string) =>
    block(`rule one is to be brief\n${now}\nrule two is to be right`, 1500, { type: "requirements" })
  const style = block("two spaces", 2000, { type: "style_guide" })
  const task = block("do it", 40, { type: "context", part: "messages" })
  const sent = [1, 2, 3].map((i) => {
    const blocks = [rules(`it is ${i}`), style, task]
    const marks = aegisMarks({ blocks, model: "claude-sonnet-5", provider: "anthropic" }) ?? []
    return request(start + i * minute, blocks, marks)
  })
  const split: LayoutChange = {
    _tag: "SplitLines",
    block: { index: 0, type: "requirements" },
    lines: [2],
    to: { index: 2, type: "context", name: "now" }
  }

  it("leave one text in all versions, and no token is lost", () => {
    const requests = after(sent, split).map((entry) => entry.request)
    assert.strictEqual(new Set(requests.map(({ blocks }) => blocks[0]?.hash)).size, 1)
    assert.strictEqual(new Set(requests.map(({ blocks }) => blocks[2]?.hash)).size, 3)
    for (const [i, { blocks }] of requests.entries()) {
      const sum = (some: ReadonlyArray<RequestBlock>) => some.reduce((total, { tokens }) => total + tokens, 0)
      assert.strictEqual(sum(blocks), sum(sent[i]?.blocks ?? []))
      assert.deepStrictEqual(
        blocks.map(({ part }) => part),
        ["system", "system", "messages", "messages"]
      )
    }
  })

  it("have the marks that Aegis sets for what is left, where it had set them", () => {
    for (const { request: one } of after(sent, split)) assert.deepStrictEqual(one.marks, aegisMarks(one))
  })

  it("stay where the text is not known", () => {
    const unknown = applyChange(historyOf(sent), split, { texts: () => undefined })
    assert.deepStrictEqual(
      unknown.map((entry) => entry.request),
      sent
    )
  })

  it("are counted by whoever can count", () => {
    const counted = applyChange(historyOf(sent), split, { texts, count: (text) => text.split(" ").length })
    const [left, , gone] = counted[0]?.request.blocks ?? []
    const whole = sent[0]?.blocks[0]?.tokens ?? 0
    assert.strictEqual(left?.tokens, whole - 3)
    assert.strictEqual(gone?.tokens, 3)
  })
})

describe("marks", () => {
  const mark = (marks: ReadonlyArray<RequestMark>): LayoutChange => ({ _tag: "Mark", marks })

  it("count from the end below zero, and are set once for a place", () => {
    const [one] = after(
      [request(start, [a, b, question], [])],
      mark([
        { block: -1, ttl: "5m" },
        { block: 2, ttl: "1h" },
        { block: 0, ttl: "1h" },
        { block: 7, ttl: "5m" }
      ])
    )
    assert.deepStrictEqual(one?.request.marks, [
      { block: 0, ttl: "1h" },
      { block: 2, ttl: "5m" }
    ])
    assert.strictEqual(one?.request.mode, "breakpoints")
  })

  it("none ask for nothing to be kept", () => {
    const [one] = after([request(start, [a, question], [{ block: 0, ttl: "5m" }])], mark([]))
    assert.strictEqual(one?.request.mode, "none")
  })
})

describe("pings", () => {
  it("go out in pauses, and stop when a request comes or after so many", () => {
    const marks: ReadonlyArray<RequestMark> = [{ block: 0, ttl: "5m" }]
    const sent = [0, 10, 11].map((at) => request(start + at * minute, [a, question], marks))
    const warm = after(sent, { _tag: "KeepWarm", every: 4 * minute, times: 3 })
    assert.deepStrictEqual(
      warm.map((entry) => [(entry.request.sentAt - start) / minute, entry.id]),
      [
        [0, "r0"],
        [4, "warm:r0:1"],
        [8, "warm:r0:2"],
        [10, "r1"],
        [11, "r2"],
        [15, "warm:r2:1"],
        [19, "warm:r2:2"],
        [23, "warm:r2:3"]
      ]
    )
    assert.deepStrictEqual(
      warm[1]?.request.blocks.map(({ name, tokens }) => `${name ?? "a turn"}: ${tokens}`),
      ["a: 2000", "a turn: 1"]
    )
  })
})

describe("requests that wait", () => {
  it("go out together, the first of each prefix before the others", () => {
    const marks: ReadonlyArray<RequestMark> = [{ block: 0, ttl: "5m" }]
    const sent = [0, 1, 2, 30].map((at, i) =>
      request(start + at * 1000, [i === 1 ? b : a, question], marks, { readableAt: start + at * 1000 + 700 })
    )
    const held = after(sent, { _tag: "Batch", window: 10_000 })
    assert.deepStrictEqual(
      held.map(({ id, request: { readableAt, sentAt } }) => [id, sentAt - start, (readableAt ?? 0) - sentAt]),
      [
        ["r0", 10_000, 700],
        ["r1", 10_000, 700],
        ["r2", 10_700, 700],
        ["r3", 40_000, 700]
      ]
    )
  })
})

it("changes one after the other are all of them at once", () => {
  const change: FastCheck.Arbitrary<LayoutChange> = FastCheck.oneof(
    FastCheck.record({
      _tag: FastCheck.constant("MoveBlock" as const),
      block: FastCheck.constantFrom(
        { index: 0, name: "a" },
        { index: 1, name: "b" },
        { index: 1, name: "a" }
      ),
      to: FastCheck.nat(2)
    }),
    FastCheck.record({
      _tag: FastCheck.constant("Mark" as const),
      marks: FastCheck.array(
        FastCheck.record({
          block: FastCheck.integer({ min: -3, max: 3 }),
          ttl: FastCheck.constantFrom("5m" as const, "1h" as const)
        }),
        { maxLength: 3 }
      )
    }),
    FastCheck.record({
      _tag: FastCheck.constant("Batch" as const),
      window: FastCheck.nat(100_000)
    })
  )
  const sent = [0, 1, 2, 3].map((at) =>
    request(start + at * minute, [a, b, question], [{ block: 1, ttl: "5m" }])
  )
  FastCheck.assert(
    FastCheck.property(FastCheck.array(change, { maxLength: 4 }), (changes) => {
      const history = historyOf(sent)
      const each = changes.reduce((entries, one) => applyChange(entries, one, { texts }), history)
      assert.deepStrictEqual(applyChanges(history, changes, { texts }), each)
      for (const { request: one } of each) {
        assert.sameMembers(
          one.blocks.map(({ hash }) => hash),
          [a.hash, b.hash, question.hash]
        )
      }
    }),
    { numRuns: 200, seed: 6 }
  )
})
