/** Rows of entries as both databases give them. */
import type { Entry } from "../../src/services/RunStorage.js"
import { unpackName } from "../../src/runs/packed.js"

export interface EntryRow {
  readonly n: number
  readonly kind: number
  readonly id: Uint8Array
  readonly parent: Uint8Array | null
  readonly at: number | string
  readonly gone: number | boolean
  readonly meta: Uint8Array | null
  readonly body: Uint8Array | null
  readonly digest: Uint8Array
  readonly chain: Uint8Array
}

export const toEntry = (row: EntryRow): Entry => ({
  n: row.n,
  kind: row.kind,
  id: unpackName(row.id),
  parent: row.parent === null ? undefined : unpackName(row.parent),
  at: Number(row.at),
  gone: Boolean(row.gone),
  payload: row.meta === null || row.body === null ? undefined : { meta: row.meta, body: row.body },
  digest: row.digest,
  chain: row.chain
})
