/**
 * One call, whoever answers: the body, the retries, the timeout, the span. What differs between providers is a
 * `Protocol`.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { ExecutionEvent, ExecutionOptions } from "../../../src/domain/Execution.js"
import type { JsonObject } from "../../../src/domain/Json.js"
import type { BuiltInProvider } from "../../../src/domain/Provider.js"
import { ProviderUnavailable, StreamBroken } from "../../../src/domain/ProviderErrors.js"
import type { ProviderError } from "../../../src/domain/ProviderErrors.js"
import type { ResolvedScaffold } from "../../../src/domain/ResolvedScaffold.js"
import { AegisConfig } from "../../../src/services/AegisConfig.js"
import { PriceList } from "../../../src/services/PriceList.js"
import { SoFar } from "../../../src/services/SoFar.js"
import * as Attributes from "../../../src/telemetry/attributes.js"
import * as Dialect from "../../../src/telemetry/dialect.js"
import { chatSpanName } from "../../../src/telemetry/names.js"
import type { Answer, Reader } from "./Answer.js"
import { bodyOf } from "./body.js"
import { toBroken, toFailure, type Subject } from "./errors.js"
import { variables } from "./keys.js"
import { now, resultOf } from "./result.js"
import { defaults, schedule, type Failure, type RetryPolicy } from "./retry.js"
import { type Seen, watching } from "./seen.js"
import type { Wire, WireOptions } from "./Wire.js"

/** How one provider is spoken to. The promises reject with whatever the SDK throws. */
export interface Protocol<Client, Event> {
  readonly provider: BuiltInProvider
  /** The URL that is called, for spans. */
  readonly address: string
  /** The field of the body that caps the answer. */
  readonly maxTokens: string
  /** Fields that a streamed call adds. */
  readonly streaming: JsonObject
  readonly client: (model: string) => Effect.Effect<Client, ProviderError>
  readonly send: (client: Client, body: JsonObject, signal: AbortSignal) => Promise<Answer>
  readonly open: (client: Client, body: JsonObject, signal: AbortSignal) => Promise<AsyncIterable<Event>>
  readonly reader: () => Reader<Event>
}

/** Whom an error would be about, as of now. */
export const subjectOf = (provider: BuiltInProvider, model: string): Effect.Effect<Subject> =>
  Effect.map(Clock.currentTimeMillis, (at) => ({ provider, model, variable: variables[provider], now: at }))

