/** What Postgres itself refuses a role that the policies hold, whatever SQL it sends. */
import * as Reactivity from "@effect/experimental/Reactivity"
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { settingOf } from "../../../layers/runs/pgSession.js"
import * as RunStoragePg from "../../../layers/RunStoragePg.js"
import * as PgClient from "../../../layers/storage/PgClient.js"
import { codeOf } from "../../../layers/storage/sqlError.js"
import { transaction } from "../../../layers/storage/Transaction.js"
import { chunkOf, draftOf, lineage } from "../../services/runDrafts.js"
import { securedDatabase } from "../../services/runStorages.js"
import { pgUrl } from "../../support/postgres.js"

/** Two namespaces with the same in both; one of them has a name that no text of Postgres can hold. */
const theirs = "their\0name\ud800"
const secured = Effect.gen(function* () {
  const { url } = yield* securedDatabase
  const sql = yield* PgClient.make({ url: Redacted.make(url), maxConnections: 2 })
  const open = (namespace: string) => RunStoragePg.make(sql, namespace, { rowLevelSecurity: true })
  for (const namespace of ["mine", theirs]) {
    const storage = yield* open(namespace)
    const draft = draftOf("a", { chunks: [chunkOf("c")], names: ["n"], refs: [{ kind: "tag", name: "t" }] })
    yield* storage.append(lineage("thread"), [draft])
    yield* storage.append(lineage("deleted"), [draftOf("b")])
    yield* storage.deleteThread("deleted")
  }
  /** Runs statements as a namespace. */
  const as = (namespace: string, ...statements: ReadonlyArray<string>) =>
    Effect.provideService(
      transaction(
        Effect.zipRight(
          sql`SELECT set_config('aegis.namespace', ${settingOf(namespace)}, true)`,
          Effect.map(
            Effect.forEach(statements, (statement) => sql.unsafe<Record<string, unknown>>(statement)),
            (answers) => answers.at(-1) ?? []
          )
        )
      ),
      SqlClient.SqlClient,
      sql
    )
  return { sql, open, as }
})

const on = <A, E>(program: (given: Effect.Effect.Success<typeof secured>) => Effect.Effect<A, E>) =>
  Effect.scoped(Effect.flatMap(secured, program)).pipe(Effect.provide(Reactivity.layer))

const tables = ["space", "lineage", "deleted", "entry", "chunk", "holding", "named", "ref"].map(
  (table) => `aegis_${table}`
)
const codeOfFailure = <A>(self: Effect.Effect<A, unknown>) =>
  Effect.map(Effect.flip(self), (error) => (error instanceof SqlError ? codeOf(error.cause) : String(error)))

describe.skipIf(pgUrl === undefined)("row level security of a run store", () => {
  it.live("shows each namespace its own rows, and nobody any to whom says no name", () =>
    on(({ as, sql }) =>
      Effect.gen(function* () {
        for (const table of tables) {
          const mine = yield* as("mine", `SELECT * FROM ${table}`)
          const others = yield* as(theirs, `SELECT * FROM ${table}`)
          assert.deepStrictEqual([mine.length, others.length], [1, 1], table)
          assert.notDeepEqual(mine, others)
          assert.deepStrictEqual(yield* as("nobody", `SELECT * FROM ${table}`), [], table)
          // on a connection that never had the setting, and on ones where a transaction had it
          for (let i = 0; i < 3; i++) {
            assert.deepStrictEqual(yield* sql`SELECT * FROM ${sql(table)}`, [], table)
          }
        }
      })
    )
  )

  it.live("refuses to write into another namespace, and touches nothing in it", () =>
    on(({ as, open, sql }) =>
      Effect.gen(function* () {
        const [space] = yield* as(theirs, "SELECT id FROM aegis_space")
        const [line] = yield* as(theirs, "SELECT id FROM aegis_lineage")
        const [chunk] = yield* as(theirs, "SELECT id FROM aegis_chunk")
        const inserts = [
          "INSERT INTO aegis_space (name) VALUES ('x')",
          `INSERT INTO aegis_lineage (space, epoch, n, reborn, chain, thread, path) VALUES (${space?.id}, 0, 0, false, '', 'x', '')`,
          `INSERT INTO aegis_deleted (space, thread, at) VALUES (${space?.id}, 'x', 0)`,
          `INSERT INTO aegis_entry (at, lineage, n, kind, id, digest, chain) VALUES (0, ${line?.id}, 2, 0, 'x', '', '')`,
          `INSERT INTO aegis_chunk (space, size, deflated, hash, data) VALUES (${space?.id}, 0, false, 'x', '')`,
          `INSERT INTO aegis_holding (chunk, lineage) VALUES (${chunk?.id} + 1000, ${line?.id})`,
          `INSERT INTO aegis_named (space, lineage, n, name) SELECT id, ${line?.id}, 1, 'x' FROM aegis_space`,
          `INSERT INTO aegis_ref (lineage, n, kind, name) VALUES (${line?.id}, 1, 'tag', 'x')`
        ]
        for (const insert of inserts) {
          assert.strictEqual(yield* codeOfFailure(as("mine", insert)), "42501", insert)
          assert.strictEqual(
            yield* codeOfFailure(sql.unsafe(insert)).pipe(Effect.orElseSucceed(() => "nothing")),
            insert.includes("SELECT id") ? "nothing" : "42501",
            insert
          )
        }
        assert.strictEqual(
          yield* codeOfFailure(as("mine", `UPDATE aegis_lineage SET space = ${space?.id}`)),
          "42501"
        )
        for (const table of tables) {
          if (table !== "aegis_space") yield* Effect.ignore(as("mine", `DELETE FROM ${table} RETURNING 1`))
          assert.strictEqual((yield* as(theirs, `SELECT * FROM ${table}`)).length, 1, table)
        }
        const storage = yield* open(theirs)
        assert.strictEqual((yield* storage.find(lineage("thread"))).checkpoint?.id, "a")
      })
    )
  )

  it.live("leaves a program without the setting with a typed error", () =>
    on(({ sql }) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(RunStoragePg.make(sql, "mine"))
        assert.strictEqual(error.reason, "read-only")
      })
    )
  )
})
