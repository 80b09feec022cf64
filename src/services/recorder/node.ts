/** Nodes of a run: reused, or carried out and kept. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type { GraphNode } from "../../domain/GraphNode.js"
import { Hash, uuidOf } from "../../domain/Hash.js"
import { CheckpointId, NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { CanonicalError } from "../../domain/PromptErrors.js"
import { NotRecordable, type ReplayMiss } from "../../domain/ReplayErrors.js"
import { digestOf, nodeKey } from "../../replay/nodeKey.js"
import type { Outcome, RecordedNode } from "../../replay/Recording.js"
import { addressOf, digestIn, titleOf } from "../../replay/reuse.js"
import { differingIn } from "../../replay/surroundings.js"
import type { Verdict } from "../../domain/ReplayResult.js"
import { difference } from "../../replay/diff/json/difference.js"
import type { RecordError } from "../records/records.js"
import type { Recordings } from "../Recordings.js"
import type { SyntaxTrees } from "../SyntaxTrees.js"
import { type ActiveNode, makeActiveNode } from "./ActiveNode.js"
import type { ActiveRun } from "./ActiveRun.js"
import { compared } from "./compared.js"
import { current, makeScope, ordinal } from "./Scope.js"
import { noteAll, surroundingsOf } from "./surroundings.js"

export type Kind = GraphNode["nodeType"]

/** What a node came to. Given to another node as an input, it makes that one depend on it. */
export class Ref<A> {
  readonly value: A
  readonly node: NodeId
  readonly digest: Hash
  constructor(value: A, node: NodeId, digest: Hash) {
    this.value = value
    this.node = node
    this.digest = digest
  }
}

/** JSON values and outputs of other nodes. */
export interface Inputs {
  readonly [name: string]: unknown
}
/** The inputs as the code of a node gets them: outputs in place of references. */
export type Values<I extends Inputs> = {
  readonly [Name in keyof I]: I[Name] extends Ref<infer A> ? A : I[Name]
}

export interface NodeOptions {
  /** Counts up when the code of the node does something else: what was recorded of another version is not taken. Default 1. */
  readonly version?: number
}

/** No run: the node is its code. */
const noHash = Hash.make("0".repeat(64))
const noNode = NodeId.make("00000000-0000-0000-0000-000000000000")

const valuesOf = <I extends Inputs>(inputs: I): Values<I> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, input instanceof Ref ? input.value : input])
  ) as Values<I> // name by name, what the type says

const refuse = (node: string, what: "input" | "output", { path, reason }: CanonicalError): NotRecordable =>
  new NotRecordable({ node, what, path, reason })

const addReads = (node: ActiveNode | undefined, reads: Iterable<readonly [string, string]>): void => {
  for (let each = node; each !== undefined; each = each.parent) {
    for (const [name, digest] of reads) each.reads.set(name, digest)
  }
}

/** What is given to a node is used by whoever carries it on, unless it is in there as well. */
const addUses = (node: ActiveNode | undefined, uses: Iterable<readonly [string, string]>): void => {
  for (let each = node; each !== undefined; each = each.parent) {
    for (const [way, digest] of uses) if (!way.startsWith(`${each.way}/`)) each.uses.set(way, digest)
  }
}

/** A part of the run's input. Whoever carries the node on depends on it. */
export const readInput = (node: ActiveNode, name: string): unknown => {
  addReads(node, [[name, digestIn(node.run.input, name)]])
  return Object.hasOwn(node.run.input, name) ? node.run.input[name] : undefined
}

/** Why what was recorded of a node cannot be taken; undefined if it can. */
const reasonToRun = (
  run: ActiveRun,
  past: RecordedNode | undefined,
  key: Hash,
  inputs: JsonObject
): string | undefined => {
  if (past === undefined) return "it was not recorded"
  if (past.key !== key) {
    const [first] = difference(past.inputs, inputs)
    return first === undefined ? "its version changed" : `its input ${first.path.slice(1)} changed`
  }
  const reason = run.reuse.whyNot(past, () => withAllBelow(run, past))
  if (reason !== undefined) return reason
  const used = Object.entries(past.uses).find(([way, digest]) => run.outputs.get(way) !== digest)
  return used === undefined ? undefined : `what it uses of ${used[0].slice(used[0].lastIndexOf("/") + 1)} changed`
}

const verdictOf = (
  { id, kind, name }: Pick<RecordedNode, "id" | "kind" | "name">,
  verdict: Verdict["verdict"],
  more: Pick<Verdict, "reason" | "path"> = {}
): Verdict => ({ verdict, node: id, kind, name, ...more })

/** What was recorded below a node, with it. */
const withAllBelow = (run: ActiveRun, { way }: RecordedNode): ReadonlyArray<RecordedNode> =>
  (run.past?.nodes ?? []).filter((node) => node.way === way || node.way.startsWith(`${way}/`))

