/** Recorded nodes and steps as the run store keeps them, and back. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { GraphNode } from "../../domain/GraphNode.js"
import { Hash, uuidOf } from "../../domain/Hash.js"
import { type CheckpointId, ToolTraceId } from "../../domain/Ids.js"
import { JsonObject } from "../../domain/Json.js"
import { Millis, Timestamp } from "../../domain/Measures.js"
import { RecordingDamaged } from "../../domain/ReplayErrors.js"
import type { ToolTrace } from "../../domain/ToolTrace.js"
import type { Outcome, RecordedNode, Recording, Step } from "../../replay/Recording.js"

const StepFacts = Schema.Struct({
  kind: Schema.Literal("fetch", "tool", "sleep"),
  key: Hash,
  at: Schema.String,
  order: Schema.Int,
  outcome: Schema.Literal("done", "failed", "interrupted"),
  error: Schema.optional(Schema.Unknown)
})
const OwnStep = Schema.Struct({
  ...StepFacts.fields,
  name: Schema.String,
  request: JsonObject,
  duration: Schema.Number
})
const NodeFacts = Schema.Struct({
  way: Schema.String,
  key: Hash,
  order: Schema.Int,
  reads: Schema.Record({ key: Schema.String, value: Schema.String }),
  clock: Schema.Record({ key: Schema.String, value: Schema.Array(Schema.Number) }),
  digest: Schema.optional(Hash),
  duration: Schema.Number,
  outcome: Schema.Literal("done", "failed", "interrupted"),
  error: Schema.optional(Schema.Unknown),
  steps: Schema.Array(OwnStep)
})
const Run = Schema.Struct({ input: JsonObject, seed: Schema.String })

const decodeNode = Schema.decodeUnknownEither(NodeFacts)
const decodeStep = Schema.decodeUnknownEither(StepFacts)

export const writeRun = (run: Pick<Recording, "input" | "seed">): JsonObject => ({ ...run })

export const readRun = (state: JsonObject): Pick<Recording, "input" | "seed"> | undefined =>
  Schema.is(Run)(state) ? { input: state.input, seed: state.seed } : undefined

/** Sleeping is no call of a tool. */
const isOwn = ({ kind }: Step): boolean => kind === "sleep"

const errorIn = (outcome: Outcome): { readonly error?: unknown } =>
  outcome._tag === "failed" ? { error: outcome.error } : {}

const timestamp = (millis: number): Timestamp => Timestamp.make(new Date(millis).toISOString())

export const toGraphNode = (node: RecordedNode): GraphNode => {
  const { clock, dependsOn, digest, duration, id, inputs, key, kind, name, order, outcome, reads, way } = node
  return {
    id,
    nodeType: kind,
    name,
    state: {},
    inputs,
    outputs: outcome._tag === "done" ? { value: outcome.value } : {},
    dependsOn: [...dependsOn],
    metadata: {
      way,
      key,
      order,
      reads,
      clock,
      ...(digest === undefined ? {} : { digest }),
      duration,
      outcome: outcome._tag,
      ...errorIn(outcome),
      steps: node.steps.filter(isOwn).map(({ outcome: ended, ...step }) => ({
        ...step,
        outcome: ended._tag,
        ...errorIn(ended)
      }))
    },
    createdAt: timestamp(node.startedAt)
  }
}

const messageOf = (error: unknown): string => {
  const message = typeof error === "object" && error !== null ? Reflect.get(error, "message") : error
  return typeof message === "string" ? message : "it failed"
}

export const toTraces = (
  checkpointId: CheckpointId,
  { id: nodeId, startedAt, steps }: RecordedNode
): ReadonlyArray<ToolTrace> =>
  steps
    .filter((step) => !isOwn(step))
    .map(({ at, duration, key, kind, name, order, outcome, request }) => ({
      id: ToolTraceId.make(uuidOf("tool trace", `${nodeId}\n${kind} ${key} ${at}`)),
      checkpointId,
      nodeId,
      toolName: name,
      inputs: request,
      outputs: outcome._tag === "done" ? { value: outcome.value } : {},
      duration: Millis.make(Math.max(0, duration)),
      success: outcome._tag === "done",
      ...(outcome._tag === "done"
        ? {}
        : { error: outcome._tag === "failed" ? messageOf(outcome.error) : "interrupted" }),
      metadata: { kind, key, at, order, outcome: outcome._tag, ...errorIn(outcome) },
      createdAt: timestamp(startedAt)
    }))

const outcomeOf = (tag: Outcome["_tag"], value: unknown, error: unknown): Outcome =>
  tag === "done" ? { _tag: tag, value } : tag === "failed" ? { _tag: tag, error } : { _tag: tag }

const toStep = (title: string, trace: ToolTrace): Either.Either<Step, RecordingDamaged> =>
  Either.mapBoth(decodeStep(trace.metadata), {
    onLeft: () =>
      new RecordingDamaged({ node: title, problem: `its step ${trace.toolName} is not readable` }),
    onRight: ({ at, error, key, kind, order, outcome }) => ({
      kind,
      name: trace.toolName,
      key,
      at,
      order,
      request: trace.inputs,
      outcome: outcomeOf(outcome, trace.outputs["value"], error),
      duration: trace.duration
    })
  })

/** `traces` are those of the node. */
export const fromStored = Effect.fnUntraced(function* (node: GraphNode, traces: ReadonlyArray<ToolTrace>) {
  const { dependsOn = [], id, inputs, name = "", nodeType: kind } = node
  const facts = yield* Either.mapLeft(
    decodeNode(node.metadata),
    () => new RecordingDamaged({ node: `${kind} ${name}`, problem: "it is no recorded node" })
  )
  const { clock, digest, duration, key, order, reads, way } = facts
  const called = yield* Effect.forEach(traces, (trace) => toStep(`${kind} ${name}`, trace))
  const own = facts.steps.map(({ error, outcome, ...step }): Step => ({
    ...step,
    outcome: outcomeOf(outcome, null, error)
  }))
  return {
    id,
    kind,
    name,
    way,
    key,
    order,
    inputs,
    dependsOn,
    reads,
    clock,
    outcome: outcomeOf(facts.outcome, node.outputs["value"], facts.error),
    digest,
    startedAt: Date.parse(node.createdAt),
    duration,
    steps: [...called, ...own]
  } satisfies RecordedNode
})
