/** Checkpoints of Aegis' own: the keys of a state are its channels, and the version of a channel is the hash of its value. */
import { hash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Checkpoint } from "../../domain/Checkpoint.js"
import { GraphNode } from "../../domain/GraphNode.js"
import { Hash, uuidOf } from "../../domain/Hash.js"
import { BranchId, CheckpointId, ScaffoldId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import { CanonicalError } from "../../domain/PromptErrors.js"
import { RunDamaged, StateTooLarge } from "../../domain/RunErrors.js"
import { canonicalJson } from "../../prompt/canonical.js"
import { jsonPointer } from "../../prompt/pointer.js"
import type { Lineage } from "../../runs/entry.js"
import type { Manifest, Notes, Slot } from "../../runs/manifest.js"
import type { Content } from "../../runs/segment.js"
import type { Snapshot } from "../../runs/snapshot.js"
import { copyOf } from "../../runs/revive.js"
import { isSameJson } from "../../runs/sameJson.js"
import type { Stored } from "../../runs/values.js"
import { ByteLru } from "../ByteLru.js"
import type { Given, ReadError, RunLog } from "../RunLog.js"

/** Native checkpoints of a thread lie beside those of LangGraph, which knows no namespace of this name. */
export const nativePath = "\u0000aegis"

export const lineageOf = (thread: string): Lineage => ({ thread, path: nativePath })

/** What a checkpoint says that has no scaffold: the nil UUID (RFC 9562 §5.9). */
export const noScaffold = ScaffoldId.make("00000000-0000-0000-0000-000000000000")

const versionOf = (text: string): string => hash("sha256", text, "base64url")

/** Characters of what is saved so far, and how many it may have. */
export interface Budget {
  readonly limit: number
  size: number
}

/** Canonical JSON, and where in the checkpoint it is when it cannot be. */
export const within = <A>(
  path: ReadonlyArray<string | number>,
  result: Either.Either<A, CanonicalError>
): Either.Either<A, CanonicalError> =>
  Either.mapLeft(
    result,
    (error) => new CanonicalError({ path: `${jsonPointer(path)}${error.path}`, reason: error.reason })
  )

const spend = (budget: Budget, length: number): Either.Either<void, StateTooLarge> => {
  budget.size += length
  return budget.size > budget.limit
    ? Either.left(new StateTooLarge({ size: budget.size, limit: budget.limit }))
    : Either.void
}

/** What the parent has of what is to be saved. */
export interface Former {
  readonly slots: Manifest["channels"]
  /** Those of its values that are in memory: what is equal to one of them is not written to be compared. */
  readonly values: ReadonlyMap<string, Stored>
}

/** The lengths of values in canonical JSON, by their versions. */
export type Lengths = ByteLru<number>

export const makeLengths = (): Lengths => new ByteLru<number>(lengthBytes)
const lengthBytes = 1024 * 1024
const entryBytes = 128

const encode = (
  value: unknown,
  old: Slot | undefined,
  stored: Stored | undefined,
  budget: Budget,
  lengths: Lengths
): Either.Either<Given, CanonicalError | StateTooLarge> =>
  Either.gen(function* () {
    const isKept = stored !== undefined && stored.encoding !== 2 && isSameJson(value, stored.tree)
    const length = isKept ? lengths.get(String(old?.version)) : undefined
    if (old !== undefined && length !== undefined) {
      yield* spend(budget, length)
      return { version: old.version, value: "kept" as const }
    }
    const elements: Array<string> = []
    if (Array.isArray(value)) {
      for (const [at, element] of value.entries()) {
        const text = yield* within([at], canonicalJson(element))
        yield* spend(budget, text.length)
        elements.push(text)
      }
    }
    const text = Array.isArray(value) ? `[${elements.join(",")}]` : yield* canonicalJson(value)
    if (!Array.isArray(value)) yield* spend(budget, text.length)
    const version = versionOf(text)
    lengths.set(version, text.length, entryBytes)
    if (old?.version === version) return { version, value: "kept" as const }
    const content: Content = Array.isArray(value) ? { shape: "list", elements } : { shape: "text", text }
    return { version, value: { encoding: 0 as const, content } }
  })

/** The values of an object as they are to be written over those of the parent. */
export const encodeAll = (
  values: Iterable<readonly [name: string, value: unknown]>,
  { slots, values: stored }: Former,
  budget: Budget,
  lengths: Lengths,
  pathOf: (name: string) => ReadonlyArray<string | number>
): Either.Either<ReadonlyMap<string, Given>, CanonicalError | StateTooLarge> =>
  Either.gen(function* () {
    const all = new Map<string, Given>()
    for (const [name, value] of values) {
      const given = name.isWellFormed()
        ? encode(value, slots.get(name), stored.get(name), budget, lengths)
        : Either.left(new CanonicalError({ path: "", reason: "lone-surrogate" }))
      if (Either.isRight(given)) all.set(name, given.right)
      else
        return yield* given.left._tag === "StateTooLarge"
          ? Either.left(given.left)
          : within(pathOf(name), Either.left(given.left))
    }
    return all
  })

/** The facts of a native checkpoint beside its state, its nodes and its metadata. `before` had the same name. */
export const NativeNotes = Schema.Struct({
  name: Schema.String,
  scaffold: Schema.String,
  branch: Schema.String,
  revision: Schema.Int,
  before: Schema.optional(Schema.Int),
  blocks: Schema.optional(Schema.Array(Hash)),
  createdAt: Schema.String
})
export interface NativeNotes extends Schema.Schema.Type<typeof NativeNotes> {}
const decodeNotes = Schema.decodeUnknownOption(NativeNotes)

export const nativeNotes = (notes: Notes): Option.Option<NativeNotes> => decodeNotes(notes)

/** The branch of a checkpoint; LangGraph names none. */
export const branchOf = ({ notes }: Snapshot): string | undefined =>
  Option.getOrUndefined(Option.map(nativeNotes(notes), ({ branch }) => branch))

export const branchIdOf = (thread: string, branch: string): BranchId =>
  BranchId.make(uuidOf("branch", `${thread.length}:${thread}${branch}`))

const damaged = (snapshot: Snapshot): RunDamaged =>
  new RunDamaged({ what: `checkpoint ${snapshot.id} of thread ${snapshot.lineage.thread}` })

/** A value that a person or a program can read. Values of LangGraph that JSON has not are shown as they are stored. */
const toJson = (stored: Stored): unknown =>
  stored.encoding === 2
    ? { $t: "bytes", base64: Buffer.from(stored.bytes).toString("base64") }
    : copyOf(stored.tree)

const readable = <A>(snapshot: Snapshot, read: () => A): Either.Either<A, RunDamaged> =>
  Either.try({ try: read, catch: () => damaged(snapshot) })

export const stateOf = (log: RunLog["Type"], snapshot: Snapshot): Effect.Effect<JsonObject, ReadError> =>
  Effect.flatMap(log.channels(snapshot), (values) =>
    readable(snapshot, () =>
      Object.fromEntries(
        // one order, whichever it was saved in
        [...values]
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, value]) => [name, toJson(value)])
      )
    )
  )