const noteOutput = (run: ActiveRun, id: NodeId, way: string, digest: Hash): void => {
  run.outputs.set(way, digest)
  run.ways.set(id, way)
}

/** Takes what was recorded into this run, as its own. */
const reuse = (run: ActiveRun, past: RecordedNode): void => {
  const ids = new Map(
    (run.past?.nodes ?? []).map(({ id, way }) => [id, NodeId.make(uuidOf("node", `${run.id}\n${way}`))])
  )
  const nodes = withAllBelow(run, past)
  const ended = nodes
    .flatMap(({ order, steps }) => [order, ...steps.map((step) => step.order)])
    .filter((order) => order >= 0)
    .sort((one, other) => one - other)
  const first = run.gate.reserve(ended.length)
  // among the ends of this run, in the order that they had in theirs
  const orders = new Map(ended.map((order, index) => [order, first + index]))
  const renumbered = (order: number): number => orders.get(order) ?? order
  for (const node of nodes) {
    run.pending.push({
      ...node,
      order: renumbered(node.order),
      steps: node.steps.map((step) => ({ ...step, order: renumbered(step.order) })),
      id: ids.get(node.id) ?? node.id,
      dependsOn: node.dependsOn.map((id) => ids.get(id) ?? id)
    })
    if (node.digest !== undefined) noteOutput(run, ids.get(node.id) ?? node.id, node.way, node.digest)
    run.verdicts.push(verdictOf(node, "REUSED"))
  }
}

/** Recorded nodes that nothing asked for. */
export const missingIn = (run: ActiveRun): ReadonlyArray<Verdict> => {
  const met = new Set(run.verdicts.map(({ node }) => node))
  return (run.past?.nodes ?? []).filter(({ id }) => !met.has(id)).map((node) => verdictOf(node, "MISSING"))
}

const outcomeOf = (exit: Exit.Exit<unknown, unknown>): Outcome =>
  Exit.match(exit, {
    onSuccess: (value) => ({ _tag: "done", value: value ?? null }),
    onFailure: (cause) =>
      Cause.isInterruptedOnly(cause)
        ? { _tag: "interrupted" }
        : { _tag: "failed", error: { message: Cause.pretty(cause).split("\n")[0] ?? "" } }
  })

/** What a node was given. */
export interface Given {
  readonly key: Hash
  readonly inputs: JsonObject
  readonly dependsOn: ReadonlyArray<NodeId>
  readonly reason: string
}

/** Judges a node that was run against what was recorded of it. */
const judge = Effect.fnUntraced(function* (
  trees: SyntaxTrees["Type"],
  node: ActiveNode,
  outcome: Outcome,
  digest: Hash | undefined,
  { reason }: Given
) {
  const { past, run } = node
  const strict = run.mode === "strict"
  const judged = (kind: Verdict["verdict"], more: Pick<Verdict, "reason" | "path"> = {}): void => {
    run.verdicts.push(verdictOf(past ?? node, kind, { ...(strict ? {} : { reason }), ...more }))
  }
  if (past === undefined) return strict ? undefined : judged("EXECUTED")
  if (past.outcome._tag === outcome._tag && past.digest === digest) {
    const now = surroundingsOf(node)
    const names = Object.keys({ ...past.surroundings, ...now })
    const differing = strict ? differingIn(past.surroundings, now, names) : undefined
    return differing === undefined ? judged("IDENTICAL") : judged("DIVERGED", { reason: differing })
  }
  const { changes, equivalent } = yield* compared(trees, past.name, past.outcome, outcome)
  const output = outcome._tag === "done" ? outcome.value : null
  run.changed.push({ node: past.id, name: past.name, changes, output })
  const kind = equivalent ? "EQUIVALENT" : strict ? "DIVERGED" : "EXECUTED"
  judged(kind, { path: changes[0]?.path ?? "" })
})

const recordOf = (
  node: ActiveNode,
  { dependsOn, inputs, key }: Given,
  ended: Pick<RecordedNode, "outcome" | "digest" | "order" | "startedAt">
): RecordedNode => ({
  id: node.id,
  kind: node.kind,
  name: node.name,
  way: node.way,
  key,
  inputs,
  dependsOn,
  reads: Object.fromEntries([...node.reads].sort()),
  surroundings: surroundingsOf(node),
  uses: Object.fromEntries([...node.uses].sort()),
  clock: Object.fromEntries([...node.clock].sort()),
  ...ended,
  duration: node.run.clock.unsafeCurrentTimeMillis() - ended.startedAt,
  steps: node.steps
})

/** Where nodes are kept, and what programs are compared by. */
export interface Kept {
  readonly recordings: Recordings["Type"]
  readonly trees: SyntaxTrees["Type"]
}

