/**
 * Limits on what calls cost. Owns: what a call may cost at most, which limits hold for it, that they hold whoever calls at the same time,
 * and whom it is told that one is reached. Does not own: where sums are kept (BudgetStorage), prices (PriceList), sending (Executor).
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { BudgetAlert, BudgetStatus } from "../domain/Budget.js"
import { BudgetExceeded, BudgetUnpriced } from "../domain/BudgetErrors.js"
import type { Usd } from "../domain/Measures.js"
import type { ResolvedScaffold } from "../domain/ResolvedScaffold.js"
import type { StoreError } from "../domain/StoreErrors.js"
import { AegisConfig } from "./AegisConfig.js"
import { type Claim, claimsOf, resetOf } from "./budgets/accounts.js"
import { alertOf, subjectOf, tell } from "./budgets/alerts.js"
import { mostOf } from "./budgets/mostOf.js"
import { toNanos, toUsd } from "./budgets/nanos.js"
import { statusesOf } from "./budgets/statuses.js"
import { BudgetStorage } from "./BudgetStorage.js"
import { PriceList } from "./PriceList.js"
import { current } from "./recorder/Scope.js"

/**
 * A call that is to be sent. `namespace` is that of the settings, `run` the recorded run around it, `timeout` (milliseconds) that of the
 * settings where they are left out.
 */
export interface Call {
  readonly resolved: ResolvedScaffold
  readonly maxTokens?: number | undefined
  readonly timeout?: number | undefined
  readonly namespace?: string | undefined
  readonly run?: string | undefined
}

/** What a call may cost, taken from its budgets. `id` is none where none of them had to be asked. */
export interface Reservation {
  readonly id: Option.Option<number>
  readonly nanos: number
  /** `nanos` is not all that the call may cost. */
  readonly unpriced: boolean
  readonly claims: ReadonlyArray<Claim>
  /** When it comes back by itself, in milliseconds since the epoch, unless it is held. */
  readonly until: number
}

export { BudgetAlerts } from "./budgets/alerts.js"

export type BudgetError = BudgetExceeded | BudgetUnpriced | StoreError

export class Budgets extends Context.Tag("aegis/Budgets")<
  Budgets,
  {
    /** Whether there are any: if not, nobody has to be asked. */
    readonly configured: boolean
    /**
     * Takes what the call may cost at most from all of its budgets, or from none of them. A store that fails refuses the call where a hard
     * limit holds. What is taken comes back by itself a minute after the call's time limit.
     */
    readonly reserve: (call: Call) => Effect.Effect<Reservation, BudgetError>
    /**
     * Keeps a reservation from coming back by itself while this runs, which ends when it is interrupted: beside a call that may take longer
     * than its time limit, as one does whose listener is slow. Interrupt it before you settle.
     */
    readonly hold: (reservation: Reservation) => Effect.Effect<never>
    /**
     * Puts what the call really cost (USD) in the place of its reservation. None: nobody knows, and it counts as what was reserved. A
     * reservation is settled once; after that nothing happens. Gives the soft limits that are reached by it.
     */
    readonly settle: (
      reservation: Reservation,
      cost: Option.Option<Usd>
    ) => Effect.Effect<ReadonlyArray<BudgetAlert>, StoreError>
    /** How all budgets stand; of those that are counted for each run or namespace, the dearest ten, or the run that is named. */
    readonly status: (options?: {
      readonly run?: string
    }) => Effect.Effect<ReadonlyArray<BudgetStatus>, StoreError>
  }
>() {}

/** Milliseconds that a call may need besides its time limit, to be sent, told and settled; and the lease of one that is held longer. */
const grace = 60_000
/** The longest lease, in milliseconds: a year. */
const longest = 365 * 86_400_000

