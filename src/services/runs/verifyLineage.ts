/** Proves one lineage: its chain, its contents, and that what it refers to is there. */
import * as Effect from "effect/Effect"
import type { RunProblem } from "../../domain/RunReports.js"
import type { StoreError } from "../../domain/StoreErrors.js"
import { decodeBody, type Part } from "../../runs/body.js"
import { Census, flags } from "../../runs/census.js"
import { genesis, payloadDigest } from "../../runs/chain.js"
import { type Entry, kinds, type Lineage } from "../../runs/entry.js"
import { decodeManifest, empty, type Manifest, nothing } from "../../runs/manifest.js"
import { Naming } from "../../runs/Naming.js"
import { fromRanges } from "../../runs/ranges.js"
import { channelPart, nodePart } from "../../runs/snapshot.js"
import { Trail } from "../../runs/trail.js"
import type { LineageState, RunStorage } from "../RunStorage.js"
import { ancestryOf } from "./ancestry.js"
import { breathe } from "./breathe.js"
import type { ChunkCheck } from "./checkChunks.js"
import { topOf } from "./chunksOf.js"
import { Recent } from "./Recent.js"

export interface Tally {
  entries: number
  checkpoints: number
  emptied: number
  unknownParents: number
  readonly problems: Array<RunProblem>
}

/** Entries read at a time. */
const page = 100
const known = new Set<number>(Object.values(kinds))

/** What an entry says, as far as it can be read. */
interface Read {
  readonly header: unknown
  readonly parts: ReadonlyMap<string, Part>
}