/** Runs the code of a node, and keeps what it came to before anybody learns of it. */
export const carryOut = <A, E, R>(
  { recordings, trees }: Kept,
  node: ActiveNode,
  given: Given,
  body: Effect.Effect<A, E, R>
): Effect.Effect<Ref<A>, E | NotRecordable | RecordError | ReplayMiss, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const { run } = node
      const startedAt = run.clock.unsafeCurrentTimeMillis()
      const exit = yield* Effect.exit(restore(body))
      for (const pending of node.open) yield* pending
      const outcome = outcomeOf(exit)
      const digest =
        outcome._tag === "done"
          ? yield* Either.mapLeft(digestOf(outcome.value), (error) => refuse(titleOf(node), "output", error))
          : undefined
      if (node.miss !== undefined) return yield* node.miss
      yield* judge(trees, node, outcome, digest, given)
      if (run.mode === "strict") {
        const order = node.past?.order
        if (order !== undefined) yield* restore(order < 0 ? Effect.never : run.turnstile.pass(order))
      } else {
        const recorded = (order: number): RecordedNode =>
          recordOf(node, given, { outcome, digest, order, startedAt })
        yield* outcome._tag === "interrupted"
          ? recordings.put(CheckpointId.make(run.id), [...run.pending.splice(0), recorded(-1)])
          : run.gate.pass((order) =>
              recordings.put(CheckpointId.make(run.id), [...run.pending.splice(0), recorded(order)])
            )
      }
      const value = yield* exit
      const id = node.past !== undefined && run.mode === "strict" ? node.past.id : node.id
      if (digest !== undefined) noteOutput(run, id, node.way, digest)
      return new Ref(value, id, digest ?? noHash)
    })
  )

export const runNode = <const I extends Inputs, A, E, R>(
  kept: Kept,
  kind: Kind,
  name: string,
  own: I,
  body: (inputs: Values<I>) => Effect.Effect<A, E, R>,
  { version = 1 }: NodeOptions
): Effect.Effect<Ref<A>, E | NotRecordable | RecordError | ReplayMiss, R> =>
  Effect.gen(function* () {
    const scope = yield* FiberRef.get(current)
    if (scope === undefined) {
      return new Ref(yield* body(valuesOf(own)), noNode, noHash)
    }
    const { node: parent } = scope
    const { run } = parent
    const title = addressOf({ kind, name })
    const { inputs: given = {}, outputs = {} } = run.overrides
    // whoever gives an input says that it is one
    const inputs = Object.hasOwn(given, title) ? ({ ...own, ...given[title] } as I) : own
    const place = `${kind}:${name}`
    const way = `${parent.way}/${scope.way}/${place}#${ordinal(scope, `node ${place}`)}`
    const shown = Object.fromEntries(
      Object.entries(inputs).map(([key, input]) => [
        key,
        input instanceof Ref ? { $output: input.digest } : input
      ])
    )
    const key = yield* Either.mapLeft(nodeKey({ kind, name, version, inputs: shown }), (error) =>
      refuse(`${kind} ${name}`, "input", error)
    )
    const dependsOn = Object.values(inputs).flatMap((input) => (input instanceof Ref ? [input.node] : []))
    addUses(
      parent,
      Object.values(inputs).flatMap((input) => {
        const used = input instanceof Ref ? run.ways.get(input.node) : undefined
        return used === undefined || !(input instanceof Ref) ? [] : [[used, input.digest] as const]
      })
    )
    const past = run.past?.nodes.find((node) => node.way === way)
    const reason = reasonToRun(run, past, key, shown)
    if (
      run.mode === "incremental" &&
      past !== undefined &&
      reason === undefined &&
      past.digest !== undefined
    ) {
      reuse(run, past)
      addReads(parent, Object.entries(past.reads))
      noteAll(parent, past.surroundings)
      addUses(parent, Object.entries(past.uses))
      const id = NodeId.make(uuidOf("node", `${run.id}\n${way}`))
      const value = past.outcome._tag === "done" ? past.outcome.value : undefined
      // what a node of this key came to is what its code would give
      return new Ref(value as A, id, past.digest)
    }
    const node = makeActiveNode({
      run,
      id: NodeId.make(uuidOf("node", `${run.id}\n${way}`)),
      kind,
      name,
      way,
      parent,
      past
    })
    return yield* Effect.locally(
      carryOut(
        kept,
        node,
        { key, inputs: shown, dependsOn: [...new Set(dependsOn)], reason: reason ?? "it was asked for" },
        // whoever gives an output says that it is one
        Object.hasOwn(outputs, title) ? Effect.succeed(outputs[title] as A) : body(valuesOf(inputs))
      ),
      current,
      makeScope(node)
    )
  })
