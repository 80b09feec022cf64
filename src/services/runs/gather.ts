/** The chunks of an entry with their contents, for another lineage to hold. */
import * as Effect from "effect/Effect"
import type { Part } from "../../runs/body.js"
import { type Chunk, readChunk } from "../../runs/chunk.js"
import { hashesIn } from "../../runs/segment.js"
import { keyOf } from "../../runs/uses.js"
import { topOf } from "./chunksOf.js"

/**
 * Chunks that are not in `seen` yet, a node of an index after what it points to. Those are added to it. One that is missing or
 * is not what its hash says goes to `lost`.
 */
export const gather = <E, E2>(
  fetch: (hashes: ReadonlyArray<Uint8Array>) => Effect.Effect<ReadonlyArray<Chunk | undefined>, E>,
  parts: Iterable<Part>,
  seen: Set<string>,
  lost: (hash: Uint8Array) => Effect.Effect<never, E2>
): Effect.Effect<ReadonlyArray<Chunk>, E | E2> =>
  Effect.gen(function* () {
    const levels: Array<ReadonlyArray<Chunk>> = []
    for (let level = topOf(parts); level.length > 0;) {
      const fresh = level.filter(({ hash }) => {
        const isNew = !seen.has(keyOf(hash))
        seen.add(keyOf(hash))
        return isNew
      })
      const found: Array<Chunk> = []
      const below: Array<{ readonly hash: Uint8Array; readonly height: number }> = []
      const chunks = fresh.length === 0 ? [] : yield* fetch(fresh.map(({ hash }) => hash))
      for (const [at, { hash, height }] of fresh.entries()) {
        const chunk = chunks[at]
        const content = chunk && readChunk(chunk)
        if (chunk === undefined || content === undefined) return yield* lost(hash)
        found.push(chunk)
        if (height > 1) below.push(...hashesIn(content).map((each) => ({ hash: each, height: height - 1 })))
      }
      levels.push(found)
      level = below
    }
    return levels.reverse().flat()
  })
