/**
 * The scaffold cache. Owns: which prompts were resolved before, what they were resolved to, and why one was not there.
 * Does not own: how a request is rendered, counted and priced (ProviderAdapter), or the files a prompt includes
 * (PromptLoader).
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { CacheStats, PrunePolicy, PruneReport, VerifyReport } from "../domain/CacheReports.js"
import type { Hash } from "../domain/Hash.js"
import type { Millis } from "../domain/Measures.js"
import type { MissExplanation } from "../domain/Miss.js"
import type { Outcome } from "../domain/Outcome.js"
import type { UnsupportedParameter } from "../domain/PromptErrors.js"
import type { ResolvedScaffold, Warning } from "../domain/ResolvedScaffold.js"
import type { ResolveInput } from "../domain/ResolveInput.js"
import type { SchemaTooNew, StoreError } from "../domain/StoreErrors.js"
import { type Lookup, type Tier, unsafeCacheSpan, withCacheSpan } from "../telemetry/cacheSpan.js"
import { AegisConfig } from "./AegisConfig.js"
import { deepFreeze } from "./deepFreeze.js"
import { makeExplainMiss, toSubject } from "./explainMiss.js"
import { PriceList } from "./PriceList.js"
import { type CompileError, makePromptCompiler, type Ready } from "./promptCompiler.js"
import { PromptGate } from "./PromptGate.js"
import { PromptLoader } from "./PromptLoader.js"
import { type ProviderAdapter, Providers, type Rendering } from "./ProviderAdapter.js"
import { blockProblem, readScaffold, rowProblem } from "./readScaffold.js"
import { scaffoldIdOf, toResolved, toScaffold } from "./resolved.js"
import { ScaffoldStorage } from "./ScaffoldStorage.js"
import { absent, type Found, makeShelf, usable } from "./shelf.js"
import type { ActiveNode } from "./recorder/ActiveNode.js"
import { current } from "./recorder/Scope.js"
import { amendBlocks, amendPrompt, notePrompt } from "./recorder/surroundings.js"
import { whereabouts, type Whereabouts, whereaboutsOf } from "./recorder/whereabouts.js"
import { makeSingleFlight } from "./singleFlight.js"
import { type Stored, toStored } from "./storedScaffold.js"
import { Telemetry } from "./Telemetry.js"

/**
 * `namespace` is the tenant (default: the configured one). `bypass` leaves the cache out: nothing is read or written.
 * `unrecorded` leaves the ledger out: the prompt is looked at, and nobody is about to send it. `file` names the prompt's source in
 * errors.
 */
export interface ResolveOptions {
  readonly namespace?: string
  readonly bypass?: boolean
  readonly unrecorded?: boolean
  readonly file?: string
}

/** What resolving can fail with. A fault of the cache is not among them: it degrades to a miss with a warning. */
export type ResolveError = CompileError | UnsupportedParameter

export class ScaffoldCache extends Context.Tag("aegis/ScaffoldCache")<
  ScaffoldCache,
  {
    /** The scaffold of the input, from the cache where it is there. Identical concurrent calls share one computation. */
    readonly resolve: (
      input: ResolveInput,
      options?: ResolveOptions
    ) => Effect.Effect<ResolvedScaffold, ResolveError>
    /** The scaffold of this key, if it is there. Its blocks' texts come from the store and are checked by digest. */
    readonly lookup: (
      hash: Hash,
      options?: Pick<ResolveOptions, "namespace">
    ) => Effect.Effect<Option.Option<ResolvedScaffold>, StoreError | SchemaTooNew>
    /** Why the input would miss, or none when it would hit. Nothing is computed or stored. */
    readonly why: (
      input: ResolveInput,
      options?: ResolveOptions
    ) => Effect.Effect<Option.Option<MissExplanation>, ResolveError | StoreError>
    readonly stats: (options?: Pick<ResolveOptions, "namespace">) => Effect.Effect<CacheStats, StoreError>
    /** Forgets one scaffold, or all of a namespace. Returns how many there were. */
    readonly invalidate: (
      what: Hash | "all",
      options?: Pick<ResolveOptions, "namespace">
    ) => Effect.Effect<number, StoreError>
    /** Recomputes every hash. A corrupt row is quarantined: counted, reported, never served, resolved afresh. */
    readonly verify: Effect.Effect<VerifyReport, StoreError>
    /** Removes what the policy does not let stay, least recently used first, and blocks that nothing refers to. */
    readonly prune: (
      policy: PrunePolicy,
      options?: { readonly dryRun?: boolean }
    ) => Effect.Effect<PruneReport, StoreError>
    /** Writes everything that is written behind. It happens by itself, and when the layer's scope closes. */
    readonly flush: Effect.Effect<void, StoreError>
  }
