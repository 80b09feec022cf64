/** The check that a change makes no prompt dearer than the project allows. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Check, PromptEconomics } from "../../domain/CachePerformance.js"
import type { CiThresholds } from "../../domain/CiSettings.js"
import type { Usd } from "../../domain/Measures.js"
import type { ProviderRequest } from "../../domain/ProviderRequest.js"
import type { Provider } from "../../domain/Provider.js"
import type { Usage } from "../../domain/Usage.js"
import { PriceList } from "../../services/PriceList.js"
import { type Economics, economicsOf } from "../../telemetry/economics.js"
import { type EconomicsFinding, warmFindings } from "../../telemetry/economicsFindings.js"
import { layoutOf } from "../../telemetry/promptLayout.js"
import { count, percent, plural } from "../views/format.js"
import { type ChangedPrompt, type PromptVersion, PromptVersions } from "./PromptVersions.js"

export interface EconomicsCheck {
  readonly check: Check
  readonly base: string | null
  readonly economics: ReadonlyArray<PromptEconomics>
  readonly notes: ReadonlyArray<string>
}

type PriceOf = (usage: Usage) => Option.Option<number>

/**
 * What `of` makes of prices. It is pure and asks for prices as it goes, and a price list answers in its own time: so it is run once to
 * learn which usages it asks about, and once more with their prices.
 */
const priced = Effect.fnUntraced(function* <A>(provider: Provider, model: string, of: (price: PriceOf) => A) {
  const prices = yield* PriceList
  const keyOf = (usage: Usage): string => JSON.stringify(Object.values(usage))
  const asked = new Map<string, Usage>()
  of((usage) => {
    asked.set(keyOf(usage), usage)
    return Option.some(0)
  })
  const known = new Map<string, Option.Option<Usd>>()
  for (const [key, usage] of asked) known.set(key, (yield* prices.price(provider, model, usage)).amount)
  return of((usage) => known.get(keyOf(usage)) ?? Option.none())
})

const layout = ({ changes, resolved }: PromptVersion): ReturnType<typeof layoutOf> =>
  layoutOf(resolved, undefined, changes)

const compared = (
  file: string,
  before: Option.Option<PromptVersion>,
  after: PromptVersion,
  history: ReadonlyArray<ProviderRequest>
): Effect.Effect<Economics, never, PriceList> => {
  const { model, provider } = after.resolved.originalScaffold
  return priced(provider, model, (price) =>
    economicsOf({
      file,
      provider,
      model,
      ...(Option.isSome(before) ? { before: layout(before.value) } : {}),
      after: layout(after),
      price,
      ...(history.length === 0 ? {} : { history })
    })
  ).pipe(
    Effect.map((found) =>
      Option.match(Option.filter(before, isOfAnotherModel(after)), {
        onNone: () => found,
        onSome: ({ resolved }) => withOwnPrice(found, resolved.cost.warm)
      })
    )
  )
}

const isOfAnotherModel =
  (after: PromptVersion) =>
  ({ resolved: { originalScaffold } }: PromptVersion): boolean =>
    originalScaffold.model !== after.resolved.originalScaffold.model ||
    originalScaffold.provider !== after.resolved.originalScaffold.provider

/** What was sent to another model cost what that one costs. What was recorded of it says nothing of this one. */
const withOwnPrice = ({ economics, findings }: Economics, before: Option.Option<Usd>): Economics => {
  const { replayedCost: _, ...rest } = economics
  const { after } = economics.warmCost
  const own = [
    ...findings.filter(({ kind }) => kind !== "warm-cost" && kind !== "replayed-cost"),
    ...Option.match(Option.all([before, after]), {
      onNone: () => [],
      onSome: ([then, now]) => warmFindings(then, now)
    })
  ]
  return {
    economics: { ...rest, warmCost: { before, after }, findings: own.map(({ summary }) => summary) },
    findings: own
  }
}

/** Whether a finding fails the change. That a prompt has grown is told of; what that costs is what fails. */
const isTooDear =
  (costIncrease: number) =>
  ({ increase, kind }: EconomicsFinding): boolean =>
    kind === "warm-cost" || kind === "replayed-cost"
      ? (increase ?? Infinity) > costIncrease
      : kind !== "tokens-grown"

