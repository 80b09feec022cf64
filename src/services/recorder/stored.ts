/** Recorded nodes and steps as the run store keeps them, and back. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { GraphNode } from "../../domain/GraphNode.js"
import { Hash, uuidOf } from "../../domain/Hash.js"
import { ArtifactId, type CheckpointId, ToolTraceId } from "../../domain/Ids.js"
import { JsonObject } from "../../domain/Json.js"
import { Millis, Timestamp } from "../../domain/Measures.js"
import { Overrides } from "../../domain/Overrides.js"
import { RecordingDamaged } from "../../domain/ReplayErrors.js"
import type { ScratchpadArtifact } from "../../domain/ScratchpadArtifact.js"
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
const Digests = Schema.Record({ key: Schema.String, value: Schema.String })
const NodeFacts = Schema.Struct({
  way: Schema.String,
  outer: Schema.String,
  chance: Schema.String,
  key: Hash,
  order: Schema.Int,
  reads: Digests,
  uses: Digests,
  surroundings: Schema.Record({
    key: Schema.String,
    value: Schema.Array(Schema.Union(Schema.String, Schema.Number))
  }),
  clock: Schema.Record({ key: Schema.String, value: Schema.Array(Schema.Number) }),
  digest: Schema.optional(Hash),
  duration: Schema.Number,
  outcome: Schema.Literal("done", "failed", "interrupted"),
  error: Schema.optional(Schema.Unknown),
  steps: Schema.Array(OwnStep)
})
const Run = Schema.Struct({ input: JsonObject, seed: Schema.String, overrides: Overrides })

const decodeNode = Schema.decodeUnknownEither(NodeFacts)
const decodeRun = Schema.decodeUnknownOption(Run)
const decodeStep = Schema.decodeUnknownEither(StepFacts)

export const writeRun = (run: Pick<Recording, "input" | "seed" | "overrides">): JsonObject => ({ ...run })

/** How recordings are laid out: counts up when that changes. */
export const format = "recording/2"

/** The layout of the recording that a checkpoint with this metadata is; undefined where it is none. */
export const formatOf = (metadata: JsonObject | undefined): string | undefined => {
  const made = metadata?.["aegis"]
  return typeof made === "string" && made.startsWith("recording/") ? made : undefined
}

/** Whether a checkpoint with this metadata is a recording of a layout that can be read. */
export const isRecording = (metadata: JsonObject | undefined): boolean => formatOf(metadata) === format

export const readRun = (state: JsonObject): Pick<Recording, "input" | "seed" | "overrides"> | undefined =>
  Option.getOrUndefined(decodeRun(state))

/** Sleeping is no call of a tool. */
const isOwn = ({ kind }: Step): boolean => kind === "sleep"

const errorIn = (outcome: Outcome): { readonly error?: unknown } =>
  outcome._tag === "failed" ? { error: outcome.error } : {}

const timestamp = (millis: number): Timestamp => Timestamp.make(new Date(millis).toISOString())

export const toGraphNode = (node: RecordedNode): GraphNode => {
  const {
    chance,
    clock,
    dependsOn,
    digest,
    duration,
    id,
    inputs,
    key,
    kind,
    name,
    order,
    outcome,
    outer,
    reads,
    surroundings,
    uses,
    way
  } = node
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
      outer,
      chance,
      key,
      order,
      reads,
      surroundings,
      uses,
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

export const toArtifacts = (
  checkpointId: CheckpointId,
  { artifacts, id: nodeId, startedAt }: RecordedNode
): ReadonlyArray<ScratchpadArtifact> =>
  artifacts.map((artifact, place) => ({
    ...artifact,
    id: ArtifactId.make(uuidOf("artifact", `${nodeId}\n${place}`)),
    checkpointId,
    nodeId,
    createdAt: timestamp(startedAt)
  }))

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

/** `traces` and `artifacts` are those of the node. */
export const fromStored = Effect.fnUntraced(function* (
  node: GraphNode,
  traces: ReadonlyArray<ToolTrace>,
  artifacts: ReadonlyArray<ScratchpadArtifact>
) {
  const { dependsOn = [], id, inputs, name = "", nodeType: kind } = node
  const facts = yield* Either.mapLeft(
    decodeNode(node.metadata),
    () => new RecordingDamaged({ node: `${kind} ${name}`, problem: "it is no recorded node" })
  )
  const { chance, clock, digest, duration, key, order, outer, reads, surroundings, uses, way } = facts
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
    outer,
    chance,
    key,
    order,
    inputs,
    dependsOn,
    reads,
    surroundings,
    uses,
    clock,
    outcome: outcomeOf(facts.outcome, node.outputs["value"], facts.error),
    digest,
    startedAt: Date.parse(node.createdAt),
    duration,
    steps: [...called, ...own],
    artifacts: artifacts.map(({ content, metadata, name: called, type }) => ({
      type,
      content,
      ...(called === undefined ? {} : { name: called }),
      ...(metadata === undefined ? {} : { metadata })
    }))
  } satisfies RecordedNode
})
