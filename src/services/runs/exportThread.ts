/** A run as lines of text, with everything that proves it. */
import { createHash } from "node:crypto"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { LineageMoved, RunDamaged, RunNotFound } from "../../domain/RunErrors.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { decodeBody } from "../../runs/body.js"
import type { Entry } from "../../runs/entry.js"
import type { Header } from "../../runs/exportLines.js"
import type { LineageState, RunStorage } from "../RunStorage.js"
import { gather } from "./gather.js"

export type ExportError = StoreError | RunNotFound | RunDamaged | LineageMoved

/** Entries read at a time. */
const page = 64

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")

const entryLine = (
  { at, chain, digest, gone, id, kind, n, parent, payload }: Entry,
  names: ReadonlyArray<string>
): string =>
  JSON.stringify({
    n,
    kind,
    id,
    ...(parent === undefined ? {} : { parent }),
    at,
    ...(gone ? { gone } : {}),
    digest: hex(digest),
    chain: hex(chain),
    ...(payload === undefined ? {} : { meta: base64(payload.meta), body: base64(payload.body) }),
    ...(names.length === 0 ? {} : { names })
  })

interface Counts {
  entries: number
  chunks: number
}

const lineageLines = (
  storage: RunStorage["Type"],
  state: LineageState,
  seen: Set<string>,
  counts: Counts
): Stream.Stream<string, ExportError> => {
  const lost = (hash: Uint8Array): Effect.Effect<never, RunDamaged> =>
    Effect.fail(new RunDamaged({ what: `chunk ${hex(hash)} of thread ${state.thread}` }))

  const linesOf = (
    entry: Entry,
    names: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyArray<string>, StoreError | RunDamaged> =>
    Effect.gen(function* () {
      const parts = entry.payload && decodeBody(entry.payload.body)?.parts.values()
      const chunks = yield* gather(storage.chunks, parts ?? [], seen, lost)
      counts.entries += 1
      counts.chunks += chunks.length
      return [
        ...chunks.map(({ data, deflated, hash, size }) =>
          JSON.stringify({ chunk: hex(hash), size, deflated, data: base64(data) })
        ),
        entryLine(entry, names)
      ]
    })

  const entries = Stream.unwrap(
    Effect.map(storage.names(state), (found) => {
      const names = new Map<number, Array<string>>()
      for (const { n, name } of found) names.set(n, [...(names.get(n) ?? []), name])
      return Stream.paginateChunkEffect(0, (after) =>
        Effect.gen(function* () {
          const read = yield* storage.log(state, after, Math.min(page, state.n - after))
          const lines = yield* Effect.forEach(read, (entry) => linesOf(entry, names.get(entry.n) ?? []))
          const next = after + read.length
          const isDone = read.length === 0 || next >= state.n
          return [Chunk.fromIterable(lines.flat()), isDone ? Option.none() : Option.some(next)] as const
        })
      )
    })
  )
  const refs = Effect.map(storage.refs(state), (found) =>
    JSON.stringify({
      refs: found.filter(({ n }) => n <= state.n).map(({ kind, n, name }) => ({ kind, name, n }))
    })
  )
  // what was pruned meanwhile would be there by half
  const settled = Effect.filterOrFail(
    storage.find(state, ""),
    ({ epoch }) => epoch === state.epoch,
    () => new LineageMoved({ thread: state.thread })
  )
  return Stream.make(JSON.stringify({ path: state.path })).pipe(
    Stream.concat(entries),
    Stream.concat(Stream.fromEffect(Effect.zipLeft(refs, settled)))
  )
}

/**
 * The lines of a thread, without line breaks, as it is when the stream is run; what is appended later is not among them. Fails
 * with LineageMoved when the thread is pruned meanwhile: export it again.
 */
export const exportThread = (
  storage: RunStorage["Type"],
  thread: string
): Stream.Stream<string, ExportError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const states = yield* storage.lineages(thread)
      if (states.length === 0) return yield* new RunNotFound({ kind: "thread", name: thread })
      const seen = new Set<string>()
      const counts = { entries: 0, chunks: 0 }
      const header: Header = {
        aegis: "run",
        version: 1,
        namespace: storage.namespace,
        thread,
        lineages: states.map(({ path }) => path)
      }
      const digest = createHash("sha256")
      const end = Effect.sync(() =>
        JSON.stringify({
          end: {
            heads: states.map(({ chain, n, path }) => ({ path, n, chain: hex(chain) })),
            ...counts,
            digest: digest.digest("hex")
          }
        })
      )
      return Stream.make(JSON.stringify(header)).pipe(
        Stream.concat(
          Stream.flatMap(Stream.fromIterable(states), (state) => lineageLines(storage, state, seen, counts))
        ),
        Stream.tap((line) => Effect.sync(() => digest.update(`${line}\n`))),
        Stream.concat(Stream.fromEffect(end))
      )
    })
  ).pipe(Stream.withSpan("RunUpkeep.export"))