export const make = Effect.gen(function* () {
  const { settings } = yield* AegisConfig
  const prices = yield* PriceList
  const storage = yield* BudgetStorage
  // not the clock of a run, which is recorded: to ask a budget is no step of it
  const byOurClock = Effect.withClock(yield* Effect.clock)
  const budgets = settings.budgets
  /** Those that were taken here and are not settled. */
  const open = new Set<Reservation>()

  const reserve = Effect.fn("Budgets.reserve")(function* (call: Call) {
    const at = yield* Clock.currentTimeMillis
    const scope = yield* FiberRef.get(current)
    const claims = claimsOf(budgets, {
      namespace: call.namespace ?? settings.namespace,
      run: call.run ?? scope?.node.run.id,
      at
    })
    const { nanos, unknown } = yield* mostOf(prices, call.resolved, call.maxTokens)
    const until = at + Math.min(Math.ceil(call.timeout ?? settings.timeoutMs), longest) + grace
    const reservation = { nanos, unpriced: unknown !== undefined, claims, until }
    if (unknown !== undefined && claims.some(({ strict }) => strict)) {
      const { model, provider } = call.resolved.originalScaffold
      return yield* new BudgetUnpriced({ provider, model, reason: unknown })
    }
    if (claims.length === 0) return { ...reservation, id: Option.none() }
    const answer = yield* Effect.catchAll(storage.reserve({ nanos, at, until, claims }), (error) =>
      claims.some(({ hard }) => hard !== undefined)
        ? Effect.fail(error)
        : Effect.as(Effect.logWarning(error.message), undefined)
    )
    if (answer === undefined) return { ...reservation, id: Option.none() }
    if (answer._tag === "Refused") {
      const { namespace, period, run, scope } = subjectOf(answer.account)
      const resetsAt = resetOf(scope, at)
      return yield* new BudgetExceeded({
        scope,
        ...(namespace === null ? {} : { namespace }),
        ...(period === null ? {} : { period }),
        ...(run === null ? {} : { run }),
        limit: toUsd(answer.limit),
        spent: toUsd(answer.spent),
        reserved: toUsd(answer.reserved),
        asked: toUsd(nanos),
        ...(resetsAt === undefined ? {} : { resetsAt })
      })
    }
    const taken: Reservation = { ...reservation, id: Option.some(answer.id) }
    open.add(taken)
    return taken
  }, byOurClock)

  const renew = Effect.fn("Budgets.renew")(function* ({ claims, nanos }: Reservation, id: number) {
    const at = yield* Clock.currentTimeMillis
    yield* Effect.catchAll(storage.renew({ id, nanos, claims, at, until: at + grace }), ({ message }) =>
      Effect.logWarning(message)
    )
  })

  const hold = Effect.fnUntraced(function* (reservation: Reservation): Effect.fn.Return<never> {
    const { id, until } = reservation
    if (Option.isNone(id)) return yield* Effect.never
    yield* Effect.sleep(Math.max(0, until - (yield* Clock.currentTimeMillis) - grace / 2))
    return yield* Effect.forever(Effect.zipRight(renew(reservation, id.value), Effect.sleep(grace / 2)))
  }, byOurClock)

  const settle = Effect.fn("Budgets.settle")(function* (reservation: Reservation, cost: Option.Option<Usd>) {
    const { claims, id, nanos, unpriced } = reservation
    if (Option.isNone(id) || !open.delete(reservation)) return []
    const reached = yield* storage
      .settle({
        id: id.value,
        nanos: Option.match(cost, { onNone: () => nanos, onSome: toNanos }),
        unpriced: unpriced && Option.isNone(cost),
        claims
      })
      .pipe(Effect.tapError(() => Effect.sync(() => open.add(reservation))))
    const alerts = reached.map(alertOf)
    yield* Effect.forEach(alerts, tell, { discard: true })
    return alerts
  }, byOurClock)

  return Budgets.of({
    configured: budgets.length > 0,
    reserve,
    hold,
    settle,
    status: Effect.fn("Budgets.status")(function* (options = {}) {
      const at = yield* Clock.currentTimeMillis
      return yield* statusesOf(storage, budgets, { at, run: options.run, namespace: settings.namespace })
    }, byOurClock)
  })
})

export const layer: Layer.Layer<Budgets, never, AegisConfig | BudgetStorage | PriceList> = Layer.effect(
  Budgets,
  make
)
