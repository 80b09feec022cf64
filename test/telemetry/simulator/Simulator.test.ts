import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { ProviderRequest, RequestBlock, RequestMark } from "../../../src/domain/ProviderRequest.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { tokens } from "../../../src/prompt/render/tokens.js"
import { makeSimulator, type Simulator } from "../../../src/telemetry/simulator/Simulator.js"
import { rulesOf, type ServerFacts } from "../../../src/telemetry/simulator/rules.js"

const minute = 60_000

const block = (text: string, count: number, part: RequestBlock["part"] = "messages"): RequestBlock => ({
  hash: sha256(text),
  tokens: tokens(count),
  part
})
const tools = block("tools", 500, "tools")
const system = block("system", 1000, "system")
const question = block("question", 100)
const answer = block("answer", 200)
const next = block("next", 50)

const ask = (
  blocks: ReadonlyArray<RequestBlock>,
  at: number,
  marks: ReadonlyArray<RequestMark> = [],
  more: Partial<ProviderRequest> = {}
): ProviderRequest => ({
  sentAt: at,
  readableAt: at,
  provider: "anthropic",
  model: "claude-sonnet-5",
  scope: "a",
  mode: "breakpoints",
  blocks,
  marks,
  ...more
})
const five = (at: number): RequestMark => ({ block: at, ttl: "5m" })
const hour = (at: number): RequestMark => ({ block: at, ttl: "1h" })

const simulatorOf = (
  provider: ProviderRequest["provider"],
  model: string,
  server: ServerFacts = {}
): Simulator => makeSimulator(Either.getOrThrow(rulesOf(provider, model, server)))
const claude = (): Simulator => simulatorOf("anthropic", "claude-sonnet-5")

