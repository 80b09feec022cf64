/**
 * What can go wrong between a store and its database. A caller branches on the tag, an operator reads the message;
 * the driver's own error stays in `cause`.
 */
import * as Schema from "effect/Schema"

/** The database could not be opened: the file, its folder or the server is not what it should be. Exit code 5. */
export class StoreOpenError extends Schema.TaggedError<StoreOpenError>("aegis/StoreOpenError")(
  "StoreOpenError",
  {
    location: Schema.String,
    reason: Schema.Literal(
      "not-found",
      "permission",
      "read-only",
      "not-a-database",
      "corrupt",
      "is-a-directory",
      "native-module",
      "unreachable",
      "busy",
      "io",
      "unknown"
    ),
    hint: Schema.String,
    cause: Schema.optional(Schema.Defect)
  }
) {
  override get message(): string {
    return `Cannot open the store at ${this.location} (${this.reason}). ${this.hint}`
  }
}

/** A statement or transaction failed after the database was open. `reason` says whether trying again can help. */
export class StoreError extends Schema.TaggedError<StoreError>("aegis/StoreError")("StoreError", {
  operation: Schema.String,
  reason: Schema.Literal(
    "busy",
    "full",
    "read-only",
    "io",
    "corrupt",
    "constraint",
    "connection",
    "serialization",
    "transaction",
    "unknown"
  ),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message(): string {
    return `Store operation "${this.operation}" failed (${this.reason}). ${remedies[this.reason]}`
  }
}

const remedies = {
  busy: "Another process held the database for longer than the timeout; try again.",
  full: "The disk is full: free some space or run `aegis cache prune`, or `aegis checkpoint prune` for runs.",
  "read-only": "The database cannot be written: check the permissions of its file and folder.",
  io: "The disk reported an error: check it, then run `aegis cache verify` and `aegis checkpoint verify`.",
  corrupt:
    "The file is damaged: run `aegis doctor` to see which. Delete the cache, it will be rebuilt; restore a run store from a backup.",
  constraint: "A row contradicts another one: this is a fault in Aegis, please report it.",
  connection: "The connection to the server was lost; try again.",
  serialization: "The server refused concurrent transactions; try again.",
  transaction: "Its transaction had already ended: this is a fault in Aegis, please report it.",
  unknown: "Run `aegis doctor` to check the installation."
} as const

/** The database, or a row of it, was written by a newer Aegis than this one. */
export class SchemaTooNew extends Schema.TaggedError<SchemaTooNew>("aegis/SchemaTooNew")("SchemaTooNew", {
  what: Schema.String,
  found: Schema.Number,
  supported: Schema.Number
}) {
  override get message(): string {
    return `${this.what} has version ${this.found}; this Aegis reads up to ${this.supported}. Install an aegis-prompt-cache that supports version ${this.found}.`
  }
}

/** The migrations did not leave the schema that this version needs. */
export class MigrationFailed extends Schema.TaggedError<MigrationFailed>("aegis/MigrationFailed")(
  "MigrationFailed",
  {
    ledger: Schema.String,
    missing: Schema.Array(Schema.String),
    cause: Schema.optional(Schema.Defect)
  }
) {
  override get message(): string {
    const missing = this.missing.length === 0 ? "" : ` Missing: ${this.missing.join(", ")}.`
    return `Migrating ${this.ledger} failed.${missing} Nothing was changed; check that the database can be written, then try again.`
  }
}

/** A stored row is not what was written: its digest does not match. It is never served. */
export class IntegrityError extends Schema.TaggedError<IntegrityError>("aegis/IntegrityError")(
  "IntegrityError",
  {
    what: Schema.String,
    expected: Schema.String,
    found: Schema.String
  }
) {
  override get message(): string {
    return `${this.what} was altered on disk: expected digest ${this.expected}, found ${this.found}. Run \`aegis cache verify\`.`
  }
}