export const verifyLineage = (
  storage: RunStorage["Type"],
  state: LineageState,
  anchor: { readonly n: number; readonly chain: string } | undefined,
  chunks: ChunkCheck
): Effect.Effect<Tally, StoreError> =>
  Effect.gen(function* () {
    const lineage: Lineage = { thread: state.thread, path: state.path }
    const tally: Tally = { entries: 0, checkpoints: 0, emptied: 0, unknownParents: 0, problems: [] }
    const tell = (n: number | undefined, id: string | undefined, what: string): void => {
      tally.problems.push({
        ...lineage,
        ...(n === undefined ? {} : { n }),
        ...(id === undefined ? {} : { id }),
        what
      })
    }
    const trail = new Trail(genesis(storage.namespace, state.thread, state.path))
    const census = new Census()
    const naming = new Naming()
    /** What notes say that DeltaChannels are made of. */
    const ancestors: Array<readonly [note: number, n: number]> = []
    const ids = new Recent<true>(100_000)
    const keyframes = new Recent<Manifest>(64)
    const holders = new Recent<ReadonlySet<string>>(4096)

    const missing = (first: number, last: number): void => {
      if (last < first) return
      tell(first, undefined, last === first ? "is missing" : `is missing, and so are all up to ${last}`)
    }

    /** A page; where the database cannot read it, what it can read of it. */
    const read = (after: number): Effect.Effect<ReadonlyArray<Entry>, StoreError> =>
      Effect.catchIf(storage.log(lineage, after, page), isCorrupt, () =>
        Effect.gen(function* () {
          const entries: Array<Entry> = []
          for (let n = after + 1; n <= Math.min(after + page, state.n); n += 1) {
            const found = yield* Effect.catchIf(storage.entries(lineage, [n]), isCorrupt, () => {
              tell(n, undefined, "cannot be read by the database")
              census.mark(n, flags.there)
              trail.skip(n + 1)
              return Effect.succeed([])
            })
            entries.push(...found)
          }
          return entries
        })
      )

    const entryAt = (n: number): Effect.Effect<Read | undefined, StoreError> =>
      Effect.map(
        Effect.catchIf(storage.entries(lineage, [n]), isCorrupt, () => Effect.succeed([])),
        ([entry]) => (entry?.payload === undefined ? undefined : decodeBody(entry.payload.body))
      )

    const manifestAt = (n: number): Effect.Effect<Manifest | undefined, StoreError> =>
      Effect.gen(function* () {
        const there = keyframes.get(String(n))
        if (there !== undefined) return there
        const header = decodeManifest((yield* entryAt(n))?.header, n)
        const before = header?.keyframe
        if (header === undefined || (before !== undefined && before >= n)) return undefined
        const base = before === undefined ? nothing : yield* manifestAt(before)
        const manifest = base && header.over(base)
        if (manifest !== undefined) keyframes.set(String(n), manifest)
        return manifest
      })

    const partsAt = (n: number): Effect.Effect<ReadonlySet<string>, StoreError> =>
      Effect.gen(function* () {
        const there = holders.get(String(n))
        if (there !== undefined) return there
        const parts = new Set((yield* entryAt(n))?.parts.keys())
        holders.set(String(n), parts)
        return parts
      })

    /** What a checkpoint points to and cannot be found. */
    const dangling = (n: number, content: Read): Effect.Effect<string | undefined, StoreError> =>
      Effect.gen(function* () {
        const header = decodeManifest(content.header, n)
        if (header === undefined) return "does not say what it consists of"
        const { keyframe } = header
        const base = keyframe === undefined ? nothing : keyframe < n ? yield* manifestAt(keyframe) : undefined
        if (base === undefined) return `is written as a difference from entry ${keyframe}, which is not there`
        const { channels, nodes } = header.over(base)
        for (const [slots, partOf, kind] of [
          [channels, channelPart, "channel"],
          [nodes, nodePart, "node"]
        ] as const) {
          for (const [name, slot] of slots) {
            if (slot.n === empty) continue
            if (!(yield* partsAt(slot.n)).has(partOf(name))) {
              return `points to entry ${slot.n} for ${kind} ${JSON.stringify(name)}, which has no such value`
            }
          }
        }
        return undefined
      })

    /** What is wrong with an entry alone. */
    const faultsOf = (entry: Entry, content: Read | undefined): Array<string> => {
      const faults: Array<string> = []
      const { digest, gone, kind, payload } = entry
      if (!trail.follow(entry)) faults.push("is not linked to the entry before it")
      if (payload !== undefined && !payloadDigest(payload.meta, payload.body).equals(digest)) {
        faults.push("does not have the content that its digest says")
      }
      if (payload !== undefined && content === undefined) faults.push("has content that cannot be read")
      if (payload === undefined && !gone) faults.push("has no content, though it is not gone")
      if (!known.has(kind)) faults.push(`is of kind ${kind}, which there is not`)
      if (anchor?.n === entry.n && Buffer.from(entry.chain).toString("hex") !== anchor.chain) {
        faults.push("is another one than the anchor says: the history was replaced")
      }
      return faults
    }

    const count = (entry: Entry, content: Read | undefined): void => {
      const { gone, kind, n, payload } = entry
      tally.entries += 1
      if (payload === undefined) tally.emptied += 1
      census.mark(
        n,
        flags.there |
          (kind === kinds.checkpoint ? flags.checkpoint : 0) |
          (gone ? flags.gone : 0) |
          (payload === undefined ? flags.emptied : 0)
      )
      const header = content?.header
      if (kind !== kinds.prune || typeof header !== "object" || header === null) return
      for (const each of fromRanges(Reflect.get(header, "gone"), n)) census.mark(each, flags.namedGone)
      for (const each of fromRanges(Reflect.get(header, "empty"), n)) census.mark(each, flags.namedEmptied)
    }

    const isKnownParent = (parent: string): Effect.Effect<boolean, StoreError> =>
      ids.get(parent) !== undefined
        ? Effect.succeed(true)
        : Effect.map(storage.find(lineage, parent), ({ checkpoint }) => checkpoint !== undefined)

    for (let after = 0; ;) {
      const entries = yield* read(after)
      const contents = entries.map(({ payload }) => payload && decodeBody(payload.body))
      for (const [at, { n }] of entries.entries()) {
        const content = contents[at]
        if (content !== undefined) holders.set(String(n), new Set(content.parts.keys()))
      }
      yield* chunks.look(
        contents.flatMap((content) => (content === undefined ? [] : topOf(content.parts.values())))
      )
      for (const [at, entry] of entries.entries()) {
        const content = contents[at]
        const { gone, id, kind, n, parent } = entry
        if (n > trail.next) {
          missing(trail.next, n - 1)
          trail.skip(n)
        }
        const faults = faultsOf(entry, content)
        count(entry, content)
        naming.take(entry, content?.header)
        if (kind === kinds.note && !gone) {
          for (const [of, writes] of ancestryOf(content?.header) ?? []) {
            for (const each of [of, ...writes]) ancestors.push([n, each])
          }
        }
        if (content !== undefined) {
          const broken = topOf(content.parts.values())
            .map(({ hash }) => chunks.problemOf(hash))
            .find((problem) => problem !== undefined)
          if (broken !== undefined) faults.push(`needs ${broken}`)
        }
        if (kind === kinds.checkpoint) {
          ids.set(id, true)
          if (!gone) {
            tally.checkpoints += 1
            if (parent !== undefined && !(yield* isKnownParent(parent))) tally.unknownParents += 1
            const lost = content === undefined || faults.length > 0 ? undefined : yield* dangling(n, content)
            if (lost !== undefined) faults.push(lost)
          }
        }
        if (faults.length > 0) tell(n, id, faults.join("; "))
      }
      yield* breathe
      const last = entries.at(-1)?.n
      after = last === undefined ? after + page : Math.max(last, entries.length < page ? after + page : last)
      if (entries.length < page && after >= state.n) break
    }

    const last = trail.next - 1
    if (last === 0) tell(undefined, undefined, "has no entries")
    if (last < state.n) missing(last + 1, state.n)
    if (anchor !== undefined && anchor.n > last) {
      tell(last, undefined, `is the last entry, but there were ${anchor.n}: the log was cut off`)
    }
    for (const [n, what] of census.contradictions(last)) tell(n, undefined, what)
    for (const [note, n] of ancestors) {
      if (census.has(n, flags.there) && !census.has(n, flags.emptied)) continue
      tell(note, undefined, `says that entry ${n} is an ancestor's, which is not there`)
    }
    const refs = yield* storage.refs(lineage)
    for (const ref of refs) {
      const { kind, n, name } = ref
      const what = `is where the ${kind} ${JSON.stringify(name)} points`
      // the newest checkpoint of a name may have been pruned
      const isThere = census.has(n, flags.checkpoint) && (kind === "name" || !census.has(n, flags.gone))
      if (!isThere) tell(n, undefined, `${what}, but there is no checkpoint`)
      else if (!census.has(n, flags.emptied)) {
        const [entry] = yield* storage.entries(lineage, [n])
        if (entry?.id !== naming.idOf(ref)) tell(n, entry?.id, `${what}, but the log says otherwise`)
      }
    }
    for (const name of naming.missing(refs))
      tell(undefined, undefined, `The ${name} is in the log, but not there.`)
    return tally
  })

export const isCorrupt = ({ reason }: StoreError): boolean => reason === "corrupt"
