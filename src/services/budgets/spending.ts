/** Sending within budgets: what a call may cost is reserved before it, and settled by what it cost, however it ends. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { BudgetAlert } from "../../domain/Budget.js"
import type { ExecutionEvent, ExecutionResult } from "../../domain/Execution.js"
import type { Usd } from "../../domain/Measures.js"
import type { Outcome } from "../../domain/Outcome.js"
import type { ProviderError } from "../../domain/ProviderErrors.js"
import type { BudgetError, Budgets, Call, Reservation } from "../Budgets.js"
import { Fetch } from "../Fetch.js"
import type { PriceList } from "../PriceList.js"
import { SoFar, type Heard } from "../SoFar.js"
import { mostAfter } from "./mostOf.js"
import { onlyKept } from "./onlyKept.js"

const nothing = Option.some(0 as Usd) // not negative

/** Whether it was answered by what was kept, shared or recorded. */
const isFree = (outcome: Outcome | undefined): boolean =>
  outcome === "hit" || outcome === "follower" || outcome === "replay"

/** What an answer cost that came: one that was kept, shared or recorded cost nothing now. */
const costOf = ({ cost, outcome }: ExecutionResult): Option.Option<Usd> => (isFree(outcome) ? nothing : cost)

/**
 * What a call cost that failed. A provider that refuses, or is not reached, charges nothing; of an answer that was waited for too long, or
 * broke off, nobody knows what was charged.
 */
const costOfFailure = (error: ProviderError): Option.Option<Usd> =>
  error._tag === "StreamBroken" || (error._tag === "ProviderUnavailable" && error.reason === "timeout")
    ? Option.none()
    : nothing

/** How a call ended, as far as it is known; nothing but `sent`, and what was heard of a stream, is when it was interrupted. */
interface Course {
  sent: boolean
  heard: Heard | undefined
  result: ExecutionResult | undefined
  error: ProviderError | undefined
}

const spentOn = ({ error, heard, result, sent }: Course): Option.Option<Usd> => {
  if (result !== undefined) return costOf(result)
  if (isFree(heard?.outcome)) return nothing
  if (error !== undefined) return costOfFailure(error)
  return sent ? Option.none() : nothing
}

/**
 * Soft limits that are reached are added to `alerts`. `kept` asks the same as `send` where there is no room for it, and is given nothing
 * but kept answers to ask: with one of them it costs nothing. Left out, the call is refused at once.
 */
export interface Spending {
  readonly execute: <R>(
    call: Call,
    alerts: Array<BudgetAlert>,
    send: Effect.Effect<ExecutionResult, ProviderError, R>,
    kept?: Effect.Effect<ExecutionResult, ProviderError, R> | undefined
  ) => Effect.Effect<ExecutionResult, ProviderError | BudgetError, R>
  readonly stream: <R>(
    call: Call,
    alerts: Array<BudgetAlert>,
    send: Stream.Stream<ExecutionEvent, ProviderError, R>,
    kept?: Stream.Stream<ExecutionEvent, ProviderError, R> | undefined
  ) => Stream.Stream<ExecutionEvent, ProviderError | BudgetError, R>
}

export const makeSpending = (budgets: Budgets["Type"], prices: PriceList["Type"]): Spending => {
  if (!budgets.configured)
    return { execute: (_call, _alerts, send) => send, stream: (_call, _alerts, send) => send }

  /** What it cost; else the most that it may have cost by what its provider has said of it; else none. */
  const costSoFar = (call: Call, course: Course): Effect.Effect<Option.Option<Usd>> => {
    const spent = spentOn(course)
    const told = Option.flatMap(Option.fromNullable(course.heard), ({ usage }) => usage)
    return Option.isSome(spent) || course.result !== undefined || Option.isNone(told)
      ? Effect.succeed(spent)
      : mostAfter(prices, call.resolved, call.maxTokens, told.value)
  }

  /** What was answered is paid for: that it cannot be written down does not take it away. */
  const settle = (
    call: Call,
    reservation: Reservation,
    course: Course,
    alerts: Array<BudgetAlert>
  ): Effect.Effect<void> =>
    costSoFar(call, course).pipe(
      Effect.flatMap((cost) => budgets.settle(reservation, cost)),
      Effect.matchEffect({
        onSuccess: (reached) => Effect.sync(() => void alerts.push(...reached)),
        onFailure: ({ message }) => Effect.logError(`What a call cost could not be settled: ${message}`)
      })
    )

  const makeCourse = (): Course => ({ sent: false, heard: undefined, result: undefined, error: undefined })

  /** What is forked where nothing is interrupted could not be either. */
  const hold = (reservation: Reservation): Effect.Effect<never> =>
    Effect.interruptible(budgets.hold(reservation))

  return {
    execute: (call, alerts, send, kept) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          // nothing goes out: all that comes was recorded
          if ((yield* Fetch).offline) return yield* restore(send)
          const course = makeCourse()
          const reserved = yield* Effect.either(budgets.reserve(call))
          if (Either.isLeft(reserved)) {
            const network = yield* onlyKept
            if (kept === undefined || Option.isNone(network)) return yield* reserved.left
            const asked = Effect.provideService(kept, Fetch, network.value)
            return yield* restore(Effect.mapError(asked, () => reserved.left))
          }
          const reservation = reserved.right
          const holding = yield* Effect.fork(hold(reservation))
          const sending = Effect.suspend(() => {
            course.sent = true
            return send
          })
          const exit = yield* Effect.exit(restore(sending))
          if (Exit.isSuccess(exit)) course.result = exit.value
          else course.error = Option.getOrUndefined(Cause.failureOption(exit.cause))
          yield* Fiber.interrupt(holding)
          yield* settle(call, reservation, course, alerts)
          return yield* exit
        })
      ),

    stream: <R>(
      call: Call,
      alerts: Array<BudgetAlert>,
      send: Stream.Stream<ExecutionEvent, ProviderError, R>,
      kept?: Stream.Stream<ExecutionEvent, ProviderError, R>
    ) =>
      Stream.unwrapScoped(
        Effect.gen(function* (): Effect.fn.Return<
          Stream.Stream<ExecutionEvent, ProviderError | BudgetError, R>,
          BudgetError,
          Scope.Scope
        > {
          if ((yield* Fetch).offline) return send
          const course = makeCourse()
          const reserved = yield* Effect.either(
            Effect.acquireRelease(budgets.reserve(call), (reservation) =>
              settle(call, reservation, course, alerts)
            )
          )
          if (Either.isLeft(reserved)) {
            const network = yield* onlyKept
            if (kept === undefined || Option.isNone(network)) return yield* reserved.left
            const asked = Stream.provideService(kept, Fetch, network.value)
            return Stream.mapError(asked, () => reserved.left)
          }
          yield* Effect.forkScoped(hold(reserved.right))
          return Stream.suspend(() => {
            course.sent = true
            return send
          }).pipe(
            Stream.provideService(SoFar, { hear: (heard) => void (course.heard = heard) }),
            Stream.tap((event) =>
              Effect.sync(() => {
                if (event._tag === "Done") course.result = event.result
              })
            ),
            Stream.tapError((error) => Effect.sync(() => void (course.error = error)))
          )
        })
      )
  }
}
