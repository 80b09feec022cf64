/**
 * What the cache holds under a key: memory over storage. Owns: whether what is there may be used, and what takes its place
 * when it may not. Does not own: computing it, or telling a caller.
 */
import * as Effect from "effect/Effect"
import type { Hash } from "../domain/Hash.js"
import type { Warning } from "../domain/ResolvedScaffold.js"
import { StoreError } from "../domain/StoreErrors.js"
import type { Compiled } from "../prompt/compile.js"
import type { Tier } from "../telemetry/cacheSpan.js"
import { ByteLru } from "./ByteLru.js"
import type { PriceList } from "./PriceList.js"
import type { ScaffoldStorage } from "./ScaffoldStorage.js"
import { isCurrent, isOlder, problemOf, type Stored, toRow, unsafeRead } from "./storedScaffold.js"

/** A stored scaffold, or nothing that can be used, and why. */
export type Found = Hit | Absent

interface Hit {
  readonly _tag: "Hit"
  readonly stored: Stored
  readonly tier: Tier
}

interface Absent {
  readonly _tag: "Absent"
  readonly warnings: ReadonlyArray<Warning>
  /** What is wrong with the row that is there. */
  readonly corrupt?: string
  /** The row that is there is sound, but of another time: what is made anew takes its place. */
  readonly obsolete?: "version" | "prices"
}

export const absent: Absent = { _tag: "Absent", warnings: [] }

/** Whether what was found answers a call. A strict one must not be answered by a request that left a parameter out. */
export const usable = (found: Found, strict: boolean): found is Hit =>
  found._tag === "Hit" &&
  !(strict && found.stored.details.warnings.some((warning) => warning.code === "parameter-dropped"))

export const makeShelf = (options: {
  readonly storage: ScaffoldStorage["Type"]
  readonly prices: PriceList["Type"]
  readonly memoryBytes: number
}): {
  /** Looks a key up. A fault of the storage or a corrupt row is an absence with a warning, never a hit. */
  readonly find: (namespace: string, hash: Hash) => Found
  /** Keeps what was made in place of what was found. True when it is time for a rotation. */
  readonly keep: (
    namespace: string,
    compiled: Compiled,
    stored: Stored,
    now: number,
    found: Found
  ) => Effect.Effect<boolean, StoreError>
  readonly forget: () => void
  readonly memory: () => { readonly entries: number; readonly bytes: number; readonly maxBytes: number }
} => {
  const { prices, storage } = options
  const memory = new ByteLru<Stored>(options.memoryBytes)
  const keyOf = (namespace: string, hash: Hash): string => `${namespace}\n${hash}`

  return {
    find: (namespace, hash) => {
      const key = keyOf(namespace, hash)
      const known = memory.get(key)
      if (known !== undefined) return { _tag: "Hit", stored: known, tier: "memory" }
      const row = storage.unsafeGet(namespace, hash)
      if (row === undefined) return absent
      if (row instanceof StoreError) {
        return { ...absent, warnings: [{ code: "cache-fault", message: row.message }] }
      }
      const problem = problemOf(namespace, hash, row)
      if (problem !== undefined) {
        const { message } = problem
        return { ...absent, corrupt: message, warnings: [{ code: "corrupt-row", message }] }
      }
      if (!isCurrent(row)) return isOlder(row) ? { ...absent, obsolete: "version" } : absent
      const stored = unsafeRead(row)
      if (stored.prices !== prices.version) return { ...absent, obsolete: "prices" }
      memory.set(key, stored, row.meta.length * 2)
      return { _tag: "Hit", stored, tier: "disk" }
    },

    keep: Effect.fnUntraced(function* (namespace, compiled, stored, now, found) {
      const { hash } = compiled
      if (found._tag === "Absent" && found.corrupt !== undefined) {
        yield* storage.quarantine(namespace, hash, found.corrupt)
      }
      const row = toRow(namespace, compiled, stored)
      const { model, provider } = compiled.parameters
      const write = found._tag === "Absent" && found.obsolete !== undefined ? storage.replace : storage.put
      const { blocks } = compiled
      const rotationDue = yield* write({ ...row, namespace, hash, provider, model, createdAt: now, blocks })
      memory.set(keyOf(namespace, hash), stored, row.meta.length * 2)
      return rotationDue
    }),

    forget: () => memory.clear(),
    memory: () => ({ entries: memory.size, bytes: memory.bytes, maxBytes: memory.maxBytes })
  }
}
