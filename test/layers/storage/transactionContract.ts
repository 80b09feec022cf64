/**
 * What a transaction is, whatever the database: every client of ours passes it, at every pace of the scheduler.
 * The layer's database is empty at first and is shared by the tests of the block.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import { assert, describe, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { reasonOf } from "../../../layers/storage/sqlError.js"
import { transaction } from "../../../layers/storage/Transaction.js"

/** A table of its own for each test, so that they may run in any order. */
let tables = 0
const table = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const name = `t_${++tables}`
  yield* sql`CREATE TABLE ${sql(name)} (id integer PRIMARY KEY)`
  return {
    sql,
    insert: (id: number) => sql`INSERT INTO ${sql(name)} (id) VALUES (${id})`,
    ids: Effect.map(sql<{ readonly id: number }>`SELECT id FROM ${sql(name)} ORDER BY id`, (rows) =>
      rows.map(({ id }) => id)
    )
  }
})

const reason = (result: Either.Either<unknown, SqlError>) =>
  Either.match(result, { onLeft: reasonOf, onRight: () => "success" })

export const transactionContract = <E>(name: string, database: Layer.Layer<SqlClient.SqlClient, E>) => {
  describe(`transactions on ${name}`, () => {
    layer(database, { excludeTestServices: true, timeout: "60 seconds" })("contract", (it) => {
      it.effect("keep everything when they succeed and nothing when they fail, die or are interrupted", () =>
        Effect.gen(function* () {
          const { insert, ids } = yield* table
          yield* transaction(Effect.zipRight(insert(1), insert(2)))
          const failed = yield* Effect.either(
            transaction(Effect.zipRight(insert(3), Effect.fail("no" as const)))
          )
          const died = yield* Effect.exit(transaction(Effect.zipRight(insert(4), Effect.die("bug"))))
          const interrupted = yield* Effect.exit(transaction(Effect.zipRight(insert(5), Effect.interrupt)))
          assert.deepStrictEqual(failed, Either.left("no" as const))
          assert.isTrue(Exit.isFailure(died) && Cause.isDie(died.cause))
          assert.isTrue(Exit.isInterrupted(interrupted))
          assert.deepStrictEqual(yield* ids, [1, 2])
        })
      )

      it.effect("end when their fiber is interrupted, and leave a usable connection", () =>
        Effect.gen(function* () {
          const { insert, ids } = yield* table
          const inside = yield* Deferred.make<void>()
          const fiber = yield* Effect.fork(
            transaction(
              insert(1).pipe(
                Effect.zipRight(Deferred.succeed(inside, undefined)),
                Effect.zipRight(Effect.never)
              )
            )
          )
          yield* Deferred.await(inside)
          yield* Fiber.interrupt(fiber)
          yield* insert(2)
          assert.deepStrictEqual(yield* ids, [2])
        })
      )

      it.effect("nest: an inner failure that is caught undoes the inner part only", () =>
        Effect.gen(function* () {
          const { insert, ids } = yield* table
          yield* transaction(
            Effect.gen(function* () {
              yield* insert(1)
              yield* Effect.ignore(transaction(Effect.zipRight(insert(2), Effect.fail("no"))))
              yield* transaction(Effect.zipRight(insert(3), transaction(insert(4))))
              // The statement itself fails: on Postgres only the savepoint saves the outer transaction.
              yield* Effect.ignore(transaction(insert(1)))
            })
          )
          assert.deepStrictEqual(yield* ids, [1, 3, 4])
        })
      )

      it.effect("nest: an outer failure undoes what an inner transaction had kept", () =>
        Effect.gen(function* () {
          const { insert, ids } = yield* table
          yield* Effect.ignore(transaction(Effect.zipRight(transaction(insert(1)), Effect.fail("no"))))
          assert.deepStrictEqual(yield* ids, [])
        })
      )

      it.effect(
        "give a fiber that outlives its transaction an error, and nothing that it does is written",
        () =>
          Effect.gen(function* () {
            const { insert, ids } = yield* table
            const committed = yield* Deferred.make<void>()
            const late = yield* transaction(
              Effect.zipRight(
                insert(1),
                Effect.forkDaemon(
                  Effect.zipRight(
                    Deferred.await(committed),
                    Effect.all([Effect.either(insert(2)), Effect.either(transaction(insert(3)))])
                  )
                )
              )
            )
            yield* Deferred.succeed(committed, undefined)
            const [statement, nested] = yield* Fiber.join(late)
            assert.strictEqual(reason(statement), "transaction")
            assert.strictEqual(reason(nested), "transaction")
            yield* insert(4)
            yield* transaction(insert(5))
            assert.deepStrictEqual(yield* ids, [1, 4, 5])
          })
      )

      it.effect("undo a nested transaction that an escaped fiber left open", () =>
        Effect.gen(function* () {
          const { insert, ids } = yield* table
          const inside = yield* Deferred.make<void>()
          const committed = yield* Deferred.make<void>()
          const escape = transaction(
            insert(2).pipe(
              Effect.zipRight(transaction(insert(3))),
              Effect.zipRight(Deferred.succeed(inside, undefined)),
              Effect.zipRight(Deferred.await(committed))
            )
          )
          const late = yield* transaction(
            Effect.gen(function* () {
              yield* insert(1)
              const fiber = yield* Effect.forkDaemon(Effect.either(escape))
              yield* Deferred.await(inside)
              return fiber
            })
          )
          yield* Deferred.succeed(committed, undefined)
          assert.strictEqual(reason(yield* Fiber.join(late)), "transaction")
          assert.deepStrictEqual(yield* ids, [1])
        })
      )

      it.effect("undo what an escaped fiber left open inside a nested transaction", () =>
        Effect.gen(function* () {
          const { insert, ids } = yield* table
          const inside = yield* Deferred.make<void>()
          const escape = transaction(
            insert(3).pipe(
              Effect.zipRight(Deferred.succeed(inside, undefined)),
              Effect.zipRight(Effect.never)
            )
          )
          const inner = transaction(
            insert(2).pipe(Effect.zipRight(Effect.forkDaemon(escape)), Effect.zipLeft(Deferred.await(inside)))
          )
          const fiber = yield* transaction(Effect.zipRight(insert(1), inner))
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* ids, [1, 2])
        })
      )

      it.effect("hand out a reserved connection that ends with its scope", () =>
        Effect.gen(function* () {
          const { sql, ids } = yield* table
          const escaped = yield* Effect.scoped(
            Effect.tap(sql.reserve, (connection) => connection.execute("SELECT 1", [], undefined))
          )
          const late = yield* Effect.either(escaped.execute("SELECT 1", [], undefined))
          assert.strictEqual(reason(late), "transaction")
          assert.deepStrictEqual(yield* ids, [])
        })
      )

      it.effect(
        "stream rows inside and outside, and leave the connection free for the consumer's own writes",
        () =>
          Effect.gen(function* () {
            const { sql, insert, ids } = yield* table
            yield* transaction(Effect.zipRight(insert(1), insert(2)))
            const copy = sql<{
              readonly n: number
            }>`SELECT 10 AS n UNION ALL SELECT 20 ORDER BY n`.stream.pipe(
              Stream.runForEach(({ n }) => insert(n))
            )
            yield* copy
            yield* Effect.ignore(transaction(Effect.zipRight(copy, Effect.fail("no"))))
            assert.deepStrictEqual(yield* ids, [1, 2, 10, 20])
          })
      )

      for (const pace of [20, 100, 2048]) {
        describe(`a scheduler that yields every ${pace} steps`, () => {
          it.effect("never lets a statement run inside another fiber's transaction", () =>
            Effect.gen(function* () {
              const { insert, ids } = yield* table
              const doomed = Effect.ignore(
                transaction(
                  insert(-1).pipe(Effect.zipRight(Effect.yieldNow()), Effect.zipRight(Effect.fail("no")))
                )
              )
              const writers = Array.from({ length: 8 }, (_, writer) =>
                Effect.forEach(
                  Array.from({ length: 25 }, (_, index) => writer * 25 + index),
                  (id) => (id % 3 === 0 ? transaction(insert(id)) : insert(id)),
                  { discard: true }
                )
              )
              yield* Effect.all([...writers, Effect.repeatN(doomed, 60), Effect.repeatN(doomed, 60)], {
                concurrency: "unbounded"
              }).pipe(Effect.withMaxOpsBeforeYield(pace))
              assert.deepStrictEqual(
                yield* ids,
                Array.from({ length: 200 }, (_, index) => index)
              )
            })
          )

          it.effect("keeps parallel nested transactions apart", () =>
            Effect.gen(function* () {
              const { insert, ids } = yield* table
              const branch = (id: number) =>
                Effect.either(
                  transaction(
                    insert(id).pipe(
                      Effect.zipRight(Effect.yieldNow()),
                      Effect.zipRight(id % 2 === 0 ? Effect.void : Effect.fail("odd"))
                    )
                  )
                )
              yield* transaction(
                Effect.all([...Array.from({ length: 10 }, (_, id) => branch(id)), insert(100), insert(101)], {
                  concurrency: "unbounded"
                })
              ).pipe(Effect.withMaxOpsBeforeYield(pace))
              assert.deepStrictEqual(yield* ids, [0, 2, 4, 6, 8, 100, 101])
            })
          )

          it.effect("survives interruption at any moment with all acknowledged writes", () =>
            Effect.gen(function* () {
              const { insert, ids } = yield* table
              const acknowledged: Array<number> = []
              yield* Effect.forEach(
                Array.from({ length: 60 }, (_, id) => id),
                (id) =>
                  Effect.gen(function* () {
                    const write = transaction(Effect.zipRight(transaction(insert(id)), Effect.yieldNow()))
                    const fiber = yield* Effect.fork(write)
                    for (let wait = 0; wait < id % 12; wait++) yield* Effect.yieldNow()
                    const exit = yield* Fiber.interrupt(fiber)
                    if (Exit.isSuccess(exit)) acknowledged.push(id)
                  }),
                { concurrency: 6 }
              ).pipe(Effect.withMaxOpsBeforeYield(pace))
              yield* transaction(insert(1000))
              assert.includeMembers([...(yield* ids)], [...acknowledged, 1000])
            })
          )
        })
      }
    })
  })
}
