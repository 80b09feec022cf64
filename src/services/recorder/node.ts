/** Nodes of a run: reused, or carried out and kept. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import type { GraphNode } from "../../domain/GraphNode.js"
import { Hash, uuidOf } from "../../domain/Hash.js"
import { NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { CanonicalError } from "../../domain/PromptErrors.js"
import { NotRecordable, type ReplayMiss } from "../../domain/ReplayErrors.js"
import { digestOf, nodeKey } from "../../replay/nodeKey.js"
import type { Outcome, RecordedNode } from "../../replay/Recording.js"
import type { Verdict } from "../../replay/Verdict.js"
import { difference } from "../../replay/diff/json/difference.js"
import type { RecordError } from "../records/records.js"
import { type ActiveNode, makeActiveNode, titleOf } from "./ActiveNode.js"
import type { ActiveRun } from "./ActiveRun.js"
import { current, makeScope, ordinal } from "./Scope.js"

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

const refuse = (node: string, what: "input" | "output", { path, problem }: CanonicalError): NotRecordable =>
  new NotRecordable({ node, what, path, reason: problem })

const addReads = (node: ActiveNode | undefined, reads: Iterable<readonly [string, string]>): void => {
  for (let each = node; each !== undefined; each = each.parent) {
    for (const [name, digest] of reads) each.reads.set(name, digest)
  }
}

/** Of each input that was digested: every node may read the same long text. */
const digests = new WeakMap<JsonObject, Map<string, string>>()

const digestIn = (input: JsonObject, name: string): string => {
  const known = digests.get(input) ?? new Map<string, string>()
  digests.set(input, known)
  const digest =
    known.get(name) ??
    (Object.hasOwn(input, name) ? Either.getOrElse(digestOf(input[name]), () => "") : "absent")
  known.set(name, digest)
  return digest
}

/** A part of the run's input. Whoever carries the node on depends on it. */
export const readInput = (node: ActiveNode, name: string): unknown => {
  addReads(node, [[name, digestIn(node.run.input, name)]])
  return Object.hasOwn(node.run.input, name) ? node.run.input[name] : undefined
}

/** What a node read and is not as it was. */
const changedRead = (run: ActiveRun, { reads }: RecordedNode): string | undefined =>
  Object.entries(reads).find(([name, digest]) => digestIn(run.input, name) !== digest)?.[0]

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
  if (past.outcome._tag !== "done") return "it had not succeeded"
  const read = changedRead(run, past)
  return read === undefined ? undefined : `${read} changed`
}

const verdictOf = (
  { id, kind, name }: Pick<RecordedNode, "id" | "kind" | "name">,
  verdict: Verdict["verdict"],
  more: Pick<Verdict, "reason" | "path"> = {}
): Verdict => ({ verdict, node: id, kind, name, ...more })

/** The id in this run of what is at a way. */
const idAt = (run: ActiveRun, way: string): NodeId => {
  const known = run.ids.get(way)
  if (known !== undefined) return known
  const id = NodeId.make(uuidOf("node", `${run.id}\n${way}`))
  run.ids.set(way, id)
  return id
}

/** Nodes that were taken over are kept at the latest when there are so many. */
const manyPending = 256

/** Keeps what was taken over from the recording, and this as well, before anybody learns of it. */
export const keep = (
  run: ActiveRun,
  count: number,
  recorded: (first: number) => ReadonlyArray<RecordedNode>
): Effect.Effect<void, RecordError> => {
  let taken: ReadonlyArray<RecordedNode> = []
  const nodes = (first: number): ReadonlyArray<RecordedNode> => {
    taken = run.pending.splice(0)
    return [...taken, ...recorded(first)]
  }
  return Effect.tapErrorCause(run.gate.keep(nodes, count), () =>
    Effect.sync(() => {
      for (const node of taken) run.pending.push(node)
    })
  )
}

/** Takes what was recorded into this run, as its own. */
const reuse = (run: ActiveRun, past: RecordedNode): Effect.Effect<void, RecordError> =>
  Effect.suspend(() => {
    const nodes = run.index.within(past.way)
    const ended = nodes
      .flatMap(({ order, steps }) => [order, ...steps.map((step) => step.order)])
      .filter((order) => order >= 0)
      .sort((one, other) => one - other)
    const idOf = (id: NodeId): NodeId => {
      const way = run.index.wayOf(id)
      return way === undefined ? id : idAt(run, way)
    }
    const take = (first: number): void => {
      // among the ends of this run, in the order that they had in theirs
      const orders = new Map(ended.map((order, index) => [order, first + index]))
      const renumbered = (order: number): number => orders.get(order) ?? order
      for (const node of nodes) {
        run.pending.push({
          ...node,
          order: renumbered(node.order),
          steps: node.steps.map((step) => ({ ...step, order: renumbered(step.order) })),
          id: idAt(run, node.way),
          dependsOn: node.dependsOn.map(idOf)
        })
        run.verdicts.push(verdictOf(node, "REUSED"))
      }
    }
    return Effect.zipRight(
      run.gate.pass(take, ended.length),
      Effect.suspend(() => (run.pending.length < manyPending ? Effect.void : keep(run, 0, () => [])))
    )
  })

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
        : { _tag: "failed", error: { message: (Cause.pretty(cause).split("\n")[0] ?? "").toWellFormed() } }
  })

