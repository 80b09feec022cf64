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
      { reason: "changed", block: 0, tokens: 1610, behind: 1100 },
      { reason: "first", tokens: 50 }
    ])
  })
})
