/** What every BudgetStorage promises. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import type * as Layer from "effect/Layer"
import type { Account, Claim } from "../../src/services/budgets/accounts.js"
import { keyOf } from "../../src/services/budgets/accounts.js"
import { BudgetStorage } from "../../src/services/BudgetStorage.js"

type Storage = BudgetStorage["Type"]

const account = (subject: string, namespace = ""): Account => ({ scope: "day", namespace, subject })
const day = account("2026-11-26")
const claim = (of: Account, hard?: number, soft: ReadonlyArray<number> = []): Claim => ({
  account: of,
  hard,
  soft,
  strict: false
})
const lease = 1000

/** Takes an amount, or gives undefined where it was refused. */
const take = (storage: Storage, nanos: number, claims: ReadonlyArray<Claim>, at = 0) =>
  Effect.map(storage.reserve({ nanos, at, until: at + lease, claims }), (answer) =>
    answer._tag === "Taken" ? answer.id : undefined
  )

const taken = (storage: Storage, nanos: number, claims: ReadonlyArray<Claim>, at = 0) =>
  Effect.flatMap(take(storage, nanos, claims, at), (id) =>
    id === undefined ? Effect.dieMessage("refused") : Effect.succeed(id)
  )

const balance = (storage: Storage, of: Account, at = 0) =>
  Effect.map(storage.read([of], at), ([found]) => found)

/** What is done to a storage, and a model that says what has to come of it. */
type Action =
  | { readonly _tag: "Reserve"; readonly nanos: number; readonly accounts: ReadonlyArray<number> }
  | { readonly _tag: "Settle"; readonly which: number; readonly nanos: number }
  | { readonly _tag: "Renew"; readonly which: number }
  | { readonly _tag: "Pass"; readonly millis: number }

const action: FastCheck.Arbitrary<Action> = FastCheck.oneof(
  FastCheck.record({
    _tag: FastCheck.constant("Reserve" as const),
    nanos: FastCheck.nat(40),
    accounts: FastCheck.uniqueArray(FastCheck.nat(2), { minLength: 1 })
  }),
  FastCheck.record({
    _tag: FastCheck.constant("Settle" as const),
    which: FastCheck.nat(9),
    nanos: FastCheck.nat(40)
  }),
  FastCheck.record({ _tag: FastCheck.constant("Renew" as const), which: FastCheck.nat(9) }),
  FastCheck.record({ _tag: FastCheck.constant("Pass" as const), millis: FastCheck.nat(lease) })
)

