/**
 * Tokens in a table of SQLite or Postgres, with the columns name, type (may be NULL) and value. Only
 * read.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { TokensUnreadable } from "../../../../src/domain/ComplianceErrors.js"
import type { StoreOpenError } from "../../../../src/domain/StoreErrors.js"
import type { Token } from "../../../../src/services/TokenSources.js"
import * as PgClient from "../../../storage/PgClient.js"
import * as SqliteClient from "../../../storage/SqliteClient.js"

const Rows = Schema.Array(
  Schema.Struct({ name: Schema.String, type: Schema.NullOr(Schema.String), value: Schema.String })
)

const isTable = (name: string): boolean => /^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$/.test(name)

/** `FILE?table=tokens`, the file from `root`. */
export const readSqlite = (
  filename: string,
  table: string,
  source: string
): Effect.Effect<ReadonlyArray<Token>, TokensUnreadable> =>
  readFrom(SqliteClient.make({ filename, readonly: true, synchronous: "NORMAL" }), table, source)

/** The URL of a server; `table` is taken out of its parameters. */
export const readPostgres = (
  url: Redacted.Redacted,
  table: string
): Effect.Effect<ReadonlyArray<Token>, TokensUnreadable> =>
  readFrom(
    PgClient.make({ url, maxConnections: 1, statementTimeout: "10 seconds" }),
    table,
    `postgres://${PgClient.locationOf(url)}`
  )

const readFrom = (
  client: Effect.Effect<SqlClient.SqlClient, StoreOpenError, Scope.Scope | Reactivity.Reactivity>,
  table: string,
  source: string
): Effect.Effect<ReadonlyArray<Token>, TokensUnreadable> =>
  Effect.gen(function* () {
    const refuse = (problem: string, fix: string): TokensUnreadable =>
      new TokensUnreadable({ source, problem, fix })
    if (!isTable(table)) return yield* refuse("the table has no proper name", "Write ?table=tokens.")
    const sql = yield* Effect.mapError(client, ({ hint }) => refuse("it cannot be opened", hint))
    const columns = "Give it the columns name, type and value, all of them text."
    const rows = yield* Effect.mapError(
      sql`SELECT name, type, value FROM ${sql(table)} ORDER BY name, value`,
      () => refuse(`the table ${table} cannot be read`, columns)
    )
    const decoded = yield* Effect.mapError(Schema.decodeUnknown(Rows)(rows), () =>
      refuse(`the table ${table} holds something else than text`, columns)
    )
    return decoded.map(({ name, type, value }): Token => ({
      name,
      ...(type === null ? {} : { type }),
      value
    }))
  }).pipe(Effect.scoped, Effect.provide(Reactivity.layer))
