/** Nodes of a run: taken from a recording, or run. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import type { GraphNode } from "../../domain/GraphNode.js"
import type { Hash } from "../../domain/Hash.js"
import type { JsonObject } from "../../domain/Json.js"
import type { NotRecordable, ReplayMiss } from "../../domain/ReplayErrors.js"
import type { Verdict } from "../../domain/ReplayResult.js"
import { difference } from "../../replay/diff/json/difference.js"
import { nodeKey } from "../../replay/nodeKey.js"
import type { RecordedNode } from "../../replay/Recording.js"
import { addressOf, digestIn } from "../../replay/reuse.js"
import type { RecordError } from "../records/records.js"
import { type ActiveNode, makeActiveNode } from "./ActiveNode.js"
import type { ActiveRun } from "./ActiveRun.js"
import { carryOut, verdictOf } from "./carryOut.js"
import { noHash, noNode, Ref } from "./Ref.js"
import { refuse } from "./refuse.js"
import { current, makeScope, ordinal } from "./Scope.js"
import { noteAll } from "./surroundings.js"
import { idAt, takeOver } from "./takeOver.js"

export type Kind = GraphNode["nodeType"]

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

const valuesOf = <I extends Inputs>(inputs: I): Values<I> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, input instanceof Ref ? input.value : input])
  ) as Values<I> // name by name, what the type says

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
    return first === undefined
      ? "its version changed"
      : `its input ${first.path.slice(1).replace(/\/\$output$/, "")} changed`
  }
  const reason = run.reuse.whyNot(past, () => run.pasts.index.within(past.way))
  if (reason !== undefined) return reason
  const used = Object.entries(past.uses).find(([way, digest]) => run.became.get(way)?.digest !== digest)
  return used === undefined
    ? undefined
    : `what it uses of ${used[0].slice(used[0].lastIndexOf("/") + 1)} changed`
}

/** Recorded nodes that nothing asked for. */
export const missingIn = (run: ActiveRun): ReadonlyArray<Verdict> => {
  const met = new Set(run.verdicts.map(({ node }) => node))
  return (run.past?.nodes ?? []).filter(({ id }) => !met.has(id)).map((node) => verdictOf(node, "MISSING"))
}

export const runNode = <const I extends Inputs, A, E, R>(
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
    const called = `${kind}:${name}`
    const place = `/${scope.way}/${called}#${ordinal(scope, `node ${called}`)}`
    const way = `${parent.way}${place}`
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
    const past = run.pasts.take({ kind, name, outer: parent.pastWay, place, key }, run.mode === "strict")
    const reason = reasonToRun(run, past, key, shown)
    if (
      run.mode === "incremental" &&
      past !== undefined &&
      reason === undefined &&
      past.digest !== undefined
    ) {
      yield* takeOver(run, past, { way, outer: parent.way })
      addReads(parent, Object.entries(past.reads))
      noteAll(parent, past.surroundings)
      addUses(
        parent,
        Object.entries(past.uses).map(
          ([then, digest]) => [run.became.get(then)?.way ?? then, digest] as const
        )
      )
      const value = past.outcome._tag === "done" ? past.outcome.value : undefined
      // what a node of this key came to is what its code would give
      return new Ref(value as A, idAt(run, way), past.digest)
    }
    const node = makeActiveNode({
      run,
      id: idAt(run, way),
      kind,
      name,
      way,
      pastWay: past?.way ?? `${parent.pastWay}${place}`,
      parent,
      past
    })
    return yield* Effect.locally(
      carryOut(
        node,
        {
          key,
          inputs: shown,
          dependsOn: [...new Set(dependsOn)],
          reason: reason ?? "it was asked for",
          isOther: () => reason !== undefined
        },
        // whoever gives an output says that it is one
        Object.hasOwn(outputs, title) ? Effect.succeed(outputs[title] as A) : body(valuesOf(inputs))
      ),
      current,
      makeScope(node)
    )
  })