describe("Anthropic's cache", () => {
  it("reads up to the mark that was written, and writes on from there", () => {
    const cache = claude()
    expect(cache.next(ask([tools, system, question], 0, [hour(1), five(2)]))).toMatchObject({
      read: 0,
      written: { "1h": 1500, "5m": 100 },
      uncached: 0,
      causes: [{ reason: "first", tokens: 1600 }],
      bound: "exact"
    })
    expect(
      cache.next(ask([tools, system, question, answer, next], minute, [hour(1), five(4)]))
    ).toMatchObject({
      read: 1600,
      written: { "5m": 250 },
      causes: [{ reason: "first", tokens: 250 }]
    })
  })

  it("names the block that changed and what it spoils", () => {
    const cache = claude()
    cache.next(ask([tools, system, question], 0, [five(1)]))
    const other = block("other tools", 510, "tools")
    expect(cache.next(ask([other, system, question, next], minute, [five(1)])).causes).toEqual([
      { reason: "changed", block: 0, tokens: 1610, unchanged: 1100 },
      { reason: "first", tokens: 50 }
    ])
  })

  it("finds nothing more than twenty blocks behind a mark", () => {
    const many = (count: number): ReadonlyArray<RequestBlock> =>
      Array.from({ length: count }, (_, i) => block(`b${i}`, 100))
    const readOf = (blocks: number): number => {
      const cache = claude()
      cache.next(ask(many(20), 0, [five(19)]))
      return cache.next(ask(many(blocks), 1, [five(blocks - 1)])).read
    }
    expect([readOf(39), readOf(40)]).toEqual([2000, 0])
  })

  it("keeps an entry as long as it is read, from the start of each request on", () => {
    const cache = claude()
    const same = [tools, system]
    const at = (minutes: number): ProviderRequest => ask(same, minutes * minute, [five(1)])
    expect([0, 4, 8.5, 13.5].map((minutes) => cache.next(at(minutes)).read)).toEqual([0, 1500, 1500, 0])
    expect(cache.next(at(20)).causes).toEqual([{ reason: "expired", tokens: 1500, idle: 6.5 * minute }])
  })

  it("lets nobody read what is written before the first event of the answer", () => {
    const cache = claude()
    cache.next(ask([tools, system], 0, [five(1)], { readableAt: 900 }))
    expect(cache.next(ask([tools, system], 899, [five(1)]))).toMatchObject({
      read: 0,
      causes: [{ reason: "first", tokens: 1500 }]
    })
    expect(cache.next(ask([tools, system], 900, [five(1)])).read).toBe(1500)
  })

  it("keeps tools and system where only parameters differ", () => {
    const cache = claude()
    const marks = [five(1), five(2)]
    cache.next(ask([tools, system, question], 0, marks))
    expect(cache.next(ask([tools, system, question], 1, marks, { parameters: sha256("any") }))).toMatchObject(
      {
        read: 1500,
        causes: [{ reason: "key", tokens: 100 }]
      }
    )
  })

  it("leaves open what a model does whose minimum is not published", () => {
    const cache = simulatorOf("anthropic", "claude-opus-5-5")
    const asked = ask([tools, system], 0, [five(1)], { model: "claude-opus-5-5" })
    expect(cache.next(asked)).toMatchObject({ read: 0, uncached: 1500, bound: "at-least" })
    expect(cache.next(asked)).toMatchObject({ read: 0, bound: "at-least" })
    const large = ask([tools, system, block("map", 4000)], 2, [five(2)], { model: "claude-opus-5-5" })
    expect(cache.next(large)).toMatchObject({ written: { "5m": 5500 }, bound: "at-least" })
    expect(cache.next(large)).toMatchObject({ read: 5500, bound: "exact" })
  })

  it("blames what was put in, taken out, moved or left unmarked", () => {
    const last = (blocks: ReadonlyArray<RequestBlock>): unknown => {
      const cache = claude()
      cache.next(ask([tools, system, question, answer], 0, [five(3)]))
      const { causes } = cache.next(ask(blocks, 1, [five(blocks.length - 1)]))
      return causes.map(({ block, reason, tokens }) => [reason, block, tokens])
    }
    expect(last([tools, next, system, question, answer])).toEqual([["added", 1, 1850]])
    expect(last([tools, question, answer])).toEqual([
      ["below-minimum", undefined, 500],
      ["removed", 1, 300]
    ])
    expect(last([tools, question, system, answer])).toEqual([["moved", 1, 1800]])
    expect(last([next, tools])).toEqual([["added", 0, 550]])
  })

  it("blames the block that changed for what is before it, too little to be kept by itself", () => {
    const cache = claude()
    const at = (clock: string, time: number): ProviderRequest =>
      ask([tools, block(`guide at ${clock}`, 1000, "system"), question], time, [five(1)])
    cache.next(at("9:00", 0))
    expect(cache.next(at("9:01", minute)).causes).toEqual([
      { reason: "changed", block: 1, tokens: 1600, unchanged: 600 }
    ])
    // without a mark behind it, it would not have been read whatever came then
    const bare = claude()
    bare.next(ask([tools, question], 0))
    expect(bare.next(ask([tools, next], minute)).causes).toEqual([
      { reason: "below-minimum", tokens: 500 },
      { reason: "changed", block: 1, tokens: 50, unchanged: 0 }
    ])
  })
})

describe("a simulator", () => {
  it("that forgot or forked goes on as one that never knew", () => {
    const cache = claude()
    const asked = ask([tools, system], 0, [five(1)])
    const first = cache.next(asked)
    const fork = cache.fork()
    const changed = ask([block("other", 500, "tools"), system], 1, [five(1)])
    const second = cache.next(changed)
    expect(fork.next(changed)).toEqual(second)
    expect(cache.next(changed).read).toBe(1500)
    cache.reset()
    expect(cache.next(asked)).toEqual(first)
  })

  it("of a server that holds fewer tokens gives up what was used least recently", () => {
    const local = simulatorOf("sglang", "qwen3-8b", { capacity: 2000 })
    const chat = (blocks: ReadonlyArray<RequestBlock>, at: number): ProviderRequest =>
      ask(blocks, at, [], { provider: "sglang", model: "qwen3-8b", mode: "automatic" })
    local.next(chat([tools, system], 0))
    local.next(chat([answer, block("large", 1200)], 1))
    // 2900 tokens: of the first request, its end went first
    expect(local.next(chat([tools, system], 2))).toMatchObject({
      read: 500,
      causes: [{ reason: "evicted", tokens: 1000 }]
    })
  })
})