/** `execute` and `stream` over a protocol, with the settings of this run. */
export const makeCalls = Effect.fnUntraced(function* <Client, Event>(
  protocol: Protocol<Client, Event>,
  options: WireOptions
) {
  const { settings } = yield* AegisConfig
  const prices = yield* PriceList
  const dialect = yield* Dialect.dialect
  const policy: RetryPolicy = { ...defaults, maxRetries: settings.maxRetries, ...options.retry }
  const retries = schedule(policy)

  const limitOf = (call: ExecutionOptions): number => call.timeout ?? settings.timeoutMs

  const timedOut = (resolved: ResolvedScaffold): ProviderUnavailable =>
    new ProviderUnavailable({
      provider: protocol.provider,
      model: resolved.originalScaffold.model,
      reason: "timeout"
    })

  const spanned = (
    resolved: ResolvedScaffold
  ): readonly [string, { readonly kind: "client"; readonly captureStackTrace: false }] => [
    chatSpanName(resolved.originalScaffold.model),
    { kind: "client", captureStackTrace: false }
  ]

  const begin = Effect.fnUntraced(function* (
    resolved: ResolvedScaffold,
    call: ExecutionOptions,
    added: JsonObject,
    seen: Seen
  ) {
    const body = {
      ...(yield* bodyOf(resolved)),
      ...(call.maxTokens === undefined ? {} : { [protocol.maxTokens]: call.maxTokens }),
      ...added
    }
    yield* Effect.annotateCurrentSpan(
      Attributes.requestAttributes(dialect, resolved, body, protocol.address, added !== notStreaming)
    )
    const client = yield* watching(seen, protocol.client(resolved.originalScaffold.model))
    return { body, client, started: yield* now }
  })

  const finish = (answer: Answer, call: Parameters<typeof resultOf>[3]): ReturnType<typeof resultOf> =>
    resultOf(prices, protocol.provider, answer, call).pipe(
      Effect.tap((result) => Effect.annotateCurrentSpan(Attributes.responseAttributes(dialect, result)))
    )

  const failed = (error: ProviderError, attempts: number): Effect.Effect<void> =>
    Effect.annotateCurrentSpan(Attributes.failureAttributes(dialect, error._tag, attempts))

  const execute: Wire["execute"] = (resolved, call = {}) =>
    Effect.suspend(() => {
      let attempts = 0
      const seen: Seen = { outcome: undefined }
      const attempt = Effect.fnUntraced(function* (client: Client, body: JsonObject) {
        attempts += 1
        const subject = yield* subjectOf(protocol.provider, resolved.originalScaffold.model)
        return yield* Effect.tryPromise({
          try: (signal) => protocol.send(client, body, signal),
          catch: (thrown) => toFailure(thrown, subject)
        })
      })
      return Effect.gen(function* () {
        const { body, client, started } = yield* begin(resolved, call, notStreaming, seen)
        const answer = yield* attempt(client, body).pipe(
          Effect.retry(retries),
          Effect.mapError((failure) => failure.error),
          Effect.timeoutFail({ duration: limitOf(call), onTimeout: () => timedOut(resolved) })
        )
        return yield* finish(answer, { started, firstToken: Option.none(), attempts, ...seen })
      }).pipe(
        Effect.tapError((error) => failed(error, attempts)),
        Effect.withSpan(...spanned(resolved))
      )
    })

  /** A question beside the answer itself, e.g. how many tokens there are: with the same retries and time limit. */
  const ask = <A>(
    resolved: ResolvedScaffold,
    run: (client: Client, signal: AbortSignal) => Promise<A>
  ): Effect.Effect<A, ProviderError> =>
    Effect.gen(function* () {
      const { model } = resolved.originalScaffold
      const client = yield* protocol.client(model)
      const attempt = Effect.flatMap(subjectOf(protocol.provider, model), (subject) =>
        Effect.tryPromise({
          try: (signal) => run(client, signal),
          catch: (thrown) => toFailure(thrown, subject)
        })
      )
      return yield* attempt.pipe(
        Effect.retry(retries),
        Effect.mapError((failure) => failure.error),
        Effect.timeoutFail({ duration: settings.timeoutMs, onTimeout: () => timedOut(resolved) })
      )
    })

  const stream: Wire["stream"] = (resolved, call = {}) =>
    Stream.unwrapScoped(
      Effect.gen(function* () {
        let attempts = 0
        let waited = 0
        const seen: Seen = { outcome: undefined }
        const { hear } = yield* SoFar
        const take = (reader: Reader<Event>, event: Event): string => {
          const text = reader.take(event)
          hear({ usage: reader.usage?.() ?? Option.none(), ...seen })
          return text
        }
        let controller = new AbortController()
        // whoever stops listening, for whatever reason, closes the connection
        yield* Effect.addFinalizer(() => Effect.sync(() => controller.abort()))

        /** Waits for the provider within what is left of the call's time; the listener's own pauses do not count. */
        const patient = Effect.fnUntraced(function* <A, E>(waiting: Effect.Effect<A, E>) {
          const from = yield* now
          const value = yield* Effect.timeoutFail(waiting, {
            duration: Math.max(0, limitOf(call) - waited),
            onTimeout: () => timedOut(resolved)
          })
          waited += (yield* now) - from
          return value
        })

        const attempt = Effect.fnUntraced(function* (client: Client, body: JsonObject) {
          attempts += 1
          controller.abort()
          controller = new AbortController()
          const { signal } = controller
          const subject = yield* subjectOf(protocol.provider, resolved.originalScaffold.model)
          return yield* Effect.tryPromise({
            try: async () => {
              const events = (await protocol.open(client, body, signal))[Symbol.asyncIterator]()
              const reader = protocol.reader()
              const next = await events.next()
              return { events, reader, first: next.done === true ? undefined : take(reader, next.value) }
            },
            catch: (thrown): Failure => toFailure(thrown, subject)
          })
        })

        const { body, client, started } = yield* begin(resolved, call, protocol.streaming, seen).pipe(
          Effect.tapError((error) => failed(error, attempts))
        )
        const { events, reader, first } = yield* attempt(client, body).pipe(
          Effect.retry(retries),
          Effect.mapError((failure) => failure.error),
          patient,
          Effect.tapError((error) => failed(error, attempts))
        )
        const subject = yield* subjectOf(protocol.provider, resolved.originalScaffold.model)
        let firstToken = Option.none<number>()

        /** The text of the next event; undefined once there are no more. */
        const next: Effect.Effect<string | undefined, ProviderError> = patient(
          Effect.tryPromise({
            try: async () => {
              const event = await events.next()
              return event.done === true ? undefined : take(reader, event.value)
            },
            catch: (thrown) => toBroken(thrown, subject)
          })
        ).pipe(
          // a whole answer is an answer, however badly the connection ends behind it
          Effect.catchAll((error) =>
            reader.answer() === undefined ? Effect.fail(error) : Effect.succeed(undefined)
          )
        )

        const eventOf = Effect.fnUntraced(function* (text: string | undefined) {
          if (text !== undefined) {
            if (Option.isNone(firstToken) && text !== "") firstToken = Option.some(yield* now)
            return { _tag: "Text", text } satisfies ExecutionEvent
          }
          const answer = reader.answer()
          if (answer === undefined) {
            return yield* new StreamBroken({
              provider: subject.provider,
              model: subject.model,
              reason: "cut"
            })
          }
          const result = yield* finish(answer, { started, firstToken, attempts, ...seen })
          return { _tag: "Done", result } satisfies ExecutionEvent
        })

        return Stream.concat(Stream.succeed(first), Stream.repeatEffect(next)).pipe(
          Stream.mapEffect(eventOf),
          Stream.tapError((error) => failed(error, attempts)),
          Stream.takeUntil((event) => event._tag === "Done"),
          Stream.filter((event) => event._tag === "Done" || event.text !== "")
        )
      })
    ).pipe(Stream.withSpan(...spanned(resolved)))

  return { execute, stream, ask }
})

const notStreaming: JsonObject = {}
