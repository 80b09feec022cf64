/**
 * Patches of prompts, put into their files. A prompt is resolved as it is and as it would be before its file is touched, so that none is
 * left broken; and a file that is not what its patch was made for is left alone.
 */
import { applyPatch } from "diff"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { AppliedPatch, PromptSizes } from "../domain/LedgerReports.js"
import { TokenCount } from "../domain/Measures.js"
import type { LayoutChange, OptimizationRecommendation } from "../domain/Optimization.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import { AegisConfig } from "../services/AegisConfig.js"
import { ScaffoldCache } from "../services/ScaffoldCache.js"
import { Files } from "./Files.js"
import { onlyFile, promptInput } from "./promptInput.js"
import { UsageError } from "./UsageError.js"
import { chosen } from "./views/facts.js"

type Patched = OptimizationRecommendation & {
  readonly patch: NonNullable<OptimizationRecommendation["patch"]>
}

/** Changes of a prompt's source; others are ones of what is sent along with it. */
const ofSource = new Set<LayoutChange["_tag"]>(["MoveBlock", "SplitLines", "Mark", "TimeToLive"])

const isPatched = (one: OptimizationRecommendation): one is Patched => one.patch !== undefined

/**
 * For each file the recommendation that saves most: what others would do to it was made for the file as it is now. Of those with the
 * same patch it is the one that is nothing but the patch: its saving is what applying it brings.
 */
const bestOfEach = (recommendations: ReadonlyArray<OptimizationRecommendation>): ReadonlyArray<Patched> => {
  const patched = recommendations.filter(isPatched)
  const files = [...new Set(patched.map(({ patch }) => patch.file))]
  return files.flatMap((file) => {
    const [best, ...others] = patched
      .filter(({ patch }) => patch.file === file)
      .toSorted((one, other) => other.potentialSavings - one.potentialSavings)
    if (best === undefined) return []
    const alike = [best, ...others].filter(({ patch }) => patch.diff === best.patch.diff)
    return [alike.find(({ changes }) => changes.every(({ _tag }) => ofSource.has(_tag))) ?? best]
  })
}

export const applyPatches = Effect.fnUntraced(function* (
  recommendations: ReadonlyArray<OptimizationRecommendation>,
  dryRun: boolean
) {
  const patched = yield* Effect.forEach(bestOfEach(recommendations), prepare)
  return yield* Effect.forEach(patched, (one) => (dryRun ? Effect.succeed(one.report) : write(one)))
})

interface Prepared {
  readonly path: string
  readonly source: string
  readonly text: string
  readonly report: AppliedPatch
}

/** All files are looked at before the first of them is written. */
const prepare = Effect.fnUntraced(function* ({ id, patch }: Patched) {
  const files = yield* Files
  const { root, settings } = yield* AegisConfig
  const path = patch.file.startsWith("/") ? patch.file : `${root}/${patch.file}`
  const source = yield* files.read(path, settings.maxPromptBytes)
  // every line of a patch has to be where it says
  const text = applyPatch(source, patch.diff, { fuzzFactor: 0 })
  if (text === false) return yield* changed(patch.file)
  const report: AppliedPatch = {
    id,
    file: patch.file,
    written: false,
    before: yield* sizesOf(path, source),
    after: yield* sizesOf(path, text)
  }
  return { path, source, text, report }
})

const write = Effect.fnUntraced(function* ({ path, report, source, text }: Prepared) {
  const { replace } = yield* Files
  const written = yield* replace(path, Stream.succeed(text), source)
  if (Option.isNone(written)) return yield* changed(report.file)
  return { ...report, written: true }
})

const changed = (file: string): UsageError =>
  new UsageError({
    problem: `"${chosen(file)}" is not what the recommendation was made for: it was changed since`,
    fix: "Nothing of it is written. Run the prompt again, then `aegis optimize`."
  })

/** What a prompt of this text comes to. Nothing of it is kept. */
const sizesOf = Effect.fnUntraced(function* (path: string, text: string) {
  const cache = yield* ScaffoldCache
  const files = yield* Files
  const asIfThere = { ...files, read: () => Effect.succeed(text) }
  const { input, options } = yield* promptInput({ ...onlyFile(path), bypass: true }).pipe(
    Effect.provideService(Files, asIfThere)
  )
  return measured(yield* cache.resolve(input, { ...options, unrecorded: true }))
})

const measured = ({ cachePlan, cost, tokenCount }: ResolvedScaffold): PromptSizes => ({
  tokens: tokenCount,
  stablePrefix: TokenCount.make(cachePlan.stableTokens),
  warmCost: cost.warm
})
