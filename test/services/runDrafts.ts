/** Drafts, and what a log of them has to be. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { genesis, link, payloadDigest } from "../../src/runs/chain.js"
import { type Chunk, makeChunk } from "../../src/runs/chunk.js"
import { type Draft, type Entry, kinds, type Lineage } from "../../src/runs/entry.js"
import { packName } from "../../src/runs/packed.js"
import type { Storage } from "./runStorages.js"

/** A UUID in the order of its number. */
export const uuid = (n: number): string => `1f0c0de0-0000-6000-8000-${n.toString(16).padStart(12, "0")}`

export const draftOf = (id: string, rest: Partial<Draft> = {}): Draft => ({
  kind: kinds.checkpoint,
  id,
  parent: undefined,
  at: 1_700_000_000_000,
  meta: Buffer.from(`{"id":"${id}"}`),
  body: Buffer.from(`body of ${id}`),
  chunks: [],
  ...rest
})

export const writesOf = (id: string, content: string): Draft =>
  draftOf(id, { kind: kinds.writes, meta: Buffer.from("{}"), body: Buffer.from(content) })

export const chunkOf = (content: string): Chunk => makeChunk(Buffer.from(content))

export const lineage = (thread: string, path = ""): Lineage => ({ thread, path })

/** What was in an entry, as text. */
export const bodyOf = (entry: Entry | undefined): string | undefined =>
  entry?.payload === undefined ? undefined : Buffer.from(entry.payload.body).toString()

export const idsOf = (found: ReadonlyArray<{ readonly entry: Entry }>): ReadonlyArray<string> =>
  found.map(({ entry }) => entry.id)

/** An entry in a shape that can be compared. */
export const plain = ({ chain, digest, payload, ...rest }: Entry) => ({
  ...rest,
  digest: Buffer.from(digest).toString("hex"),
  chain: Buffer.from(chain).toString("hex"),
  meta: payload && Buffer.from(payload.meta).toString("hex"),
  body: payload && Buffer.from(payload.body).toString("hex")
})

/** Reads a whole log and checks its numbers, its digests and its chain. */
export const checkedLog = (storage: Storage, at: Lineage) =>
  Effect.gen(function* () {
    const log = yield* storage.log(at, 0, 1_000_000)
    let head = genesis(storage.namespace, at.thread, at.path)
    for (const entry of log) {
      if (entry.payload !== undefined) {
        assert.deepStrictEqual(
          Buffer.from(entry.digest),
          payloadDigest(entry.payload.meta, entry.payload.body)
        )
      }
      const { id, kind, parent } = entry
      const facts = {
        kind,
        id: packName(id),
        parent: parent === undefined ? null : packName(parent),
        at: entry.at
      }
      head = link(head, facts, entry.digest)
      assert.strictEqual(entry.n, head.n)
      assert.deepStrictEqual(Buffer.from(entry.chain), head.chain)
    }
    const [state] = (yield* storage.lineages(at.thread)).filter(({ path }) => path === at.path)
    if (state !== undefined) {
      assert.deepStrictEqual({ n: state.n, chain: Buffer.from(state.chain) }, head)
    }
    return log
  })
