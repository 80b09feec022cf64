/**
 * Sending resolved scaffolds, with others to turn to. Owns: the order of providers, which errors warrant the next, and
 * the record of every execution. Does not own: retries with the same provider, which are the adapter's.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { ExecutionEvent, ExecutionOptions, ExecutionResult } from "../domain/Execution.js"
import type { BudgetAlert } from "../domain/Budget.js"
import type { Millis } from "../domain/Measures.js"
import { Provider } from "../domain/Provider.js"
import { InvalidRequest, ProviderNotFound, type ProviderError } from "../domain/ProviderErrors.js"
import type { ResolvedScaffold, Warning } from "../domain/ResolvedScaffold.js"
import { body } from "../prompt/render/segments.js"
import { attributeNames } from "../telemetry/names.js"
import { AegisConfig } from "./AegisConfig.js"
import { type BudgetError, Budgets } from "./Budgets.js"
import { makeSpending } from "./budgets/spending.js"
import { Accounted, type Answers } from "./executing/Accounted.js"
import { accountOf, type Sent } from "./executing/account.js"
import { endOf } from "./noted.js"
import { PriceList } from "./PriceList.js"
import { Providers } from "./ProviderAdapter.js"
import { Telemetry } from "./Telemetry.js"

/** Who could answer. */
export interface Target {
  readonly provider: Provider
  readonly model: string
}

/**
 * `fallback` is tried in order; left out, it is that of the settings. `namespace` is the tenant, as in resolve. `run` is whose budget is
 * asked; left out, it is the run that is recorded around the call.
 */
export interface ExecutorOptions extends ExecutionOptions {
  readonly fallback?: ReadonlyArray<Target>
  readonly namespace?: string
  readonly run?: string
}

export type ExecutorError = ProviderError | ProviderNotFound | BudgetError

export class Executor extends Context.Tag("aegis/Executor")<
  Executor,
  {
    /**
     * Sends the request to its provider and, where the error warrants it (`warrantsFallback`), to the fallbacks in
     * order, the scaffold rendered anew for each. `fallbacks` in the result tells who was left and why. A fallback that
     * no adapter serves fails before anything is sent: a typo must not wait for an outage.
     */
    readonly execute: (
      resolved: ResolvedScaffold,
      options?: ExecutorOptions
    ) => Effect.Effect<ExecutionResult, ExecutorError>
    /** The same as a stream. Once text has come, nobody else is asked: two answers do not make one. */
    readonly stream: (
      resolved: ResolvedScaffold,
      options?: ExecutorOptions
    ) => Stream.Stream<ExecutionEvent, ExecutorError>
  }
>() {}

/**
 * Whether another provider could do better. Capacity and outages, a broken answer, a model that is gone, and a prompt
 * that another model may have room for. Not credentials and not malformed requests: those are mistakes to be mended,
 * and an answer from elsewhere would hide them. Not budgets: who is asked is no matter of money.
 */
export const warrantsFallback = (error: ExecutorError): boolean => {
  switch (error._tag) {
    case "RateLimited":
    case "Overloaded":
    case "ProviderUnavailable":
    case "StreamBroken":
    case "ModelNotFound":
    case "ContextOverflow":
      return true
    case "AuthFailed":
    case "InvalidRequest":
    case "ProviderNotFound":
    case "BudgetExceeded":
    case "BudgetUnpriced":
    case "StoreError":
      return false
  }
}

/**
 * A target as the settings write it.
 *
 * @example targetOf("llama-cpp:qwen:8b") // Option.some({ provider: "llama-cpp", model: "qwen:8b" })
 */
export const targetOf = (text: string): Option.Option<Target> => {
  const colon = text.indexOf(":")
  const provider = text.slice(0, colon)
  const model = text.slice(colon + 1)
  return colon > 0 && model !== "" && Schema.is(Provider)(provider)
    ? Option.some({ provider, model })
    : Option.none()
}

/** Whose turn it is. */
class Turn extends Context.Tag("aegis/Executor/Turn")<Turn, Target>() {}

