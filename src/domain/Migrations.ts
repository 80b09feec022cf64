/** The schemas of the databases: what was applied to them, and what is still to come. */
import * as Schema from "effect/Schema"

const Migration = Schema.Struct({ id: Schema.Int, name: Schema.String })

/** `newer` are migrations of a newer Aegis, which this one refuses to work with. */
const DatabaseSchema = Schema.Struct({
  database: Schema.Literal("cache", "runs"),
  location: Schema.String.annotations({ description: "the file, or the server without user and password" }),
  exists: Schema.Boolean.annotations({ description: "false for a file that is not there yet" }),
  applied: Schema.Array(Migration),
  missing: Schema.Array(Migration),
  newer: Schema.Array(Migration)
})

export const MigrationStatus = Schema.Struct({
  databases: Schema.Array(DatabaseSchema)
}).annotations({ identifier: "MigrationStatus" })
export interface MigrationStatus extends Schema.Schema.Type<typeof MigrationStatus> {}

/** What was applied just now, oldest first; nothing where a schema was up to date. */
export const MigrationReport = Schema.Struct({
  databases: Schema.Array(
    Schema.Struct({
      database: Schema.Literal("cache", "runs"),
      location: Schema.String,
      applied: Schema.Array(Migration),
      rowLevelSecurity: Schema.Boolean.annotations({ description: "Postgres: it was enabled just now" })
    })
  )
}).annotations({ identifier: "MigrationReport" })
export interface MigrationReport extends Schema.Schema.Type<typeof MigrationReport> {}
