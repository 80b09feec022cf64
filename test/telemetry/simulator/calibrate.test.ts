import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { ProviderRequest, RequestBlock } from "../../../src/domain/ProviderRequest.js"
import type { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { tokens } from "../../../src/prompt/render/tokens.js"
import { calibrate } from "../../../src/telemetry/simulator/calibrate.js"
import { isPredicted, simulate, usageOf } from "../../../src/telemetry/simulator/simulate.js"
import { recordOf } from "./support/records.js"

const minute = 60_000
const block = (
  text: string,
  count: number,
  type: "requirements" | "style_guide" | "context",
  name?: string
): RequestBlock => ({
  hash: sha256(text),
  tokens: tokens(count),
  part: type === "context" ? "messages" : "system",
  type,
  ...(name === undefined ? {} : { name })
})
const rules = (text: string): RequestBlock => block(text, 100, "requirements", "clock")
const style = block("style", 2000, "style_guide")
const question = (text: string): RequestBlock => block(text, 50, "context")

const ask = (blocks: ReadonlyArray<RequestBlock>, at: number): ProviderRequest => ({
  sentAt: at * minute,
  readableAt: at * minute + 1,
  provider: "anthropic",
  model: "claude-sonnet-5",
  scope: "a",
  mode: "breakpoints",
  blocks,
  marks: [{ block: 1, ttl: "5m" }]
})

/** Records of the requests, as a provider that keeps its rules would report them. */
const truthful = (requests: ReadonlyArray<ProviderRequest>): ReadonlyArray<TelemetryRecord> =>
  [...simulate(requests)].flatMap((outcome, i) => {
    const request = requests[i]
    return isPredicted(outcome) && request !== undefined ? [recordOf(request, usageOf(outcome, 10), i)] : []
  })

const same = [rules("r"), style, question("q")]
const clocked = [0, 1, 2].map((at) => ask([rules(`it is ${at}`), style, question(`q${at}`)], at))

describe("calibration", () => {
  it("finds no error in a provider that keeps its rules, in whatever order records come", () => {
    const records = truthful(clocked)
    for (const given of [records, records.toReversed()]) {
      expect(calibrate(given)).toMatchObject([
        { model: "claude-sonnet-5", requests: 3, exact: 1, error: Option.some(0), bias: 0, worst: [] }
      ])
    }
  })

  it("tells by how much a provider read less than its rules give", () => {
    const [first, second] = truthful([ask(same, 0), ask(same, 1)])
    const nothing = { cacheRead: Option.some(tokens(0)), uncachedInput: tokens(2150) }
    const forgot =
      first?.usage === undefined || second?.request === undefined
        ? []
        : [first, recordOf(second.request, { ...first.usage, ...nothing, cacheWrite5m: Option.none() }, 1)]
    expect(calibrate(forgot)).toMatchObject([
      { requests: 2, predicted: 2100, reported: 0, exact: 0.5, error: Option.some(2100 / 4300) }
    ])
  })

  it("leaves out providers that do not say what they read, and models without rules", () => {
    const silent = truthful(clocked).map((record) =>
      record.usage === undefined
        ? record
        : { ...record, usage: { ...record.usage, cacheRead: Option.none() } }
    )
    expect(calibrate(silent)).toEqual([])
    const unknown = clocked.map((request) => ({ ...request, model: "claude-none" }))
    expect([...simulate(unknown)]).toEqual(
      unknown.map(() => ({ abstained: "nothing is known of the cache of claude-none" }))
    )
  })
})
