/**
 * The newest entries by namespace, provider and model, remembered for as long as no other process has written: each miss
 * is compared with them, and reading them again would take as long as writing the entry.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Hash } from "../../src/domain/Hash.js"
import type { StoreError } from "../../src/domain/StoreErrors.js"
import type { NewScaffold, RecentScaffold } from "../../src/services/ScaffoldStorage.js"
import type { HotReader } from "../storage/HotReader.js"
import { toColumn, toMillis } from "./digests.js"

/** How many are remembered of each; who asks for more is answered by the database. */
const depth = 8
/** Namespaces, providers and models that are remembered; when there are more, all are read again. */
const capacity = 256

/** What stands in the columns of a sound file; a damaged one may hold anything. */
type Row = readonly [hash: Hash, header: unknown, createdAt: unknown]

export interface RecentEntries {
  readonly get: (
    namespace: string,
    provider: string,
    model: string,
    limit: number
  ) => Either.Either<ReadonlyArray<RecentScaffold>, StoreError>
  /** Takes in an entry that was just added. */
  readonly add: (scaffold: NewScaffold) => void
  /** Entries went: what is remembered may be among them. */
  readonly forget: () => void
}

export const make = (reader: HotReader): Effect.Effect<RecentEntries, StoreError> =>
  Effect.gen(function* () {
    const read = yield* reader.prepareAll<Row>(
      `SELECT lower(hex(hash)), header, created_at FROM entry
      WHERE namespace = ? AND provider = ? AND model = ? ORDER BY id DESC LIMIT ?`
    )
    const known = new Map<string, ReadonlyArray<RecentScaffold>>()
    let seen = reader.writesOfOthers()

    const keyOf = (namespace: string, provider: string, model: string): string =>
      JSON.stringify([namespace, provider, model])

    const refresh = (): void => {
      const now = reader.writesOfOthers()
      if (now === seen) return
      seen = now
      known.clear()
    }

    return {
      get: (namespace, provider, model, limit) => {
        refresh()
        const key = keyOf(namespace, provider, model)
        const remembered = limit > depth ? undefined : known.get(key)
        if (remembered !== undefined) return Either.right(remembered.slice(0, limit))
        const rows = read(toColumn(namespace), provider, model, Math.max(limit, depth))
        return Either.map(rows, (found) => {
          const recent = found.map(([hash, header, createdAt]) => ({
            hash,
            header: String(header),
            createdAt: toMillis(createdAt)
          }))
          if (known.size >= capacity) known.clear()
          known.set(key, recent.slice(0, depth))
          return recent.slice(0, limit)
        })
      },
      add: ({ createdAt, hash, header, model, namespace, provider }) => {
        const key = keyOf(namespace, provider, model)
        const before = known.get(key)
        // who read in between has it already
        if (before === undefined || before.some((each) => each.hash === hash)) return
        known.set(key, [{ hash, header, createdAt }, ...before].slice(0, depth))
      },
      forget: () => known.clear()
    }
  })
