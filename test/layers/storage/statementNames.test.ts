/** Which statements stay prepared, and what happens when the server knows them no more. */
import { assert, describe, it } from "@effect/vitest"
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as PgClient from "../../../layers/storage/PgClient.js"
import { reasonOf } from "../../../layers/storage/sqlError.js"
import { keepsStatements, makeNames } from "../../../layers/storage/statementNames.js"
import { transaction } from "../../../layers/storage/Transaction.js"
import { pgUrl, tempDatabase } from "../../support/postgres.js"

describe("names of statements", () => {
  it("are given once, the same everywhere", () => {
    const [one, other] = [makeNames(), makeNames()]
    for (const { give } of [one, other]) give("SELECT 1")
    assert.match(one.of("SELECT 1") ?? "", /^aegis_[0-9a-f]{32}$/)
    assert.strictEqual(one.of("SELECT 1"), other.of("SELECT 1"))
    assert.isUndefined(one.of("SELECT 2"))
  })

  it("are fewer than texts may be", () => {
    const { give, of } = makeNames()
    const texts = Array.from({ length: 1000 }, (_, i) => `SELECT ${i}`)
    for (const text of texts) give(text)
    assert.strictEqual(new Set(texts.flatMap((text) => of(text) ?? [])).size, 200)
    assert.isDefined(of("SELECT 0"))
  })

  it("are given up for good", () => {
    const { give, giveUp, of } = makeNames()
    give("SELECT 1")
    giveUp()
    give("SELECT 1")
    assert.isUndefined(of("SELECT 1"))
  })

  it("are for servers, not for poolers", () => {
    const at = (rest: string): boolean => keepsStatements(`postgres://me:hunter2%40@${rest}`)
    assert.isTrue(at("db.example.com/mine"))
    assert.isTrue(at("ep-a-b-pooled.neon.tech/mine?sslmode=require"))
    assert.isTrue(at("db-pooler/mine?prepared_statements=true"))
    assert.isTrue(at("db/mine?pgbouncer=true&prepared_statements=true"))
    assert.isTrue(at("db/mine?pgbouncer=false"))
    assert.isFalse(at("ep-a-b-pooler.eu-central-1.aws.neon.tech/mine"))
    assert.isFalse(at("db/mine?pgbouncer=true"))
    assert.isFalse(at("db/mine?prepared_statements=false"))
    assert.isTrue(keepsStatements("postgres://["))
  })
})

const on = <A, E>(
  program: (sql: PgClient.PgClient) => Effect.Effect<A, E>,
  options: Omit<PgClient.Options, "url"> = {}
) =>
  Effect.scoped(
    Effect.flatMap(tempDatabase, (url) =>
      Effect.flatMap(PgClient.make({ url: Redacted.make(url), maxConnections: 1, ...options }), program)
    )
  ).pipe(Effect.provide(Reactivity.layer))

const text = "SELECT $1::integer AS n"
const ask = (sql: PgClient.PgClient, n: number) => sql.direct<{ readonly n: number }>(text, [n])
const prepared = (sql: PgClient.PgClient) =>
  Effect.map(
    sql<{ readonly n: number }>`
      SELECT count(*)::integer AS n FROM pg_prepared_statements WHERE statement NOT LIKE '%prepared%'`,
    ([row]) => row?.n
  )
const nameOf = (sql: string) => {
  const { give, of } = makeNames()
  give(sql)
  return of(sql)
}

describe.skipIf(pgUrl === undefined)("prepared statements", () => {
  it.live("stay on their connection, unless that is not wanted", () =>
    Effect.gen(function* () {
      const twice = (sql: PgClient.PgClient) =>
        Effect.zipRight(Effect.all([ask(sql, 1), ask(sql, 2), sql`SELECT 3`, sql`SELECT 3`]), prepared(sql))
      assert.strictEqual(yield* on(twice), 1)
      assert.strictEqual(yield* on(twice, { preparedStatements: false }), 0)
    })
  )

  for (const forget of ["DISCARD ALL", "DEALLOCATE ALL"]) {
    it.live(`are sent without a name once the server has forgotten them: ${forget}`, () =>
      on((sql) =>
        Effect.gen(function* () {
          yield* Effect.all([ask(sql, 1), ask(sql, 2)])
          yield* sql.unsafe(forget)
          assert.deepStrictEqual(yield* ask(sql, 3), [{ n: 3 }])
          assert.deepStrictEqual(yield* ask(sql, 4), [{ n: 4 }])
          assert.strictEqual(yield* prepared(sql), 0)
        })
      )
    )
  }

  it.live("are sent without a name where somebody else has prepared the same", () =>
    on((sql) =>
      Effect.gen(function* () {
        yield* sql.unsafe(`PREPARE ${nameOf(text)} AS ${text}`)
        const rows = yield* Effect.all([ask(sql, 1), ask(sql, 2), ask(sql, 3)])
        assert.deepStrictEqual(rows.flat(), [{ n: 1 }, { n: 2 }, { n: 3 }])
      })
    )
  )

  it.live("cost a connection where the name stands for something else", () =>
    on((sql) =>
      Effect.gen(function* () {
        yield* ask(sql, 1)
        yield* sql.unsafe(`DEALLOCATE ${nameOf(text)}`)
        yield* sql.unsafe(`PREPARE ${nameOf(text)} (integer, integer) AS SELECT $1 + $2 AS n`)
        assert.strictEqual(reasonOf(yield* Effect.flip(ask(sql, 2))), "connection")
        assert.deepStrictEqual(yield* ask(sql, 3), [{ n: 3 }])
        assert.strictEqual(yield* prepared(sql), 0)
      })
    )
  )

  it.live("end a transaction that may be tried again, and no other", () =>
    on((sql) =>
      Effect.gen(function* () {
        const body = Effect.provideService(transaction(ask(sql, 3)), SqlClient.SqlClient, sql)
        yield* Effect.all([ask(sql, 1), ask(sql, 2)])
        yield* sql.unsafe("DISCARD ALL")
        const first = yield* Effect.either(body)
        assert.strictEqual(Either.isLeft(first) ? reasonOf(first.left) : "success", "serialization")
        assert.deepStrictEqual(yield* body, [{ n: 3 }])
      })
    )
  )

  it.live("survive that their tables change", () =>
    on((sql) =>
      Effect.gen(function* () {
        yield* sql`CREATE TABLE changing (a integer)`
        yield* sql`INSERT INTO changing VALUES (1)`
        const all = sql.direct("SELECT * FROM changing", [])
        yield* Effect.all([all, all, all])
        yield* sql`ALTER TABLE changing ADD COLUMN b integer DEFAULT 2`
        assert.deepStrictEqual(yield* all, [{ a: 1, b: 2 }])
        assert.deepStrictEqual(yield* all, [{ a: 1, b: 2 }])
        assert.strictEqual(yield* prepared(sql), 1)
      })
    )
  )

  it.live("fail as others do", () =>
    on((sql) =>
      Effect.gen(function* () {
        const divide = (by: number) => Effect.either(sql.direct("SELECT 1 / $1::integer AS n", [by]))
        yield* Effect.all([divide(1), divide(1)])
        assert.isTrue(Either.isLeft(yield* divide(0)))
        assert.deepStrictEqual(yield* divide(1), Either.right([{ n: 1 }]))
      })
    )
  )
})