/** What of a prompt goes into the report: figures, and why there are none. */
interface Outcome {
  readonly file: string
  readonly economics?: Economics
  readonly note?: string
  readonly broken: boolean
}

const outcomeOf = (
  { after, before, file }: ChangedPrompt,
  history: ReadonlyArray<ProviderRequest>
): Effect.Effect<Outcome, never, PriceList> => {
  const was = Option.flatMap(before, Either.getRight)
  if (Either.isLeft(after)) {
    // what nobody could resolve before is not worse than it was
    return Effect.succeed({
      file,
      note: `${file} cannot be resolved: ${after.left}`,
      broken: Option.isSome(was)
    })
  }
  return Effect.map(compared(file, was, after.right, history), (economics): Outcome => ({
    file,
    economics,
    broken: false,
    ...Option.match(before, {
      onNone: () => ({}),
      onSome: Either.match({
        onLeft: (problem) => ({ note: `${file} could not be resolved before: ${problem}` }),
        onRight: () => ({})
      })
    })
  }))
}

/** Tokens that each call reads again, and USD of 1,000 warm calls more, as far as they are known. */
const dearerBy = ({ economics, findings }: Economics): string => {
  const reread = Math.max(
    0,
    ...findings.map(({ kind, tokens }) => (kind === "tokens-grown" ? 0 : (tokens ?? 0)))
  )
  const { after, before } = economics.warmCost
  const more = Option.map(Option.all([before, after]), ([then, now]) => (now - then) * 1000)
  return [
    ...(reread === 0 ? [] : [`${count(reread)} tokens re-read per call`]),
    ...Option.match(more, {
      onNone: () => [],
      onSome: (usd) => (usd > 0 ? [`USD ${usd.toFixed(2)} more per 1,000 calls`] : [])
    })
  ].join(", ")
}

const threshold = ({ costIncrease }: CiThresholds): string =>
  `no stable prefix broken, no more than ${percent(costIncrease)} dearer`

/** `history` are recorded requests, the oldest first: those of a prompt are priced as it was and as it is. */
export const promptEconomics = Effect.fnUntraced(function* (
  base: Option.Option<string>,
  thresholds: CiThresholds,
  history: ReadonlyArray<ProviderRequest>
) {
  const found = yield* (yield* PromptVersions).compare(base, thresholds.prompts)
  const outcomes = yield* Effect.forEach(found.prompts, (prompt) => outcomeOf(prompt, history))
  const all = outcomes.flatMap(({ economics }) => economics ?? [])
  const dear = all.filter(({ findings }) => findings.some(isTooDear(thresholds.costIncrease)))
  const broken = outcomes.filter((outcome) => outcome.broken)
  const check = { check: "prompt-economics", threshold: threshold(thresholds) } as const
  const judged = (): Check => {
    if (Option.isNone(found.base)) {
      return {
        ...check,
        state: "unknown",
        figure: "there is no commit to compare with",
        remedy:
          "Run it in a git repository with a commit; in CI fetch the base too, and name it: `--base REF`."
      }
    }
    const [first] = dear
    if (first !== undefined || broken.length > 0) {
      const by =
        first === undefined ? "" : `: ${first.economics.file} by ${dearerBy(first) || "what is told below"}`
      return {
        ...check,
        state: "failed",
        figure: [
          ...(first === undefined ? [] : [`${plural(dear.length, "prompt")} dearer${by}`]),
          ...broken
            .slice(0, 1)
            .map(({ file }) => `${plural(broken.length, "prompt")} cannot be resolved any more: ${file}`)
        ].join("; "),
        remedy:
          "Take what changes out of the stable blocks, or put it into a context block at the end; what is meant to be dearer is allowed by `ci.costIncrease`."
      }
    }
    return {
      ...check,
      state: "passed",
      figure:
        found.prompts.length === 0
          ? "no prompts match ci.prompts"
          : `${plural(all.length, "prompt")} compared with ${found.base.value.slice(0, 8)}`
    }
  }
  const result: EconomicsCheck = {
    check: judged(),
    base: Option.getOrNull(found.base),
    economics: all.flatMap(({ economics, findings }) =>
      findings.length > 0 || economics.tokens.before !== economics.tokens.after ? [economics] : []
    ),
    notes: outcomes.flatMap(({ note }) => note ?? [])
  }
  return result
})
