/** How two files differ: as programs, as JSON, or as texts. */
import * as Schema from "effect/Schema"
import { ASTDiff } from "./AstDiff.js"
import { Change } from "./Change.js"

const Line = Schema.Int.pipe(Schema.positive())

/** As what files are compared. */
export const DiffKind = Schema.Literal("typescript", "json", "text").annotations({ identifier: "DiffKind" })
export type DiffKind = typeof DiffKind.Type

/** Lines of the one that stand in the place of lines of the other; either may be none. Lines count from 1. */
export const Hunk = Schema.Struct({
  originalLine: Line.annotations({
    description: "of the first line, or of the one behind where there is none"
  }),
  modifiedLine: Line,
  original: Schema.Array(Schema.String),
  modified: Schema.Array(Schema.String)
}).annotations({ identifier: "Hunk" })
export interface Hunk extends Schema.Schema.Type<typeof Hunk> {}

const sides = { original: Schema.String, modified: Schema.String }

export const FileDiff = Schema.Union(
  Schema.Struct({ kind: Schema.Literal("typescript"), ...sides, identical: Schema.Boolean, ast: ASTDiff }),
  Schema.Struct({
    kind: Schema.Literal("json"),
    ...sides,
    identical: Schema.Boolean,
    changes: Schema.Array(Change)
  }),
  Schema.Struct({
    kind: Schema.Literal("text"),
    ...sides,
    identical: Schema.Boolean,
    hunks: Schema.Array(Hunk)
  })
).annotations({ identifier: "FileDiff" })
export type FileDiff = typeof FileDiff.Type