export const suite = (name: string, layer: Layer.Layer<BudgetStorage>): void => {
  const test = (does: string, body: (storage: Storage) => Effect.Effect<void, unknown>): void =>
    it.effect(does, () => Effect.flatMap(BudgetStorage, body).pipe(Effect.provide(layer)))

  describe(`a storage of budgets ${name}`, () => {
    test("takes up to the limit, and not a nano-dollar more", (storage) =>
      Effect.gen(function* () {
        assert.isDefined(yield* take(storage, 60, [claim(day, 100)]))
        assert.isUndefined(yield* take(storage, 41, [claim(day, 100)]))
        assert.isDefined(yield* take(storage, 40, [claim(day, 100)]))
        assert.deepStrictEqual(yield* balance(storage, day), { spent: 0, reserved: 100, unpriced: 0 })
        assert.isDefined(yield* take(storage, 0, [claim(day, 100)]))
      }))

    test("takes from all accounts or from none, and says which one refused", (storage) =>
      Effect.gen(function* () {
        const [wide, narrow] = [claim(day, 100), claim(account("2026-11-26", "a"), 10)]
        yield* taken(storage, 4, [narrow])
        const answer = yield* storage.reserve({ nanos: 7, at: 0, until: lease, claims: [wide, narrow] })
        assert.deepStrictEqual(answer, {
          _tag: "Refused",
          account: narrow.account,
          limit: 10,
          spent: 0,
          reserved: 4
        })
        assert.strictEqual((yield* balance(storage, day))?.reserved, 0)
        yield* taken(storage, 6, [wide, narrow])
        assert.strictEqual((yield* balance(storage, day))?.reserved, 6)
      }))

    test("puts what was spent in the place of what was reserved, whatever it was", (storage) =>
      Effect.gen(function* () {
        const id = yield* taken(storage, 60, [claim(day, 100)])
        const free = yield* taken(storage, 40, [claim(day, 100)])
        yield* storage.settle({ id, nanos: 25, unpriced: false, claims: [claim(day, 100)] })
        yield* storage.settle({ id: free, nanos: 0, unpriced: true, claims: [claim(day, 100)] })
        assert.deepStrictEqual(yield* balance(storage, day), { spent: 25, reserved: 0, unpriced: 1 })
        assert.isUndefined(yield* take(storage, 76, [claim(day, 100)]))
        assert.isDefined(yield* take(storage, 75, [claim(day, 100)]))
      }))

    test("lets a reservation go when its lease ends, and still adds what is settled after that", (storage) =>
      Effect.gen(function* () {
        const id = yield* taken(storage, 100, [claim(day, 100)])
        assert.isUndefined(yield* take(storage, 1, [claim(day, 100)], lease - 1))
        assert.strictEqual((yield* balance(storage, day, lease))?.reserved, 0)
        const next = yield* taken(storage, 100, [claim(day, 100)], lease)
        assert.notStrictEqual(next, id)
        yield* storage.settle({ id, nanos: 30, unpriced: false, claims: [claim(day, 100)] })
        assert.deepStrictEqual(yield* balance(storage, day, lease), { spent: 30, reserved: 100, unpriced: 0 })
      }))

    test("gives a reservation a new lease, also after the end of the one it had", (storage) =>
      Effect.gen(function* () {
        const claims = [claim(day, 100)]
        const id = yield* taken(storage, 60, claims)
        const renew = (at: number) => storage.renew({ id, nanos: 60, claims, at, until: at + lease })
        yield* renew(lease - 1)
        assert.isUndefined(yield* take(storage, 41, claims, 2 * lease - 2))
        // somebody has taken its room since
        yield* taken(storage, 100, claims, 2 * lease - 1)
        yield* renew(2 * lease)
        assert.strictEqual((yield* balance(storage, day, 2 * lease))?.reserved, 160)
        yield* storage.settle({ id, nanos: 30, unpriced: false, claims })
        assert.deepStrictEqual(yield* balance(storage, day, 2 * lease), {
          spent: 30,
          reserved: 100,
          unpriced: 0
        })
      }))

    test("does not wait for ever when the clock is set back", (storage) =>
      Effect.gen(function* () {
        const now = 1_000_000
        yield* taken(storage, 100, [claim(day, 100)], now)
        assert.isUndefined(yield* take(storage, 1, [claim(day, 100)], now - lease))
        assert.isDefined(yield* take(storage, 1, [claim(day, 100)], now - lease - 1))
      }))

    test("tells each soft limit once", (storage) =>
      Effect.gen(function* () {
        const settle = (nanos: number, soft: ReadonlyArray<number>) =>
          Effect.flatMap(taken(storage, nanos, [claim(day)]), (id) =>
            storage.settle({ id, nanos, unpriced: false, claims: [claim(day, undefined, soft)] })
          )
        assert.deepStrictEqual(yield* settle(9, [10, 20]), [])
        assert.deepStrictEqual(yield* settle(1, [10, 20]), [{ account: day, soft: 10, spent: 10 }])
        assert.deepStrictEqual(yield* settle(5, [10, 20]), [])
        assert.deepStrictEqual(yield* settle(5, [10, 20]), [{ account: day, soft: 20, spent: 20 }])
        assert.deepStrictEqual(yield* settle(5, [15]), [{ account: day, soft: 15, spent: 25 }])
      }))

    test("keeps accounts apart, however alike their names are", (storage) =>
      Effect.gen(function* () {
        const names = ["", "a", "A", "a ", "a\0", "\ud800", "\udfff", '"a"', '"', "é", "e\u0301"]
        const accounts = names.map((each): Account => ({ scope: "run", namespace: each, subject: each }))
        for (const [i, each] of accounts.entries()) {
          const id = yield* taken(storage, 1, [claim(each)])
          yield* storage.settle({ id, nanos: 2 ** i, unpriced: false, claims: [claim(each)] })
        }
        const found = yield* storage.read(accounts, 0)
        assert.deepStrictEqual(
          found.map(({ spent }) => spent),
          names.map((_, i) => 2 ** i)
        )
        assert.deepStrictEqual(yield* storage.dearest("run", undefined, 3), accounts.toReversed().slice(0, 3))
        assert.deepStrictEqual(yield* storage.dearest("run", "\ud800", 3), accounts.slice(5, 6))
        assert.deepStrictEqual(yield* storage.dearest("day", undefined, 3), [])
      }))

    test("adds up exactly where a float would not", (storage) =>
      Effect.gen(function* () {
        const large = 2 ** 53 - 1001
        for (const nanos of [large, 1, 999]) {
          const id = yield* taken(storage, nanos, [claim(day, Number.MAX_SAFE_INTEGER)])
          yield* storage.settle({ id, nanos, unpriced: false, claims: [claim(day)] })
        }
        assert.strictEqual((yield* balance(storage, day))?.spent, large + 1000)
      }))

    it.effect.prop(
      "does what a ledger on paper would, in any order of calls",
      [FastCheck.array(action, { maxLength: 40 })],
      ([actions]) =>
        Effect.gen(function* () {
          const storage = yield* BudgetStorage
          const accounts = ["a", "b", "c"].map((each) => account(each))
          const hards = [50, 70, 90]
          const claims = accounts.map((each, i) => claim(each, hards[i]))
          const pick = (indices: ReadonlyArray<number>) =>
            claims.filter((_, index) => indices.includes(index))
          const paper = new Map(accounts.map((each) => [keyOf(each), 0]))
          const held: Array<{ id: number; nanos: number; at: number; indices: ReadonlyArray<number> }> = []
          const reservedAt = (index: number, at: number): number =>
            held
              .filter((each) => each.indices.includes(index) && at < each.at + lease)
              .reduce((sum, { nanos }) => sum + nanos, 0)
          let at = 0
          for (const each of actions) {
            if (each._tag === "Pass") at += each.millis
            if (each._tag === "Reserve") {
              const fits = each.accounts.every(
                (index) =>
                  (paper.get(keyOf(account("abc"[index] ?? ""))) ?? 0) + reservedAt(index, at) + each.nanos <=
                  (hards[index] ?? 0)
              )
              const id = yield* take(storage, each.nanos, pick(each.accounts), at)
              assert.strictEqual(id !== undefined, fits)
              if (id !== undefined) held.push({ id, nanos: each.nanos, at, indices: each.accounts })
            }
            if (each._tag === "Renew") {
              const renewed = held[each.which]
              if (renewed === undefined) continue
              const { id, indices, nanos } = renewed
              yield* storage.renew({ id, nanos, claims: pick(indices), at, until: at + lease })
              held[each.which] = { ...renewed, at }
            }
            if (each._tag === "Settle") {
              const [settled] = held.splice(each.which, 1)
              if (settled === undefined) continue
              for (const index of settled.indices) {
                const key = keyOf(account("abc"[index] ?? ""))
                paper.set(key, (paper.get(key) ?? 0) + each.nanos)
              }
              yield* storage.settle({
                id: settled.id,
                nanos: each.nanos,
                unpriced: false,
                claims: pick(settled.indices)
              })
            }
          }
          const found = yield* storage.read(accounts, at)
          found.forEach(({ reserved, spent }, index) => {
            assert.strictEqual(spent, paper.get(keyOf(account("abc"[index] ?? ""))))
            assert.strictEqual(reserved, reservedAt(index, at))
          })
        }).pipe(Effect.provide(layer)),
      { fastCheck: { numRuns: 50 } }
    )
  })
}