>() {}

/** How many earlier scaffolds a miss is compared with. */
const comparedWith = 8

/** What one computation leads to, for its leader and for those who follow it. */
interface Made {
  readonly stored: Stored
  readonly outcome: Outcome
  readonly tier: Tier
  /** Those of this computation, beside those that the stored scaffold has itself. */
  readonly warnings: ReadonlyArray<Warning>
  readonly miss: MissExplanation | undefined
}

/** The cache over a storage. Memory comes first: frozen inputs by identity, then scaffolds by key. */
export const make = Effect.gen(function* () {
  const { settings } = yield* AegisConfig
  const storage = yield* ScaffoldStorage
  const prices = yield* PriceList
  const telemetry = yield* Telemetry
  const providers = yield* Providers
  const scope = yield* Effect.scope
  const compile = makePromptCompiler({
    loader: yield* PromptLoader,
    gate: yield* PromptGate,
    providers,
    maxPromptBytes: settings.maxPromptBytes,
    memoBytes: settings.memoryBytes / 2
  })
  const explainMiss = makeExplainMiss(prices)
  const shelf = makeShelf({ storage, prices, memoryBytes: settings.memoryBytes / 2 })
  let inputs = new WeakMap<
    ResolveInput,
    {
      readonly namespace: string
      readonly adapter: ProviderAdapter
      readonly hash: Hash
      readonly resolved: ResolvedScaffold
    }
  >()
  const singleFlight = makeSingleFlight<Made, UnsupportedParameter>((made) => ({
    ...made,
    outcome: "follower"
  }))

  const forgetAll = Effect.sync(() => {
    shelf.forget()
    inputs = new WeakMap()
  })

  const namespaceOf = (options: Pick<ResolveOptions, "namespace"> | undefined): string =>
    options?.namespace ?? settings.namespace

  /** Writes the ledger of a resolve that ended. `at` is in milliseconds, `took` in nanoseconds. */
  const account = (lookup: Lookup, where: Whereabouts, at: number, took: bigint): void => {
    const { hash, model, namespace, provider, resolved, tier } = lookup
    const { cacheHit, estimatedCost, outcome, tokenCount } = resolved
    if (outcome !== "bypass") storage.unsafeNote(namespace, hash, outcome, at)
    // the record is made later, and must not hold on to the prompt until then
    telemetry.unsafeRecord(() => {
      const latency = Math.max(0, Number(took) / 1e6) as Millis // a clock that was set back gives no negative time
      return {
        scaffoldId: scaffoldIdOf(hash),
        operation: "resolve",
        outcome,
        namespace,
        provider,
        model,
        tokenCount,
        cost: estimatedCost,
        latency,
        cacheHit,
        latencies: { lookup: Option.some(latency), provider: Option.none(), firstToken: Option.none() },
        metadata: { hash, tier },
        at,
        // last: an object that begins with another's keys has a shape of its own, which is read several times slower
        ...where
      }
    })
  }

  /** The scaffold of a hit, from the caller's own texts. */
  const fromHit = (
    input: ResolveInput,
    { adapter, compiled, fixed, warnings }: Ready,
    namespace: string,
    stored: Stored
  ): ResolvedScaffold => {
    const own = warnings.length === 0 ? undefined : { warnings, miss: undefined }
    const resolved = toResolved(stored, input, compiled.hash, compiled.blocks, "hit", own)
    if (fixed && isFrozen(input)) inputs.set(input, { namespace, adapter, hash: compiled.hash, resolved })
    return resolved
  }

  const explain = (
    { compiled }: Ready,
    input: ResolveInput,
    namespace: string,
    { cachePlan, tokens }: Rendering
  ): Effect.Effect<MissExplanation, StoreError> =>
    Effect.flatMap(storage.recent(namespace, input.provider, input.model, comparedWith), (recent) =>
      explainMiss(toSubject(compiled, input.prompt, tokens.perBlock), recent, cachePlan)
    )

  /** Renders, counts and prices a prompt, and keeps it. */
  const compute = (
    input: ResolveInput,
    ready: Ready,
    namespace: string,
    bypass: boolean
  ): Effect.Effect<Made, UnsupportedParameter> =>
    Effect.gen(function* () {
      const { adapter, compiled } = ready
      // an earlier leader may have ended after this caller had looked and before its turn came
      const found = bypass ? absent : shelf.find(namespace, compiled.hash)
      if (usable(found, input.strict)) {
        return { stored: found.stored, outcome: "hit", tier: found.tier, warnings: [], miss: undefined }
      }
      const now = yield* Clock.currentTimeMillis
      const scaffold = toScaffold(input, compiled, new Date(now).toISOString())
      const rendering = yield* adapter.resolveScaffold(scaffold, { namespace, strict: input.strict })
      const stored = toStored(scaffold, rendering, prices.version)
      const made = { stored, tier: "none" as const, warnings: [], miss: undefined }
      if (bypass) return { ...made, outcome: "bypass" }
      const miss = yield* Effect.option(explain(ready, input, namespace, rendering))
      const troubles = found._tag === "Absent" ? found.warnings : []
      const kept = yield* Effect.either(shelf.keep(namespace, compiled, stored, now, found))
      if (Either.isRight(kept) && kept.right) yield* Effect.forkIn(Effect.ignoreLogged(rotate(now)), scope)
      const lost = Either.isLeft(kept) ? [{ code: "not-cached", message: kept.left.message }] : []
      return {
        ...made,
        outcome: "miss",
        warnings: [...troubles, ...lost],
        miss: deepFreeze(Option.getOrUndefined(miss))
      }
    })

  /** What was made, as one caller's own result. */
  const toOwn = (input: ResolveInput, ready: Ready, namespace: string, made: Made): ResolvedScaffold => {
    if (made.outcome === "hit") return fromHit(input, ready, namespace, made.stored)
    const { blocks, hash } = ready.compiled
    const warnings = [...ready.warnings, ...made.warnings]
    return toResolved(made.stored, input, hash, blocks, made.outcome, { warnings, miss: made.miss })
  }

  const limits: PrunePolicy = {
    maxAgeMs: settings.maxAgeDays * 86_400_000,
    maxBytes: settings.maxBytes,
    maxEntries: settings.maxEntries
  }

  /** Prunes once a limit is passed, a tenth below it: choosing what goes is dear, so it is not done for every few. */
  const rotate = Effect.fnUntraced(function* (now: number) {
    yield* storage.flush
    if (!(yield* storage.exceeds(limits, now))) return
    const room = (limit: number): number => Math.floor(limit * 0.9)
    yield* storage.prune(
      { ...limits, maxBytes: room(settings.maxBytes), maxEntries: room(settings.maxEntries) },
      now,
      false
    )
  })

  /** Everything that is not a hit at once: files to read, a computation to do or to join. */
  const resolveSlowly = (
    compiling: Effect.Effect<Ready, CompileError>,
    looked: Found | undefined,
    namespace: string,
    bypass: boolean,
    recorded: boolean
  ): Effect.Effect<ResolvedScaffold, ResolveError> =>
    Effect.gen(function* () {
      const start = yield* Clock.currentTimeNanos
      const ready = yield* compiling
      const { input } = ready
      const found = bypass ? absent : (looked ?? shelf.find(namespace, ready.compiled.hash))
      const work = compute(input, ready, namespace, bypass)
      const flight = `${namespace}\n${ready.compiled.hash}\n${input.strict}`
      const made: Made = usable(found, input.strict)
        ? { stored: found.stored, outcome: "hit", tier: found.tier, warnings: [], miss: undefined }
        : yield* bypass ? work : singleFlight(flight, work)
      const { hash } = ready.compiled
      const { model, provider } = input
      const resolved = toOwn(input, ready, namespace, made)
      const lookup = { namespace, hash, provider, model, tier: made.tier, resolved }
      const end = yield* Clock.currentTimeNanos
      if (recorded) account(lookup, yield* whereabouts, yield* Clock.currentTimeMillis, end - start)
      return lookup
    }).pipe(
      withCacheSpan,
      Effect.map(({ resolved }) => resolved)
    )

  const resolve: ScaffoldCache["Type"]["resolve"] = (asked, options) =>
    Effect.withFiberRuntime((fiber) => {
      const node = fiber.getFiberRef(current)?.node
      if (node === undefined) return resolveAs(asked, options, fiber, undefined)
      return Effect.tap(resolveAs(amendPrompt(node, asked), options, fiber, node), ({ originalScaffold }) =>
        notePrompt(node, originalScaffold)
      )
    })

  const resolveAs = (
    input: ResolveInput,
    options: ResolveOptions | undefined,
    fiber: Fiber.RuntimeFiber<unknown, unknown>,
    node: ActiveNode | undefined
  ): Effect.Effect<ResolvedScaffold, ResolveError> => {
    const bypass = options?.bypass === true
    const recorded = options?.unrecorded !== true
    const namespace = namespaceOf(options)
    const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
    const start = clock.unsafeCurrentTimeNanos()

    const hit = (hash: Hash, resolved: ResolvedScaffold, tier: Tier): Effect.Effect<ResolvedScaffold> => {
      const end = clock.unsafeCurrentTimeNanos()
      const lookup = { namespace, hash, provider: input.provider, model: input.model, tier, resolved }
      const span = unsafeCacheSpan(fiber, start, end, lookup)
      if (recorded) account(lookup, whereaboutsOf(node, span), clock.unsafeCurrentTimeMillis(), end - start)
      return Effect.succeed(resolved)
    }

    const same = bypass ? undefined : inputs.get(input)
    if (same?.namespace === namespace && same.adapter === providers.unsafeGet(input.provider))
      return hit(same.hash, same.resolved, "input")
    const ready = compile(input, options?.file ?? "prompt", node && amendBlocks(node))
    if (bypass || !Either.isEither(ready) || Either.isLeft(ready)) {
      return resolveSlowly(ready, undefined, namespace, bypass, recorded)
    }
    const { hash } = ready.right.compiled
    const found = shelf.find(namespace, hash)
    return usable(found, input.strict)
      ? hit(hash, fromHit(input, ready.right, namespace, found.stored), found.tier)
      : resolveSlowly(ready, found, namespace, bypass, recorded)
  }

  return ScaffoldCache.of({
    resolve,
    lookup: Effect.fn("ScaffoldCache.lookup")(function* (hash, options) {
      const namespace = namespaceOf(options)
      const row = yield* storage.get(namespace, hash)
      return Option.isNone(row) ? Option.none() : yield* readScaffold(storage, namespace, hash, row.value)
    }),
    why: Effect.fn("ScaffoldCache.why")(function* (asked, options) {
      const namespace = namespaceOf(options)
      const ready = yield* compile(asked, options?.file ?? "prompt")
      const { input } = ready
      if (usable(shelf.find(namespace, ready.compiled.hash), input.strict)) return Option.none()
      const now = new Date(yield* Clock.currentTimeMillis).toISOString()
      const scaffold = toScaffold(input, ready.compiled, now)
      const rendering = yield* ready.adapter.resolveScaffold(scaffold, { namespace, strict: input.strict })
      return Option.some(yield* explain(ready, input, namespace, rendering))
    }),
    stats: Effect.fn("ScaffoldCache.stats")(function* (options) {
      const namespace = namespaceOf(options)
      yield* storage.flush
      const stored = yield* storage.stats(namespace)
      const { follower, hit, miss } = stored.lookups
      const asked = hit + miss + follower
      return {
        ...stored,
        namespace,
        hitRate: asked === 0 ? Option.none() : Option.some(hit / asked),
        memory: shelf.memory()
      }
    }),
    invalidate: Effect.fn("ScaffoldCache.invalidate")(function* (what, options) {
      // afterwards: what is resolved meanwhile is read from the storage, and must not be remembered any longer
      return yield* Effect.ensuring(storage.invalidate(namespaceOf(options), what), forgetAll)
    }),
    verify: storage
      .verify({ row: rowProblem, block: blockProblem })
      .pipe(
        Effect.ensuring(forgetAll),
        Effect.withSpan("ScaffoldCache.verify", { captureStackTrace: false })
      ),
    prune: Effect.fn("ScaffoldCache.prune")(function* (policy, options) {
      yield* storage.flush
      const report = yield* storage.prune(policy, yield* Clock.currentTimeMillis, options?.dryRun === true)
      if (!report.dryRun) yield* forgetAll
      return report
    }),
    flush: Effect.zipRight(storage.flush, telemetry.flush)
  })
})

export const layer: Layer.Layer<
  ScaffoldCache,
  never,
  AegisConfig | ScaffoldStorage | Providers | PromptGate | PromptLoader | PriceList | Telemetry
> = Layer.scoped(ScaffoldCache, make)

/** Only what nobody can change may be remembered by identity. A context is not looked into: it could be deep; nor are marks. */
const isFrozen = (input: ResolveInput): boolean =>
  Object.isFrozen(input) &&
  Object.isFrozen(input.rulepacks) &&
  input.context === undefined &&
  input.marks === undefined
