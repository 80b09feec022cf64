/** The model of a provider's cache over a history, against looking up the digest of each block once. */
import * as Either from "effect/Either"
import { sha256 } from "../../src/prompt/digest.js"
import { tokens } from "../../src/prompt/render/tokens.js"
import type { ProviderRequest, RequestMark } from "../../src/domain/ProviderRequest.js"
import type { Provider } from "../../src/domain/Provider.js"
import { makeSimulator } from "../../src/telemetry/simulator/Simulator.js"
import { rulesOf } from "../../src/telemetry/simulator/rules.js"
import { fresh, random } from "../fixtures.js"
import { compare, timedAll, type Candidate, type Comparison } from "../harness.js"
import { group, rounds, shown, tableOf, within, type Goal } from "../report.js"

const requests = 5_000
const blocks = 8
const floor = "one look-up of each block's digest"

/** Agents that take turns: of eight blocks one, rarely an early one, is another than in the call before. */
const historyOf = (provider: Provider, model: string): ReadonlyArray<ProviderRequest> => {
  const draw = random(1)
  const digests = Array.from({ length: 2_000 }, (_, i) => sha256(`block ${i}`))
  const agents = Array.from({ length: 20 }, (_, agent) =>
    Array.from({ length: blocks }, (_, i) => digests[agent * blocks + i] ?? sha256(""))
  )
  const marks: ReadonlyArray<RequestMark> = [
    { block: 2, ttl: "1h" },
    { block: 5, ttl: "5m" },
    { block: 7, ttl: "5m" }
  ]
  let at = 0
  return Array.from({ length: requests }, () => {
    at += draw() * 20_000
    const agent = agents[Math.floor(draw() * agents.length)] ?? []
    const changed = Math.floor(blocks * draw() ** 0.2)
    agent[changed] = digests[Math.floor(draw() * digests.length)] ?? sha256("")
    return {
      sentAt: at,
      readableAt: at + 1_000,
      provider,
      model,
      scope: "bench",
      mode: provider === "anthropic" ? "breakpoints" : "automatic",
      blocks: agent.map((hash, i) => ({
        hash,
        tokens: tokens(300 + i),
        part: i < 2 ? "tools" : i < 5 ? "system" : "messages"
      })),
      marks: provider === "anthropic" ? marks : []
    }
  })
}

/** As it comes from a database: no digest was ever seen by V8. */
const asRead = (history: ReadonlyArray<ProviderRequest>): (() => ReadonlyArray<ProviderRequest>) => {
  const makers = history.map(({ blocks }) => blocks.map(({ hash }) => fresh(hash)))
  return () =>
    history.map((request, i) => ({
      ...request,
      // the same characters as before
      blocks: request.blocks.map((block, j) => ({
        ...block,
        hash: (makers[i]?.[j]?.() ?? "") as typeof block.hash
      }))
    }))
}

const perRequest =
  (sample: Candidate["sample"]): Candidate["sample"] =>
  async () =>
    (await sample()) / requests

const measure = async (provider: Provider, model: string): Promise<Comparison> => {
  const history = historyOf(provider, model)
  const read = asRead(history)
  const rules = Either.getOrThrow(rulesOf(provider, model))
  const kept = makeSimulator(rules, { causes: false })
  const all =
    (causes: boolean) =>
    (given: ReadonlyArray<ReadonlyArray<ProviderRequest>>): void => {
      for (const each of given) {
        const simulator = makeSimulator(rules, { causes })
        for (const request of each) simulator.next(request)
      }
    }
  return compare({
    base: {
      name: floor,
      sample: perRequest(
        timedAll(1, read, (given) => {
          const seen = new Map<string, number>()
          for (const each of given) {
            for (const { blocks } of each) {
              for (const { hash } of blocks) if (!seen.has(hash)) seen.set(hash, seen.size)
            }
          }
        })
      )
    },
    candidates: [
      { name: "prediction", sample: perRequest(timedAll(1, read, all(false))) },
      { name: "prediction and causes", sample: perRequest(timedAll(1, read, all(true))) },
      {
        name: "prediction, the history seen before",
        sample: perRequest(
          timedAll(
            1,
            () => history,
            (given) => {
              for (const each of given) {
                kept.reset()
                for (const request of each) kept.next(request)
              }
            }
          )
        )
      }
    ],
    rounds: rounds(60)
  })
}

await group("simulator", async () => {
  const marked = await measure("anthropic", "claude-sonnet-5")
  const automatic = await measure("vllm", "qwen3-8b")
  const goals = (of: string, comparison: Comparison): ReadonlyArray<Goal> => [
    within(`${of}: one request of 8 blocks (100,000 a second)`, comparison.micros("prediction"), 10),
    within(`${of}: the same with the causes`, comparison.micros("prediction and causes"), 10),
    shown(`${of}: prediction, to ${floor}`, comparison.ratio("prediction", floor)),
    shown(
      `${of}: prediction of a history seen before, to ${floor}`,
      comparison.ratio("prediction, the history seen before", floor)
    )
  ]
  return {
    goals: [...goals("Anthropic", marked), ...goals("vLLM", automatic)],
    tables: [
      tableOf(`Simulator, Anthropic, ${requests} requests`, marked),
      tableOf(`Simulator, vLLM, ${requests} requests`, automatic)
    ]
  }
})
