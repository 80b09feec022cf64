/** How nodes and artifacts differ that belong together. */
import * as Effect from "effect/Effect"
import type { ArtifactDiff, NodeDiff, PartChange, ValueChange } from "../../domain/RunDiff.js"
import type { ScratchpadArtifact } from "../../domain/ScratchpadArtifact.js"
import type { Outcome } from "../../replay/Recording.js"
import type { SyntaxTrees } from "../SyntaxTrees.js"
import type { Pair } from "./pairs.js"
import type { SideNode } from "./side.js"
import { type Comparer, isEquivalent } from "./values.js"

const none: Pick<NodeDiff, "inputs" | "state" | "output"> = { inputs: [], state: [], output: [] }

const valueOf = (outcome: Outcome): unknown =>
  outcome._tag === "done" ? outcome.value : outcome._tag === "failed" ? outcome.error : null

/** What a part that is on both sides is; undefined where nothing differs. */
const changeOf = (changes: ReadonlyArray<ValueChange>): PartChange | undefined =>
  changes.length === 0 ? undefined : changes.every(isEquivalent) ? "equivalent" : "changed"

/** Undefined where nothing differs. Inputs that are outputs of nodes are compared by their digests, as they are recorded. */
export const compareNodes = (
  comparer: Comparer,
  { modified, original }: Pair<SideNode>
): Effect.Effect<NodeDiff | undefined, never, SyntaxTrees> =>
  Effect.gen(function* () {
    const one = modified ?? original
    if (one === undefined) return undefined
    const facts = {
      kind: one.kind,
      name: one.name,
      ...(one.way === undefined ? {} : { way: one.way }),
      ...(original === undefined ? {} : { original: original.id }),
      ...(modified === undefined ? {} : { modified: modified.id })
    }
    if (original === undefined) return { change: "added", ...facts, ...none }
    if (modified === undefined) return { change: "removed", ...facts, ...none }
    const output = yield* comparer.values({
      before: valueOf(original.outcome),
      after: valueOf(modified.outcome),
      names: [original.name, modified.name]
    })
    const inputs = yield* comparer.values({ before: original.inputs, after: modified.inputs })
    const state = yield* comparer.values({ before: original.state, after: modified.state })
    const isEndedSo = original.outcome._tag === modified.outcome._tag
    const change = isEndedSo ? changeOf([...inputs, ...state, ...output]) : "changed"
    if (change === undefined) return undefined
    const ended = { original: original.outcome._tag, modified: modified.outcome._tag }
    return { change, ...facts, ...(isEndedSo ? {} : { ended }), inputs, state, output }
  })

/** Code that has no name is compared as TypeScript. */
const fileOf = ({ name, type }: ScratchpadArtifact): string | undefined =>
  name ?? (type === "code" || type === "test" ? `${type}.ts` : undefined)

export const compareArtifacts = (
  comparer: Comparer,
  { modified, original }: Pair<ScratchpadArtifact>,
  node: string | undefined
): Effect.Effect<ArtifactDiff | undefined, never, SyntaxTrees> =>
  Effect.gen(function* () {
    const one = modified ?? original
    if (one === undefined) return undefined
    const facts = {
      type: one.type,
      ...(one.name === undefined ? {} : { name: one.name }),
      ...(node === undefined ? {} : { node }),
      ...(original === undefined ? {} : { original: original.id }),
      ...(modified === undefined ? {} : { modified: modified.id })
    }
    if (original === undefined) return { change: "added", ...facts, content: [] }
    if (modified === undefined) return { change: "removed", ...facts, content: [] }
    const content = yield* comparer.values({
      before: original.content,
      after: modified.content,
      names: [fileOf(original), fileOf(modified)]
    })
    const change = changeOf(content)
    return change && { change, ...facts, content }
  })
