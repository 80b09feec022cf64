/**
 * The lines of an exported run: JSON, one object a line. A header, then for each lineage a line with its path, its entries in
 * order, each after the chunks that it is the first to need, and its names; at the end the heads, and how many there were.
 */
import * as Schema from "effect/Schema"

const Count = Schema.Int.pipe(Schema.nonNegative())
const Hex = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))

export const Header = Schema.Struct({
  aegis: Schema.Literal("run"),
  version: Schema.Literal(1),
  namespace: Schema.String,
  thread: Schema.String,
  lineages: Schema.Array(Schema.String)
})
export type Header = typeof Header.Type

export const PathLine = Schema.Struct({ path: Schema.String })

export const ChunkLine = Schema.Struct({
  chunk: Hex,
  size: Count,
  deflated: Schema.Boolean,
  data: Schema.Uint8ArrayFromBase64
})

/** `meta` and `body` are left out where they were removed. */
export const EntryLine = Schema.Struct({
  n: Schema.Int.pipe(Schema.positive()),
  kind: Schema.Int.pipe(Schema.between(0, 255)),
  id: Schema.String,
  parent: Schema.optional(Schema.String),
  at: Count,
  gone: Schema.optional(Schema.Literal(true)),
  digest: Hex,
  chain: Hex,
  meta: Schema.optional(Schema.Uint8ArrayFromBase64),
  body: Schema.optional(Schema.Uint8ArrayFromBase64),
  names: Schema.optional(Schema.Array(Schema.String))
})
export type EntryLine = typeof EntryLine.Type

export const RefsLine = Schema.Struct({
  refs: Schema.Array(
    Schema.Struct({ kind: Schema.Literal("branch", "tag", "name"), name: Schema.String, n: Count })
  )
})

export const EndLine = Schema.Struct({
  end: Schema.Struct({
    heads: Schema.Array(Schema.Struct({ path: Schema.String, n: Count, chain: Hex })),
    entries: Count,
    chunks: Count,
    /** SHA-256 of all lines before this one, each with its line break: names are not in the chain. */
    digest: Hex
  })
})

export type End = (typeof EndLine.Type)["end"]

/** Any line but the header. */
export const Line = Schema.Union(EntryLine, ChunkLine, PathLine, RefsLine, EndLine)
export type Line = typeof Line.Type
