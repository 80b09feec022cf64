/** The row of a scaffold, as it is read for every lookup. */
import type { ScaffoldRow } from "../../src/services/ScaffoldStorage.js"

/** What a `ScaffoldRow` is made of. The digest is text: a BLOB would be a Buffer first. */
export const columns = "version, prices, tokens, cost, meta, lower(hex(digest)) AS digest"

export type ScaffoldColumns = readonly [
  version: ScaffoldRow["version"],
  prices: ScaffoldRow["prices"],
  tokens: ScaffoldRow["tokens"],
  cost: ScaffoldRow["cost"],
  meta: ScaffoldRow["meta"],
  digest: ScaffoldRow["digest"]
]

/** The row of a namespace and a key. */
export const selectScaffold = `SELECT ${columns} FROM entry WHERE namespace = ? AND hash = ?`

export const toRow = ([version, prices, tokens, cost, meta, digest]: ScaffoldColumns): ScaffoldRow => ({
  version,
  prices,
  tokens,
  cost,
  meta,
  digest
})
