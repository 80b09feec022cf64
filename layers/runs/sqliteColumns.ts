/** The columns of an entry on SQLite, in the order in which they are asked for. */
import type { Entry } from "../../src/services/RunStorage.js"
import { toEntry } from "./entryRow.js"
import { span } from "./places.js"

export const columns = `place % ${span}, kind, id, parent, at, gone, meta, body, digest, chain`

export type Columns = readonly [
  n: number,
  kind: number,
  id: Uint8Array,
  parent: Uint8Array | null,
  at: number,
  gone: number,
  meta: Uint8Array | null,
  body: Uint8Array | null,
  digest: Uint8Array,
  chain: Uint8Array
]

export const entryOf = ([n, kind, id, parent, at, gone, meta, body, digest, chain]: Columns): Entry =>
  toEntry({ n, kind, id, parent, at, gone, meta, body, digest, chain })