/**
 * A target is a context, not a layer: a plan of layers builds them with a concurrent `Effect.forEach`, and that of effect 3.22 never ends
 * if it is interrupted in the yield before its first fiber. The type says both: of a context alone, a plan takes the error as unknown.
 */
const stepOf = (
  target: Target
): {
  readonly provide: Context.Context<Turn> | Layer.Layer<Turn>
  readonly while: (error: ExecutorError) => boolean
} => ({ provide: Context.make(Turn, target), while: warrantsFallback })

/** One step per target; the next is taken while the error warrants it. */
const planOf = (
  first: Target,
  others: ReadonlyArray<Target>
): ExecutionPlan.ExecutionPlan<{
  provides: Turn
  input: ExecutorError
  error: never
  requirements: never
}> => ExecutionPlan.make(stepOf(first), ...others.map(stepOf))

const now = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)

export const make = Effect.gen(function* () {
  const { settings } = yield* AegisConfig
  const providers = yield* Providers
  const telemetry = yield* Telemetry
  const prices = yield* PriceList
  const spending = makeSpending(yield* Budgets, prices)

  const targetsOf = (options: ExecutorOptions): Effect.Effect<ReadonlyArray<Target>, ProviderNotFound> =>
    Effect.gen(function* () {
      const given =
        options.fallback ??
        (yield* Effect.forEach(settings.fallback, (text) =>
          Effect.catchAll(targetOf(text), () => unknown(text))
        ))
      yield* Effect.forEach(given, ({ provider }) => providers.get(provider), { discard: true })
      return given
    })

  const unknown = (provider: string): Effect.Effect<never, ProviderNotFound> =>
    Effect.flatMap(providers.all, (all) =>
      Effect.fail(new ProviderNotFound({ provider, known: all.map(({ name }) => name) }))
    )

  /** The scaffold rendered for another target: its request and its numbers, not its key. */
  const renderFor = Effect.fnUntraced(function* (
    resolved: ResolvedScaffold,
    target: Target,
    options: ExecutorOptions
  ) {
    const adapter = yield* providers.get(target.provider)
    const scaffold = { ...resolved.originalScaffold, ...target }
    const rendering = yield* adapter
      .resolveScaffold(scaffold, { namespace: options.namespace ?? settings.namespace, strict: false })
      .pipe(Effect.mapError(({ parameter }) => new InvalidRequest({ ...target, parameter })))
    const { format, segments, ...numbers } = rendering
    const contents = scaffold.blocks.map(({ content }) => content)
    return {
      ...resolved,
      ...numbers,
      originalScaffold: scaffold,
      resolvedContent: body(segments, contents),
      providerFormat: format,
      estimatedCost: numbers.cost.cold
    } satisfies ResolvedScaffold
  })

  /** What one execution has come to so far. */
  interface Course {
    readonly answers: Answers
    readonly started: number
    readonly left: Array<ExecutionResult["fallbacks"][number]>
    readonly alerts: Array<BudgetAlert>
    sent: Sent | undefined
    result: Option.Option<ExecutionResult>
  }

  const begin = (): Effect.Effect<Course> =>
    Effect.map(now, (started): Course => ({
      answers: { network: 0, recording: 0 },
      started,
      left: [],
      alerts: [],
      sent: undefined,
      result: Option.none()
    }))

  const record = Effect.fnUntraced(function* (
    resolved: ResolvedScaffold,
    course: Course,
    options: ExecutorOptions,
    exit: Exit.Exit<unknown, ExecutorError>
  ) {
    // clocks that only grow have differences that are not negative
    const took = Math.max(0, (yield* now) - course.started) as Millis
    const error = Exit.match(exit, {
      // a stream whose listener had heard enough before its end
      onSuccess: () => "abandoned",
      onFailure: endOf
    })
    const event = yield* accountOf(prices, {
      resolved,
      namespace: options.namespace ?? settings.namespace,
      took,
      sent: course.sent,
      result: Option.getOrUndefined(course.result),
      alerts: course.alerts,
      error,
      recorded: course.answers.recording > 0 && course.answers.network === 0
    })
    yield* telemetry.record(event)
  })

  /** Remembers that a target was left, and says so in the span. */
  const leave = (course: Course, target: Target, error: ExecutorError): Effect.Effect<void> => {
    course.left.push({ ...target, error: error._tag })
    return Effect.annotateCurrentSpan(
      attributeNames.fallbacks.established,
      course.left.map(({ error, model, provider }) => `${provider}:${model} ${error}`)
    )
  }

  const finish = (
    course: Course,
    result: ExecutionResult,
    warnings: ReadonlyArray<Warning>
  ): ExecutionResult => {
    const told = { ...result, fallbacks: [...course.left], warnings: [...warnings, ...result.warnings] }
    course.result = Option.some(told)
    return told
  }

  /** The adapter whose turn it is and what to send it, with the warnings that rendering for it brought. */
  const prepare = Effect.fnUntraced(function* (
    resolved: ResolvedScaffold,
    first: Target,
    options: ExecutorOptions
  ) {
    const target = yield* Turn
    const adapter = yield* providers.get(target.provider)
    const ready = target === first ? resolved : yield* renderFor(resolved, target, options)
    return { adapter, ready, warnings: target === first ? [] : ready.warnings }
  })

  /** Remembers what goes out now: what a budget refuses does not. */
  const goesOut = (course: Course, resolved: ResolvedScaffold): Effect.Effect<void> =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      course.sent = { resolved, at }
    })

  const firstOf = ({ originalScaffold: { model, provider } }: ResolvedScaffold): Target => ({
    provider,
    model
  })

  return Executor.of({
    execute: Effect.fn("Executor.execute")(function* (resolved, options = {}) {
      const course = yield* begin()
      const first = firstOf(resolved)
      const others = yield* targetsOf(options)
      const attempt = Effect.gen(function* () {
        const { adapter, ready, warnings } = yield* prepare(resolved, first, options)
        const asked = Effect.provideService(adapter.execute(ready, options), Accounted, course.answers)
        return finish(
          course,
          yield* spending.execute(
            { ...options, resolved: ready },
            course.alerts,
            Effect.zipRight(goesOut(course, ready), asked),
            adapter.byFetch === true ? asked : undefined
          ),
          warnings
        )
      }).pipe(Effect.tapError((error) => Effect.flatMap(Turn, (target) => leave(course, target, error))))
      return yield* Effect.withExecutionPlan(attempt, planOf(first, others)).pipe(
        Effect.onExit((exit) => record(resolved, course, options, exit))
      )
    }),

    stream: (resolved, options = {}) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const course = yield* begin()
          const first = firstOf(resolved)
          const others = yield* targetsOf(options)
          const attempt = Stream.unwrap(
            Effect.map(prepare(resolved, first, options), ({ adapter, ready, warnings }) => {
              const asked = Stream.provideService(adapter.stream(ready, options), Accounted, course.answers)
              return spending
                .stream(
                  { ...options, resolved: ready },
                  course.alerts,
                  Stream.unwrap(Effect.as(goesOut(course, ready), asked)),
                  adapter.byFetch === true ? asked : undefined
                )
                .pipe(
                  Stream.map((event): ExecutionEvent =>
                    event._tag === "Text"
                      ? event
                      : { ...event, result: finish(course, event.result, warnings) }
                  )
                )
            })
          ).pipe(Stream.tapError((error) => Effect.flatMap(Turn, (target) => leave(course, target, error))))
          return Stream.withExecutionPlan(attempt, planOf(first, others), {
            preventFallbackOnPartialStream: true
          }).pipe(Stream.ensuringWith((exit) => record(resolved, course, options, exit)))
        })
      ).pipe(Stream.withSpan("Executor.stream", { captureStackTrace: false }))
  })
})

export const layer: Layer.Layer<Executor, never, AegisConfig | Budgets | PriceList | Providers | Telemetry> =
  Layer.effect(Executor, make)
