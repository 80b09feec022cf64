/** The chunks that the parts of an entry are made of: their pages, and the nodes of the indexes above them. */
import * as Effect from "effect/Effect"
import type { StoreError } from "../../domain/StoreErrors.js"
import type { Part } from "../../runs/body.js"
import { readChunk } from "../../runs/chunk.js"
import { hashesIn } from "../../runs/segment.js"
import { keyOf, type Uses } from "../../runs/uses.js"
import type { RunStorage } from "../RunStorage.js"

/** Hashes that a part holds itself, with their height: 1 for pages, more for nodes. */
export const topOf = (
  parts: Iterable<Part>
): ReadonlyArray<{ readonly hash: Uint8Array; readonly height: number }> =>
  [...parts].flatMap(({ segment: { bytes, depth } }) =>
    depth === 0 ? [] : hashesIn(bytes).map((hash) => ({ hash, height: depth }))
  )

/** What the nodes of these hashes point to. A node that is missing or damaged points to nothing: verify tells of it. */
export const belowOf = (
  storage: RunStorage["Type"],
  nodes: ReadonlyArray<Uint8Array>
): Effect.Effect<ReadonlyArray<ReadonlyArray<Uint8Array>>, StoreError> =>
  nodes.length === 0
    ? Effect.succeed([])
    : Effect.map(storage.chunks(nodes), (chunks) =>
        chunks.map((chunk) => {
          const content = chunk && readChunk(chunk)
          return content === undefined ? [] : hashesIn(content)
        })
      )

/** The hashes of all chunks of these parts, each once. */
export const chunksOf = (
  storage: RunStorage["Type"],
  parts: Iterable<Part>
): Effect.Effect<ReadonlyArray<Uint8Array>, StoreError> =>
  Effect.gen(function* () {
    const found = new Map<string, Uint8Array>()
    let level = topOf(parts)
    while (level.length > 0) {
      const fresh = level.filter(({ hash }) => {
        const isNew = !found.has(keyOf(hash))
        found.set(keyOf(hash), hash)
        return isNew
      })
      const nodes = fresh.filter(({ height }) => height > 1)
      const below = yield* belowOf(
        storage,
        nodes.map(({ hash }) => hash)
      )
      level = nodes.flatMap(({ height }, at) =>
        (below[at] ?? []).map((hash) => ({ hash, height: height - 1 }))
      )
    }
    return [...found.values()]
  })

/** Counts the uses of these parts, and gives what they use themselves. */
export const use = (
  storage: RunStorage["Type"],
  uses: Uses,
  parts: Iterable<Part>
): Effect.Effect<ReadonlyArray<string>, StoreError> =>
  Effect.gen(function* () {
    const top = topOf(parts)
    const keys = top.map(({ hash }) => keyOf(hash))
    for (const key of keys) uses.add(key)
    for (let level = top; level.length > 0;) {
      const nodes = level.filter(({ hash, height }) => height > 1 && uses.isNew(keyOf(hash)))
      const below = yield* belowOf(
        storage,
        nodes.map(({ hash }) => hash)
      )
      for (const [at, { hash }] of nodes.entries()) uses.open(keyOf(hash), (below[at] ?? []).map(keyOf))
      level = nodes.flatMap(({ height }, at) =>
        (below[at] ?? []).map((hash) => ({ hash, height: height - 1 }))
      )
    }
    return keys
  })