const decodeNode = Schema.decodeUnknownEither(GraphNode)

/** The nodes that were saved with the checkpoint. */
export const nodesOf = (
  log: RunLog["Type"],
  snapshot: Snapshot
): Effect.Effect<ReadonlyArray<GraphNode>, ReadError> =>
  snapshot.manifest.nodes.size === 0
    ? Effect.succeed([])
    : Effect.flatMap(log.nodes(snapshot), (values) =>
        Either.all([...values.values()].map((value) => readNode(snapshot, value)))
      )

export const readNode = (snapshot: Snapshot, value: Stored): Either.Either<GraphNode, RunDamaged> =>
  Either.flatMap(
    readable(snapshot, () => toJson(value)),
    (json) => Either.mapLeft(decodeNode(json), () => damaged(snapshot))
  )

const textIn = (meta: JsonObject, key: string): string => {
  const value = Object.hasOwn(meta, key) ? meta[key] : undefined
  return typeof value === "string" || typeof value === "number" ? String(value) : ""
}

/** A checkpoint of either kind as the model has it. One of LangGraph is named by what made it and its step. */
export const toCheckpoint = (
  snapshot: Snapshot,
  state: JsonObject,
  nodes: ReadonlyArray<GraphNode>
): Either.Either<Checkpoint, RunDamaged> => {
  const { at, id, lineage, meta, notes, parent } = snapshot
  return Either.map(
    readable(snapshot, () => JSON.parse(Buffer.from(meta).toString()) as JsonObject), // metadata is an object
    (metadata) => {
      const native = nativeNotes(notes)
      const shared = {
        // LangGraph's ids are UUIDs as well; what is not is shown under one made of it
        id: Schema.is(CheckpointId)(id) ? id : CheckpointId.make(uuidOf("checkpoint", id)),
        nodes,
        state,
        thread: lineage.thread,
        ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
        ...(parent === undefined || !Schema.is(CheckpointId)(parent) ? {} : { parentId: parent })
      }
      return Option.match(native, {
        onNone: () => ({
          ...shared,
          name: `${textIn(metadata, "source")} ${textIn(metadata, "step")}`.trim(),
          scaffoldId: noScaffold,
          createdAt: new Date(at).toISOString()
        }),
        onSome: ({ blocks, branch, createdAt, name, revision, scaffold }) => ({
          ...shared,
          name,
          scaffoldId: ScaffoldId.make(scaffold),
          branch,
          branchId: branchIdOf(lineage.thread, branch),
          revision,
          createdAt,
          ...(blocks === undefined ? {} : { blocks })
        })
      })
    }
  )
}
