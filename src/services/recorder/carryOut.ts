/** Runs nodes, judges them against what was recorded, and keeps them. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type { Hash } from "../../domain/Hash.js"
import type { NodeId } from "../../domain/Ids.js"
import type { JsonObject } from "../../domain/Json.js"
import type { NotRecordable, ReplayMiss } from "../../domain/ReplayErrors.js"
import type { Verdict } from "../../domain/ReplayResult.js"
import { digestOf } from "../../replay/nodeKey.js"
import { difference } from "../../replay/diff/json/difference.js"
import type { KeptArtifact, Outcome, RecordedNode } from "../../replay/Recording.js"
import { titleOf } from "../../replay/reuse.js"
import { differingIn, rulepackOf } from "../../replay/surroundings.js"
import { isEquivalent } from "../comparing/values.js"
import type { RecordError } from "../records/records.js"
import type { ActiveNode } from "./ActiveNode.js"
import type { ActiveRun } from "./ActiveRun.js"
import { noHash, Ref } from "./Ref.js"
import { refuse } from "./refuse.js"
import { surroundingsOf } from "./surroundings.js"

export const verdictOf = (
  { id, kind, name }: Pick<RecordedNode, "id" | "kind" | "name">,
  verdict: Verdict["verdict"],
  more: Pick<Verdict, "reason" | "path"> = {}
): Verdict => ({ verdict, node: id, kind, name, ...more })

/** What became of a node, for those that are given what it came to. */
export const ended = (
  run: ActiveRun,
  past: RecordedNode | undefined,
  { digest, id, way }: { readonly id: NodeId; readonly way: string; readonly digest: Hash }
): void => {
  run.ways.set(id, way)
  run.became.set(past?.way ?? way, { way, digest })
}

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
  /** It was given something else than was recorded, or came to nothing then: no wonder if its output differs. */
  readonly isOther: () => boolean
}

const errorText = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error)

const resultOf = (outcome: Outcome): unknown =>
  outcome._tag === "done"
    ? outcome.value
    : outcome._tag === "failed"
      ? `failed: ${errorText(outcome.error)}`
      : "interrupted"

/** What a node came to, as it is compared. */
const valueOf = (outcome: Outcome, artifacts: ReadonlyArray<KeptArtifact>): unknown =>
  artifacts.length === 0 ? resultOf(outcome) : { output: resultOf(outcome), artifacts }

/** In one order, whichever fiber made them first. */
const artifactsOf = ({ artifacts }: ActiveNode): ReadonlyArray<KeptArtifact> =>
  [...artifacts].sort((one, other) => ((one.name ?? "") < (other.name ?? "") ? -1 : 1))

const sameArtifacts = (one: ReadonlyArray<KeptArtifact>, other: ReadonlyArray<KeptArtifact>): boolean =>
  difference(one, other).length === 0

/** Judges a node that was run against what was recorded of it. */
const judge = Effect.fnUntraced(function* (
  node: ActiveNode,
  outcome: Outcome,
  digest: Hash | undefined,
  { isOther, reason }: Given
) {
  const { past, run } = node
  const strict = run.mode === "strict"
  const judged = (kind: Verdict["verdict"], more: Pick<Verdict, "reason" | "path"> = {}): void => {
    run.verdicts.push(verdictOf(past ?? node, kind, { ...(strict ? {} : { reason }), ...more }))
  }
  if (past === undefined) {
    // who is interrupted as it begins was recorded or not, as it happened
    return strict && outcome._tag === "interrupted" ? undefined : judged("EXECUTED")
  }
  const artifacts = artifactsOf(node)
  const isSame =
    past.outcome._tag === outcome._tag && past.digest === digest && sameArtifacts(past.artifacts, artifacts)
  if (isSame) {
    const now = surroundingsOf(node)
    // of rulepacks only what they find is part of a run
    const names = Object.keys({ ...past.surroundings, ...now }).filter(
      (name) => rulepackOf(name) === undefined
    )
    const differing = strict ? differingIn(past.surroundings, now, names) : undefined
    return differing === undefined ? judged("IDENTICAL") : judged("DIVERGED", { reason: differing })
  }
  const changes = yield* run.compare(
    past.name,
    valueOf(past.outcome, past.artifacts),
    valueOf(outcome, artifacts)
  )
  run.changed.push({ node: past.id, name: past.name, changes })
  const kind = changes.every(isEquivalent) ? "EQUIVALENT" : strict || !isOther() ? "DIVERGED" : "EXECUTED"
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
  outer: node.parent?.way ?? "",
  chance: node.chance,
  key,
  inputs,
  dependsOn,
  reads: Object.fromEntries([...node.reads].sort()),
  surroundings: surroundingsOf(node),
  uses: Object.fromEntries([...node.uses].sort()),
  clock: Object.fromEntries([...node.clock].sort()),
  ...ended,
  duration: node.run.clock.unsafeCurrentTimeMillis() - ended.startedAt,
  steps: node.steps,
  artifacts: artifactsOf(node)
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
      yield* judge(node, outcome, digest, given)
      if (run.mode === "strict") {
        const order = node.past?.order
        // what ended waited to be kept, whoever interrupted it meanwhile
        if (order !== undefined) yield* order < 0 ? restore(Effect.never) : run.turnstile.pass(order)
      } else {
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
      const id = node.past !== undefined && run.mode === "strict" ? node.past.id : node.id
      if (digest !== undefined) ended(run, node.past, { id, way: node.way, digest })
      return new Ref(value, id, digest ?? noHash)
    })
  )
