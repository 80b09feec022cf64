/** How two checkpoints differ as runs, and two nodes of checkpoints. */
import * as Effect from "effect/Effect"
import type { DiffKind } from "../../domain/FileDiff.js"
import type { NodeDiff, RunDiff, RunSide, ValueChange } from "../../domain/RunDiff.js"
import type { ScratchpadArtifact } from "../../domain/ScratchpadArtifact.js"
import type { SyntaxTrees } from "../SyntaxTrees.js"
import { type Pair, pairsOf } from "./pairs.js"
import { compareArtifacts, compareNodes } from "./parts.js"
import type { Side, SideNode } from "./side.js"
import { type Comparer, isEquivalent, makeComparer } from "./values.js"

/** A checkpoint as it was called, or a node of it. */
export interface Meant {
  readonly word: string
  readonly side: Side
  readonly node: SideNode | undefined
}

const titleOf = ({ kind, name }: SideNode): string => `${kind}/${name}`

const sideOf = ({ node, side, word }: Meant): RunSide => ({
  word,
  id: side.id,
  name: side.name,
  ...(node === undefined ? {} : { node: node.id })
})

const isReal = ({ change }: Pick<NodeDiff, "change">): boolean => change !== "equivalent"

/** Both sides have to be of one kind: two checkpoints, or two nodes. */
export const compareRuns = Effect.fn("compareRuns")(function* (
  original: Meant,
  modified: Meant,
  as?: DiffKind
) {
  const comparer = makeComparer(as)
  const isNodes = original.node !== undefined && modified.node !== undefined
  const pairs = isNodes
    ? [{ original: original.node, modified: modified.node }]
    : pairsOf(original.side.nodes, modified.side.nodes, keyOf(original.side, modified.side))
  const state = isNodes
    ? []
    : yield* comparer.values({ before: original.side.state, after: modified.side.state })
  const nodes = yield* allNodes(comparer, pairs)
  const artifacts = yield* allArtifacts(comparer, pairs, original, modified)
  return {
    kind: isNodes ? "nodes" : "checkpoints",
    original: sideOf(original),
    modified: sideOf(modified),
    identical: state.every(isEquivalent) && ![...nodes, ...artifacts].some(isReal),
    state,
    nodes,
    artifacts,
    same: pairs.length - nodes.length
  } satisfies RunDiff
})

/** Recorded nodes are known by their ways, others by what they are called. */
const keyOf =
  (original: Side, modified: Side): ((node: SideNode) => string) =>
  (node) =>
    original.isRecording && modified.isRecording ? (node.way ?? node.id) : titleOf(node)

/** How the nodes of pairs differ; those that are the same are left out. */
const allNodes = (
  comparer: Comparer,
  pairs: ReadonlyArray<Pair<SideNode>>
): Effect.Effect<ReadonlyArray<NodeDiff>, never, SyntaxTrees> =>
  Effect.gen(function* () {
    const found: Array<NodeDiff> = []
    const alike = new Map<string, Set<string>>()
    // those that others take their inputs from have ended, and stand, before them
    for (const { modified, original } of pairs) {
      const compared = yield* compareNodes(comparer, { original, modified })
      const [was, is] = [original?.digest, modified?.digest]
      if (was !== undefined && is !== undefined && compared?.output.every(isEquivalent) === true) {
        alike.set(was, (alike.get(was) ?? new Set()).add(is))
      }
      const node = compared && withoutAlike(compared, alike)
      if (node !== undefined) found.push(node)
    }
    return found
  })

/** An input that is the output of a node says the same if that does. */
const withoutAlike = (
  node: NodeDiff,
  alike: ReadonlyMap<string, ReadonlySet<string>>
): NodeDiff | undefined => {
  const isAlike = ({ after, before, path }: ValueChange): boolean =>
    path.endsWith("/$output") &&
    typeof before === "string" &&
    typeof after === "string" &&
    alike.get(before)?.has(after) === true
  const inputs = node.inputs.filter((change) => !isAlike(change))
  if (inputs.length === node.inputs.length) return node
  const left = [...inputs, ...node.state, ...node.output]
  if (left.length === 0 && node.ended === undefined) return undefined
  const isSame = node.ended === undefined && left.every(isEquivalent)
  return { ...node, inputs, change: isSame ? "equivalent" : node.change }
}

/** Artifacts of one node, type and name belong together. */
const allArtifacts = Effect.fnUntraced(function* (
  comparer: Comparer,
  pairs: ReadonlyArray<Pair<SideNode>>,
  original: Meant,
  modified: Meant
) {
  const numbers = new Map<string, number>()
  const titles = new Map<string, string>()
  for (const [number, pair] of pairs.entries()) {
    for (const node of [pair.original, pair.modified]) {
      if (node === undefined) continue
      numbers.set(node.id, number)
      titles.set(node.id, titleOf(node))
    }
  }
  const of = ({ node, side }: Meant): ReadonlyArray<ScratchpadArtifact> =>
    node === undefined ? side.artifacts : side.artifacts.filter(({ nodeId }) => nodeId === node.id)
  const key = ({ name, nodeId, type }: ScratchpadArtifact): string =>
    JSON.stringify([nodeId === undefined ? "" : (numbers.get(nodeId) ?? nodeId), type, name ?? ""])
  const found = yield* Effect.forEach(pairsOf(of(original), of(modified), key), (pair) => {
    const nodeId = (pair.modified ?? pair.original)?.nodeId
    return compareArtifacts(comparer, pair, nodeId === undefined ? undefined : titles.get(nodeId))
  })
  return found.filter((each) => each !== undefined)
})
