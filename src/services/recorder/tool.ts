/** Calls of tools. What they answer, and what they fail with, has to be JSON, or become JSON by a schema. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { JsonObject } from "../../domain/Json.js"
import { NotRecordable, type ReplayMiss } from "../../domain/ReplayErrors.js"
import { digestOf } from "../../replay/nodeKey.js"
import type { Outcome } from "../../replay/Recording.js"
import { titleOf } from "../../replay/reuse.js"
import { toolAttributes } from "../../telemetry/attributes.js"
import { toolSpanName } from "../../telemetry/names.js"
import { withSpanIfSeen } from "../../telemetry/seen.js"
import { perform } from "./perform.js"
import type { Scope } from "./Scope.js"

export interface ToolOptions<A, E> {
  /** How the answer becomes JSON. Default: it is JSON. */
  readonly output?: Schema.Schema<A, unknown>
  /** How the error becomes JSON. Default: it is JSON. */
  readonly error?: Schema.Schema<E, unknown>
}

/** A value of one side as JSON; the reason where it is none. */
const toJson = <A>(
  value: A,
  schema: Schema.Schema<A, unknown> | undefined
): Either.Either<unknown, string> => {
  const encoded: Either.Either<unknown, string> =
    schema === undefined
      ? Either.right(value)
      : Either.mapLeft(Schema.encodeEither(schema)(value), () => "not what its schema says")
  return Either.flatMap(encoded, (json) =>
    json === undefined
      ? Either.right(null)
      : Either.mapBoth(digestOf(json), {
          onLeft: ({ path, problem }) => `${path === "" ? "" : `at ${path} `}${problem}`,
          onRight: () => json
        })
  )
}

/** Back. What was recorded was made by `toJson`. */
const fromJson = <A>(json: unknown, schema: Schema.Schema<A, unknown> | undefined): A =>
  schema === undefined ? (json as A) : Schema.decodeUnknownSync(schema)(json) // see above

export const callTool = <A, E, R>(
  scope: Scope,
  name: string,
  inputs: JsonObject,
  effect: Effect.Effect<A, E, R>,
  { error: errorSchema, output }: ToolOptions<A, E>
): Effect.Effect<A, E | NotRecordable | ReplayMiss, R> =>
  Effect.gen(function* () {
    const node = titleOf(scope.node)
    const refuse = (what: "input" | "output" | "error", reason: string, path = ""): NotRecordable =>
      new NotRecordable({ node: `tool ${name} of ${node}`, what, path, reason })
    const key = yield* Either.mapLeft(digestOf({ name, inputs }), (error) => {
      // told by the places that the caller knows, not by those in what is hashed
      const { path, problem } = Option.getOrElse(Either.getLeft(digestOf(inputs)), () => error)
      return refuse("input", problem, path)
    })
    /** What came of it, checked before it is recorded. */
    const checked = Effect.matchCauseEffect(effect, {
      onFailure: (cause): Effect.Effect<A, E | NotRecordable> => {
        if (cause._tag !== "Fail") return Effect.failCause(cause)
        const json = toJson(cause.error, errorSchema)
        return Either.isLeft(json) ? refuse("error", json.left) : Effect.failCause(cause)
      },
      onSuccess: (value): Effect.Effect<A, NotRecordable> => {
        const json = toJson(value, output)
        return Either.isLeft(json) ? refuse("output", json.left) : Effect.succeed(value)
      }
      // only where it is called: what is taken from the recording was another run's call
    }).pipe(withSpanIfSeen(toolSpanName(name), () => toolAttributes(name)))
    return yield* perform<A, E | NotRecordable | ReplayMiss, R>(
      scope,
      {
        kind: "tool",
        name,
        key,
        request: inputs,
        toOutcome: (exit): Outcome => {
          if (Exit.isSuccess(exit)) {
            return { _tag: "done", value: Either.getOrElse(toJson(exit.value, output), () => null) }
          }
          const failure = Cause.failureOption(exit.cause)
          // a defect is none of the tool's answers: it happens again
          if (failure._tag === "None" || failure.value instanceof NotRecordable)
            return { _tag: "interrupted" }
          const error = failure.value as E // the other one is said above, and a miss is no outcome
          return { _tag: "failed", error: Either.getOrElse(toJson(error, errorSchema), () => null) }
        },
        fromOutcome: (outcome) =>
          outcome._tag === "done"
            ? Effect.sync(() => fromJson(outcome.value, output))
            : Effect.suspend(() =>
                Effect.fail(fromJson(outcome._tag === "failed" ? outcome.error : null, errorSchema))
              ),
        reusable: ({ outcome }) => outcome._tag === "done"
      },
      checked,
      (miss) => Effect.fail(miss)
    )
  })
