/**
 * Where budgets keep what was spent and what is reserved. Owns: that what is asked is taken as a whole or not at all, whoever asks at
 * the same time, and that no reservation outlives its lease. Does not own: limits, prices and periods (Budgets). Amounts are
 * nano-dollars, instants milliseconds since the epoch.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BudgetScope } from "../domain/Budget.js"
import type { StoreError } from "../domain/StoreErrors.js"
import { type Account, type Claim, keyOf } from "./budgets/accounts.js"

/** `until` is when the reservation counts no more, though nobody settled it. Each account stands once in `claims`. */
export interface Ask {
  readonly nanos: number
  readonly at: number
  readonly until: number
  readonly claims: ReadonlyArray<Claim>
}

/** A reservation that is to count until later: what was asked for, from now on. */
export interface Renewal extends Ask {
  readonly id: number
}

/** The id of the reservation, or the first account whose hard limit would be passed; then nothing is taken. */
export type Answer =
  | { readonly _tag: "Taken"; readonly id: number }
  | ({ readonly _tag: "Refused"; readonly account: Account; readonly limit: number } & Omit<
      Balance,
      "unpriced"
    >)

/** What became of a reservation. `unpriced`: nobody knows what it cost, and `nanos` says nothing of it. */
export interface Settlement {
  readonly id: number
  readonly nanos: number
  readonly unpriced: boolean
  readonly claims: ReadonlyArray<Claim>
}

/** A soft limit that was reached for the first time. */
export interface Reached {
  readonly account: Account
  readonly soft: number
  readonly spent: number
}

/** How an account stands. */
export interface Balance {
  readonly spent: number
  readonly reserved: number
  readonly unpriced: number
}

export class BudgetStorage extends Context.Tag("aegis/BudgetStorage")<
  BudgetStorage,
  {
    readonly reserve: (ask: Ask) => Effect.Effect<Answer, StoreError>
    /** Gives a reservation a new lease, whatever the limits say; one whose lease has ended counts again, for its call is under way. */
    readonly renew: (renewal: Renewal) => Effect.Effect<void, StoreError>
    /**
     * Takes the reservation away and adds what was spent, also where its lease has ended. Each soft limit is told once for its account,
     * to one of all that settle.
     */
    readonly settle: (settlement: Settlement) => Effect.Effect<ReadonlyArray<Reached>, StoreError>
    /** How these accounts stand, in their order; one that nothing was spent from stands at 0. */
    readonly read: (
      accounts: ReadonlyArray<Account>,
      at: number
    ) => Effect.Effect<ReadonlyArray<Balance>, StoreError>
    /** The accounts of a scope from which most was spent, at most `most`; of one namespace if it is named. */
    readonly dearest: (
      scope: BudgetScope,
      namespace: string | undefined,
      most: number
    ) => Effect.Effect<ReadonlyArray<Account>, StoreError>
  }
>() {}

/** Whether a reservation counts. A clock that was set back by more than the lease would let it count for ever. */
export const isLive = ({ at, until }: Pick<Ask, "at" | "until">, now: number): boolean =>
  now < until && at - (until - at) <= now

interface Held {
  readonly account: Account
  spent: number
  unpriced: number
  readonly told: Set<number>
}

/** Keeps it in memory: nothing else runs while a method does. */
export const makeMemory = (): BudgetStorage["Type"] => {
  const accounts = new Map<string, Held>()
  const reservations = new Map<number, Ask>()
  let last = 0

  const held = (account: Account): Held => {
    const key = keyOf(account)
    const known = accounts.get(key)
    if (known !== undefined) return known
    const fresh: Held = { account, spent: 0, unpriced: 0, told: new Set() }
    accounts.set(key, fresh)
    return fresh
  }

  const reservedOf = (account: Account, now: number): number => {
    const key = keyOf(account)
    let sum = 0
    for (const ask of reservations.values()) {
      if (isLive(ask, now) && ask.claims.some((claim) => keyOf(claim.account) === key)) sum += ask.nanos
    }
    return sum
  }

  return {
    reserve: (ask) =>
      Effect.sync((): Answer => {
        for (const [id, each] of reservations) if (!isLive(each, ask.at)) reservations.delete(id)
        for (const { account, hard } of ask.claims) {
          const spent = accounts.get(keyOf(account))?.spent ?? 0
          const reserved = reservedOf(account, ask.at)
          if (hard !== undefined && spent + reserved + ask.nanos > hard) {
            return { _tag: "Refused", account, limit: hard, spent, reserved }
          }
        }
        for (const { account } of ask.claims) held(account)
        reservations.set(++last, ask)
        return { _tag: "Taken", id: last }
      }),

    renew: ({ id, ...ask }) => Effect.sync(() => void reservations.set(id, ask)),

    settle: ({ claims, id, nanos, unpriced }) =>
      Effect.sync(() => {
        reservations.delete(id)
        return claims.flatMap(({ account, soft }) => {
          const entry = held(account)
          entry.spent += nanos
          if (unpriced) entry.unpriced += 1
          const reached = soft.filter((limit) => entry.spent >= limit && !entry.told.has(limit))
          for (const limit of reached) entry.told.add(limit)
          return reached.map((limit): Reached => ({ account, soft: limit, spent: entry.spent }))
        })
      }),

    read: (asked, at) =>
      Effect.sync(() =>
        asked.map((account) => {
          const { spent, unpriced } = accounts.get(keyOf(account)) ?? { spent: 0, unpriced: 0 }
          return { spent, unpriced, reserved: reservedOf(account, at) }
        })
      ),

    dearest: (scope, namespace, most) =>
      Effect.sync(() =>
        [...accounts.values()]
          .filter(
            ({ account }) =>
              account.scope === scope && (namespace === undefined || account.namespace === namespace)
          )
          .toSorted((a, b) => b.spent - a.spent || (keyOf(a.account) < keyOf(b.account) ? -1 : 1))
          .slice(0, most)
          .map(({ account }) => account)
      )
  }
}

export const layerMemory: Layer.Layer<BudgetStorage> = Layer.sync(BudgetStorage, makeMemory)