/** What a node was given. */
export interface Given {
  readonly key: Hash
  readonly inputs: JsonObject
  readonly dependsOn: ReadonlyArray<NodeId>
  readonly reason: string
}

/** Whether a node was given something else than was recorded, or came to nothing then: no wonder that its output differs. */
const isOther = (run: ActiveRun, past: RecordedNode, { key }: Given): boolean =>
  past.key !== key || past.outcome._tag !== "done" || changedRead(run, past) !== undefined

/** Judges a node that was run against what was recorded of it. */
const judge = ({ past, run }: ActiveNode, outcome: Outcome, digest: Hash | undefined, given: Given): void => {
  if (past === undefined) return
  const same = past.outcome._tag === outcome._tag && past.digest === digest
  if (same)
    run.verdicts.push(verdictOf(past, "IDENTICAL", run.mode === "strict" ? {} : { reason: given.reason }))
  else if (run.mode === "incremental" && isOther(run, past, given))
    run.verdicts.push(verdictOf(past, "EXECUTED", { reason: given.reason }))
  else {
    const [first] =
      past.outcome._tag === "done" && outcome._tag === "done"
        ? difference(past.outcome.value, outcome.value)
        : []
    run.verdicts.push(verdictOf(past, "DIVERGED", { path: first?.path ?? "" }))
  }
}

const recordOf = (
  { clock, id, kind, name, reads, run, steps, way }: ActiveNode,
  { dependsOn, inputs, key }: Given,
  ended: Pick<RecordedNode, "outcome" | "digest" | "order" | "startedAt">
): RecordedNode => ({
  id,
  kind,
  name,
  way,
  key,
  inputs,
  dependsOn,
  reads: Object.fromEntries([...reads].sort()),
  clock: Object.fromEntries([...clock].sort()),
  ...ended,
  duration: run.clock.unsafeCurrentTimeMillis() - ended.startedAt,
  steps
})

/** Runs the code of a node, and keeps what it came to before anybody learns of it. */
export const carryOut = <A, E, R>(
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
      judge(node, outcome, digest, given)
      if (run.mode === "strict") {
        const order = node.past?.order
        if (order !== undefined) yield* restore(order < 0 ? Effect.never : run.turnstile.pass(order))
      } else {
        if (node.past === undefined) run.verdicts.push(verdictOf(node, "EXECUTED", { reason: given.reason }))
        const recorded = (order: number): RecordedNode =>
          recordOf(node, given, { outcome, digest, order, startedAt })
        if (outcome._tag !== "interrupted") yield* keep(run, 1, (order) => [recorded(order)])
        else {
          // what was interrupted is no end that others see in an order: a replay interrupts it at once, too
          run.pending.push(recorded(-1))
          if (node.parent === undefined) yield* keep(run, 0, () => [])
        }
      }
      const value = yield* exit
      return new Ref(
        value,
        node.past !== undefined && run.mode === "strict" ? node.past.id : node.id,
        digest ?? noHash
      )
    })
  )

export const runNode = <const I extends Inputs, A, E, R>(
  kind: Kind,
  name: string,
  inputs: I,
  body: (inputs: Values<I>) => Effect.Effect<A, E, R>,
  { version = 1 }: NodeOptions
): Effect.Effect<Ref<A>, E | NotRecordable | RecordError | ReplayMiss, R> =>
  Effect.gen(function* () {
    const scope = yield* FiberRef.get(current)
    if (scope === undefined) {
      return new Ref(yield* body(valuesOf(inputs)), noNode, noHash)
    }
    const { node: parent } = scope
    const { run } = parent
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
    const past = run.index.at(way)
    const reason = reasonToRun(run, past, key, shown)
    if (
      run.mode === "incremental" &&
      past !== undefined &&
      reason === undefined &&
      past.digest !== undefined
    ) {
      yield* reuse(run, past)
      addReads(parent, Object.entries(past.reads))
      const id = idAt(run, way)
      const value = past.outcome._tag === "done" ? past.outcome.value : undefined
      // what a node of this key came to is what its code would give
      return new Ref(value as A, id, past.digest)
    }
    const node = makeActiveNode({
      run,
      id: idAt(run, way),
      kind,
      name,
      way,
      parent,
      past
    })
    return yield* Effect.locally(
      carryOut(
        node,
        { key, inputs: shown, dependsOn: [...new Set(dependsOn)], reason: reason ?? "it was asked for" },
        body(valuesOf(inputs))
      ),
      current,
      makeScope(node)
    )
  })
