/**
 * What one connection knows of the lineages of a namespace: what it read or wrote itself, which holds for as long as no other
 * connection has written. SQLite tells that by its `data_version`.
 */
import type { Head } from "../../src/runs/chain.js"
import { lineageKey } from "../../src/runs/entry.js"
import type { Entry, Found, Lineage } from "../../src/services/RunStorage.js"
import { ByteLru } from "../../src/services/ByteLru.js"

export interface Standing {
  readonly id: number
  readonly epoch: number
  readonly reborn: boolean
  readonly head: Head | undefined
  /** The newest checkpoint with what belongs to it. */
  readonly newest: Found | undefined
}

export interface Known {
  /** Takes the connection's `data_version`: when it is another one, all that was known is forgotten. */
  readonly check: (version: number | undefined) => void
  readonly get: (lineage: Lineage) => Standing | undefined
  readonly set: (lineage: Lineage, standing: Standing) => void
  readonly entry: (place: number) => Entry | undefined
  readonly learn: (place: number, entry: Entry) => void
  readonly forget: (lineage: Lineage) => void
  readonly clear: () => void
}

const lineageBytes = 16 * 1024 * 1024
const entryBytes = 16 * 1024 * 1024

const overhead = 512
const weightOf = ({ payload }: Entry): number =>
  overhead + (payload === undefined ? 0 : payload.meta.length + payload.body.length)
const weightOfStanding = ({ newest }: Standing): number =>
  [newest?.checkpoint, ...(newest?.writes ?? [])].reduce(
    (sum, entry) => sum + (entry === undefined ? 0 : weightOf(entry)),
    overhead
  )

const make = (): Known => {
  const lineages = new ByteLru<Standing>(lineageBytes)
  const entries = new ByteLru<Entry, number>(entryBytes)
  let seen: number | undefined
  const clear = (): void => {
    lineages.clear()
    entries.clear()
  }
  return {
    check: (version) => {
      if (version === seen) return
      seen = version
      clear()
    },
    get: (lineage) => lineages.get(lineageKey(lineage)),
    set: (lineage, standing) => lineages.set(lineageKey(lineage), standing, weightOfStanding(standing)),
    entry: (place) => entries.get(place),
    learn: (place, entry) => entries.set(place, entry, weightOf(entry)),
    forget: (lineage) => lineages.delete(lineageKey(lineage)),
    clear
  }
}

const byConnection = new WeakMap<object, Map<number, Known>>()

/** Whoever opens a namespace again over the same connection shares what is known: nobody writes without the others knowing. */
export const knownOf = (connection: object, space: number): Known => {
  const spaces = byConnection.get(connection) ?? new Map<number, Known>()
  byConnection.set(connection, spaces)
  const known = spaces.get(space) ?? make()
  spaces.set(space, known)
  return known
}
