/** ScaffoldStorage in memory: the reference that the contract suite trusts first, and the storage of tests. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { CorruptRow, PrunePolicy } from "../domain/CacheReports.js"
import type { Hash } from "../domain/Hash.js"
import type { Outcome } from "../domain/Outcome.js"
import { type NewScaffold, rotateEvery, ScaffoldStorage } from "./ScaffoldStorage.js"

interface Entry extends NewScaffold {
  usedAt: number
}

export const makeMemory = (): ScaffoldStorage["Type"] => {
  /** In the order in which they were put. */
  const entries = new Map<string, Entry>()
  const blocks = new Map<Hash, string>()
  const lookups = new Map<string, Map<Outcome, number>>()
  let quarantined = 0
  let puts = 0

  const keyOf = (namespace: string, hash: Hash): string => `${namespace}\n${hash}`
  const bytesOf = (hashes: Iterable<Hash>): number =>
    [...hashes].reduce((sum, hash) => sum + Buffer.byteLength(blocks.get(hash) ?? ""), 0)
  const referred = (kept: Iterable<Entry>): Set<Hash> =>
    new Set([...kept].flatMap((entry) => entry.blocks.map((block) => block.hash)))
  const collect = (): void => {
    const alive = referred(entries.values())
    for (const hash of [...blocks.keys()]) if (!alive.has(hash)) blocks.delete(hash)
  }

  const put = (scaffold: NewScaffold): boolean => {
    const key = keyOf(scaffold.namespace, scaffold.hash)
    if (entries.has(key)) return false
    entries.set(key, { ...scaffold, usedAt: scaffold.createdAt })
    for (const { content, hash } of scaffold.blocks) blocks.set(hash, content)
    return ++puts % rotateEvery === 0
  }

  /** The entries that the policy lets stay, most recently used first. */
  const keep = (policy: PrunePolicy, now: number): ReadonlyArray<Entry> => {
    const newestFirst = [...entries.values()].reverse().toSorted((a, b) => b.usedAt - a.usedAt)
    const kept: Array<Entry> = []
    for (const entry of newestFirst) {
      const tooOld = policy.maxAgeMs !== undefined && entry.usedAt < now - policy.maxAgeMs
      const tooMany = policy.maxEntries !== undefined && kept.length >= policy.maxEntries
      const tooBig = policy.maxBytes !== undefined && bytesOf(referred([...kept, entry])) > policy.maxBytes
      if (tooOld || tooMany || tooBig) break
      kept.push(entry)
    }
    return kept
  }

  return ScaffoldStorage.of({
    unsafeGet: (namespace, hash) => entries.get(keyOf(namespace, hash)),
    unsafeNote: (namespace, hash, outcome, at) => {
      const counts = lookups.get(namespace) ?? new Map<Outcome, number>()
      lookups.set(namespace, counts.set(outcome, (counts.get(outcome) ?? 0) + 1))
      const entry = entries.get(keyOf(namespace, hash))
      if (entry !== undefined) entry.usedAt = Math.max(entry.usedAt, at)
    },
    put: (scaffold) => Effect.sync(() => put(scaffold)),
    replace: (scaffold) =>
      Effect.sync(() => {
        entries.delete(keyOf(scaffold.namespace, scaffold.hash))
        return put(scaffold)
      }),
    get: (namespace, hash) => Effect.sync(() => Option.fromNullable(entries.get(keyOf(namespace, hash)))),
    contents: (hashes) =>
      Effect.sync(() => {
        const asked = new Set(hashes)
        return new Map([...blocks].filter(([hash]) => asked.has(hash)))
      }),
    recent: (namespace, provider, model, limit) =>
      Effect.sync(() =>
        [...entries.values()]
          .filter(
            (entry) => entry.namespace === namespace && entry.provider === provider && entry.model === model
          )
          .reverse()
          .slice(0, limit)
      ),
    quarantine: (namespace, hash) =>
      Effect.sync(() => {
        if (entries.delete(keyOf(namespace, hash))) quarantined++
      }),
    invalidate: (namespace, what) =>
      Effect.sync(() => {
        const gone = [...entries].filter(
          ([, entry]) => entry.namespace === namespace && (what === "all" || entry.hash === what)
        )
        for (const [key] of gone) entries.delete(key)
        collect()
        return gone.length
      }),
    stats: (namespace) =>
      Effect.sync(() => {
        const own = [...entries.values()].filter((entry) => entry.namespace === namespace)
        const hashes = referred(own)
        const times = own.map((entry) => entry.createdAt).toSorted((a, b) => a - b)
        const iso = (at: number): string => new Date(at).toISOString()
        const [oldest, newest] = [times[0], times.at(-1)]
        const counts = lookups.get(namespace)
        return {
          entries: own.length,
          blocks: hashes.size,
          contentBytes: bytesOf(hashes),
          fileBytes: 0,
          quarantined,
          ...(oldest === undefined ? {} : { oldest: iso(oldest) }),
          ...(newest === undefined ? {} : { newest: iso(newest) }),
          lookups: { hit: 0, miss: 0, follower: 0, replay: 0, bypass: 0, ...Object.fromEntries(counts ?? []) }
        }
      }),
    verify: (check) =>
      Effect.sync(() => {
        const corrupt: Array<CorruptRow> = []
        const checked = { entries: entries.size, blocks: blocks.size }
        for (const [hash, content] of [...blocks]) {
          const problem = check.block(hash, content)
          if (problem === undefined) continue
          corrupt.push({ kind: "block", key: hash, problem })
          blocks.delete(hash)
        }
        for (const [key, entry] of [...entries]) {
          const absent = entry.blocks.filter((block) => !blocks.has(block.hash)).length
          const problem =
            check.row(entry.namespace, entry.hash, entry) ??
            (absent === 0 ? undefined : `${absent} of its blocks are missing.`)
          if (problem === undefined) continue
          corrupt.push({ kind: "entry", key: entry.hash, problem })
          entries.delete(key)
        }
        quarantined += corrupt.length
        return { ok: corrupt.length === 0, ...checked, corrupt, database: "ok" as const }
      }),
    exceeds: (policy, now) => Effect.sync(() => keep(policy, now).length < entries.size),
    prune: (policy, now, dryRun) =>
      Effect.sync(() => {
        const kept = keep(policy, now)
        const before = { entries: entries.size, blocks: blocks.size, contentBytes: bytesOf(blocks.keys()) }
        const alive = referred(kept)
        const contentBytes = bytesOf(alive)
        if (!dryRun) {
          const stays = new Set(kept)
          for (const [key, entry] of [...entries]) if (!stays.has(entry)) entries.delete(key)
          collect()
        }
        return {
          dryRun,
          entries: before.entries - kept.length,
          blocks: before.blocks - alive.size,
          bytes: before.contentBytes - contentBytes,
          remaining: { entries: kept.length, contentBytes }
        }
      }),
    flush: Effect.void
  })
}

export const layerMemory: Layer.Layer<ScaffoldStorage> = Layer.sync(ScaffoldStorage, makeMemory)
