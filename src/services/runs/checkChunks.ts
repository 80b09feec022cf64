/** Whether chunks are there and are what their hashes say, each looked at once. */
import * as Effect from "effect/Effect"
import type { StoreError } from "../../domain/StoreErrors.js"
import { type Chunk, readChunk } from "../../runs/chunk.js"
import { hashesIn } from "../../runs/segment.js"
import { keyOf } from "../../runs/uses.js"
import type { RunStorage } from "../RunStorage.js"

interface Wanted {
  readonly hash: Uint8Array
  readonly height: number
}

/** Chunks that are remembered; when there are more, all are looked at again. */
const capacity = 200_000
/** Chunks read at a time: up to 16 KB each. */
const page = 64

export interface ChunkCheck {
  /** What is wrong with a chunk or with what it points to, if anything. */
  readonly problemOf: (hash: Uint8Array) => string | undefined
  readonly look: (wanted: ReadonlyArray<Wanted>) => Effect.Effect<void, StoreError>
  /** Every chunk of the namespace, whether anything refers to it or not. The number of them. */
  readonly all: (tell: (hash: Uint8Array, what: string) => void) => Effect.Effect<number, StoreError>
}

const problemOf = (chunk: Chunk | undefined): string | undefined => {
  if (chunk === undefined) return "is missing"
  return readChunk(chunk) === undefined ? "is not what its hash and its size say" : undefined
}

export const makeChunkCheck = (storage: RunStorage["Type"], pause: Effect.Effect<void>): ChunkCheck => {
  const checked = new Map<string, string | undefined>()
  const remember = (hash: Uint8Array, problem: string | undefined): void => {
    checked.set(keyOf(hash), problem)
  }
  const nameOf = (hash: Uint8Array): string => `chunk ${Buffer.from(hash).toString("hex")}`

  const look = (wanted: ReadonlyArray<Wanted>): Effect.Effect<void, StoreError> =>
    Effect.gen(function* () {
      if (checked.size > capacity) checked.clear()
      const fresh = [
        ...new Map(
          wanted
            .filter(({ hash }) => !checked.has(keyOf(hash)))
            .map((each) => [keyOf(each.hash), each] as const)
        ).values()
      ]
      for (let from = 0; from < fresh.length; from += page) {
        const some = fresh.slice(from, from + page)
        const chunks = yield* storage.chunks(some.map(({ hash }) => hash))
        const nodes: Array<readonly [hash: Uint8Array, below: ReadonlyArray<Uint8Array>]> = []
        const under: Array<Wanted> = []
        for (const [at, { hash, height }] of some.entries()) {
          const chunk = chunks[at]
          const problem = problemOf(chunk)
          remember(hash, problem && `${nameOf(hash)} ${problem}`)
          const content = height > 1 && problem === undefined ? chunk && readChunk(chunk) : undefined
          if (content === undefined) continue
          const below = hashesIn(content)
          nodes.push([hash, below])
          under.push(...below.map((each) => ({ hash: each, height: height - 1 })))
        }
        if (under.length > 0) yield* look(under)
        for (const [hash, below] of nodes) {
          const broken = below
            .map((each) => checked.get(keyOf(each)))
            .find((problem) => problem !== undefined)
          if (broken !== undefined) remember(hash, broken)
        }
        yield* pause
      }
    })

  return {
    problemOf: (hash) => checked.get(keyOf(hash)),
    look,
    all: (tell) =>
      Effect.gen(function* () {
        let count = 0
        for (let after: Uint8Array | undefined; ;) {
          const chunks: ReadonlyArray<Chunk> = yield* storage.chunksAfter(after, page)
          for (const chunk of chunks) {
            const problem = problemOf(chunk)
            if (problem !== undefined) tell(chunk.hash, problem)
          }
          count += chunks.length
          const last = chunks.at(-1)
          if (last === undefined || chunks.length < page) return count
          after = last.hash
          yield* pause
        }
      })
  }
}
