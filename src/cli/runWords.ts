/** What words mean that are no files: checkpoints by whatever names them, and nodes of checkpoints. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { NodeId } from "../domain/Ids.js"
import { nearest } from "../domain/nearest.js"
import type { RecordingDamaged, RecordingOutdated } from "../domain/ReplayErrors.js"
import type { ArtifactStore } from "../services/ArtifactStore.js"
import { locateOrFail } from "../services/checkpoints/locate.js"
import { findCheckpoint, type NameError } from "../services/checkpoints/names.js"
import type { Meant } from "../services/comparing/runs.js"
import { readSide, type SideNode } from "../services/comparing/side.js"
import type { Recordings } from "../services/Recordings.js"
import { RunLog } from "../services/RunLog.js"
import { RunStorage } from "../services/RunStorage.js"
import { operand } from "./textInput.js"
import { UsageError } from "./UsageError.js"

/** What the words of `aegis diff` are said to be. */
export type WordKind = "files" | "checkpoints" | "branches" | "nodes"

type Stores = ArtifactStore | Recordings | RunLog | RunStorage
type Found = Effect.Effect<Meant, UsageError | NameError | RecordingDamaged | RecordingOutdated, Stores>

interface Options {
  readonly thread: Option.Option<string>
  readonly of: Option.Option<WordKind>
}

const looked: Readonly<Record<WordKind | "any", string>> = {
  files: "file",
  checkpoints: "checkpoint, tag, branch or name",
  branches: "branch",
  nodes: "node",
  any: "file, checkpoint, tag, branch, name or node"
}

/** `CHECKPOINT:KIND/NAME`. A checkpoint may have colons in its name, and so may a node. */
const nodeWord = /^(.+?):((?:plan|module|file)\/.+)$/s

/** A checkpoint, or a node of one. What is not there is a word that was mistyped. */
export const meantBy = (word: string, options: Options): Found =>
  Effect.flatMap(operand(word), () => {
    const of = Option.getOrElse(options.of, () => "any" as const)
    const [, ref, title] = nodeWord.exec(word) ?? []
    const isNode = ref !== undefined && title !== undefined && (of === "any" || of === "nodes")
    const found = isNode
      ? namedNode(word, ref, title, options)
      : of === "nodes"
        ? Effect.flatMap(nodeById(word), Option.match({ onNone: () => noNode(word), onSome: Effect.succeed }))
        : checkpoint(word, options)
    return found.pipe(
      Effect.catchTag("RunNotFound", (missing) =>
        of === "any" && missing.kind === "checkpoint" && Schema.is(NodeId)(word)
          ? Effect.flatMap(nodeById(word), Option.match({ onNone: () => missing, onSome: Effect.succeed }))
          : missing
      ),
      Effect.catchTag("RunNotFound", ({ kind, name, near }) => {
        const what = kind === "checkpoint" && name === word ? looked[of] : kind
        const hint = near === undefined ? "" : `Did you mean "${near}"? `
        return new UsageError({
          problem: `There is no ${what} "${name}"`,
          fix: `${hint}\`aegis checkpoint list\` shows what there is.`
        })
      })
    )
  })

const checkpoint = (
  word: string,
  { of, thread }: Options
): Effect.Effect<Meant, NameError | RecordingDamaged | RecordingOutdated, Stores> =>
  Effect.gen(function* () {
    const snapshot = yield* findCheckpoint(word, {
      thread: Option.getOrUndefined(thread),
      ...(Option.contains(of, "branches") ? { only: ["branch" as const] } : {})
    })
    return { word, side: yield* readSide(snapshot), node: undefined }
  })

const titleOf = ({ kind, name }: SideNode): string => `${kind}/${name}`

const namedNode = (word: string, ref: string, title: string, { thread }: Options): Found =>
  Effect.gen(function* () {
    const { side } = yield* checkpoint(ref, { thread, of: Option.none() })
    const found = side.nodes.filter((node) => titleOf(node) === title)
    const [node, ...others] = found
    if (node === undefined) {
      const near = nearest(title, side.nodes.map(titleOf))
      return yield* new UsageError({
        problem: `The checkpoint "${ref}" has no node "${title}"`,
        fix:
          near === undefined
            ? `\`aegis checkpoint show ${ref} --json\` lists its nodes.`
            : `Did you mean "${ref}:${near}"?`
      })
    }
    if (others.length > 0) {
      return yield* new UsageError({
        problem: `"${word}" may be any of ${found.map(({ id, way }) => (way === undefined ? id : `${id} (${way})`)).join(", ")}`,
        fix: "Name the node by its id."
      })
    }
    return { word, side, node }
  })

/** A node by its id: as the checkpoint has it that it was saved to last. */
const nodeById = (
  word: string
): Effect.Effect<Option.Option<Meant>, NameError | RecordingDamaged | RecordingOutdated, Stores> =>
  Effect.gen(function* () {
    const log = yield* RunLog
    const storage = yield* RunStorage
    const id = word.toLowerCase()
    const place = yield* storage.named(id)
    if (Option.isNone(place)) return Option.none()
    const [entry] = yield* storage.entries(place.value.lineage, [place.value.n])
    if (entry === undefined) return Option.none()
    const side = yield* readSide(yield* locateOrFail(log, storage, entry.id))
    const node = side.nodes.find((each) => each.id === id)
    return Option.map(Option.fromNullable(node), (found) => ({ word, side, node: found }))
  })

const noNode = (name: string): UsageError =>
  new UsageError({
    problem: `There is no node "${name}"`,
    fix: "Name it by its whole id, or as CHECKPOINT:KIND/NAME."
  })
