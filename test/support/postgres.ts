/**
 * Postgres for tests. Importing this module starts the server of the run (see globalSetup.ts), so only the files that
 * need one import it.
 *
 * ```ts
 * describe.skipIf(pgUrl === undefined)("on Postgres", () => {
 *   layer(TempPg)("contract", (it) => { … })
 * })
 * ```
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { Client } from "pg"
import { inject } from "vitest"
import * as PgClient from "../../layers/storage/PgClient.js"
import { askControl } from "./control.js"

const answer = await askControl(inject("postgresControl"))

if (answer.status !== 200 && process.env.CI === "true") {
  throw new Error(`Postgres is missing, and CI must not skip its tests: ${answer.text}`)
}

/** An administrator's URL, or nothing where no Postgres can be had; globalSetup has then printed the reason. */
export const pgUrl: string | undefined = answer.status === 200 ? answer.text : undefined

/** Runs statements as administrator, each on its own. */
export const administer = (...statements: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.acquireUseRelease(
    Effect.promise(async () => {
      const client = new Client({ connectionString: pgUrl })
      await client.connect()
      return client
    }),
    (client) =>
      Effect.promise(async () => {
        for (const statement of statements) await client.query(statement)
      }),
    (client) => Effect.promise(() => client.end())
  )

/** The URL of a new, empty database, dropped with the scope even if somebody is still connected. */
export const tempDatabase: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.suspend(() => {
    const name = `aegis_${randomUUID().replaceAll("-", "")}`
    return Effect.as(administer(`CREATE DATABASE ${name}`), name)
  }),
  (name) => administer(`DROP DATABASE ${name} WITH (FORCE)`)
).pipe(
  Effect.map((name) => {
    const url = new URL(pgUrl ?? "postgres://missing")
    url.pathname = `/${name}`
    return url.href
  })
)

/** Our Postgres client on a database of its own. */
export const TempPg: Layer.Layer<SqlClient.SqlClient> = Layer.unwrapScoped(
  Effect.map(tempDatabase, (url) => Layer.orDie(PgClient.layer({ url: Redacted.make(url) })))
)
