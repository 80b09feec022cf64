/**
 * Carries out runs: records them, or replays what was recorded. Owns: what a node and a step of a run are, when one may be taken from a
 * recording, and what a run sees of time, chance and the network. Does not own: how recordings are kept (Recordings).
 */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { CheckpointId, NodeId } from "../domain/Ids.js"
import { type Hash, uuidOf } from "../domain/Hash.js"
import type { JsonObject } from "../domain/Json.js"
import { over, type Overrides } from "../domain/Overrides.js"
import {
  NotRecordable,
  type RecordingDamaged,
  type RecordingOutdated,
  type ReplayMiss
} from "../domain/ReplayErrors.js"
import type { Verdict } from "../domain/ReplayResult.js"
import type { RunNotFound } from "../domain/RunErrors.js"
import { nodeKey } from "../replay/nodeKey.js"
import type { KeptArtifact, Recording, Step } from "../replay/Recording.js"
import { makeReuse } from "../replay/reuse.js"
import { makeComparer } from "./comparing/values.js"
import type { SaveError } from "./CheckpointStore.js"
import { Accounted } from "./executing/Accounted.js"
import { Fetch } from "./Fetch.js"
import { type CallLedger, makeCallLedger } from "./recorder/callLedger.js"
import { makeActiveNode } from "./recorder/ActiveNode.js"
import type { ActiveRun, Changed, Mode } from "./recorder/ActiveRun.js"
import { carryOut, type Given } from "./recorder/carryOut.js"
import {
  type Inputs,
  type Kind,
  missingIn,
  type NodeOptions,
  readInput,
  runNode,
  type Values
} from "./recorder/node.js"
import { current, makeScope } from "./recorder/Scope.js"
import { callTool, type ToolOptions } from "./recorder/tool.js"
import { makeGate } from "./recorder/Gate.js"
import type { Ref } from "./recorder/Ref.js"
import { makePasts } from "./recorder/Pasts.js"
import { makeTurnstile } from "./recorder/Turnstile.js"
import { makeWorldClock } from "./recorder/worldClock.js"
import { whereabouts } from "./recorder/whereabouts.js"
import { makeWorldFetch, type Watch } from "./recorder/worldFetch.js"
import { makeWorldRandom } from "./recorder/worldRandom.js"
import type { RecordError } from "./records/records.js"
import { Recordings } from "./Recordings.js"
import type { ReadError } from "./RunLog.js"
import { SyntaxTrees } from "./SyntaxTrees.js"

export type { Changed, Mode } from "./recorder/ActiveRun.js"
export type { Inputs, NodeOptions, Values } from "./recorder/node.js"
export type { Ref } from "./recorder/Ref.js"
export type { ToolOptions } from "./recorder/tool.js"

export type RecorderError =
  | NotRecordable
  | ReadError
  | RecordError
  | RecordingDamaged
  | RecordingOutdated
  | ReplayMiss
  | RunNotFound
  | SaveError

/** What is known of a run that has ended, however it did. */
export interface RunFacts {
  /** The recording that was made; of a strict replay the one that was replayed. None where nothing is recorded. */
  readonly recording: Option.Option<string>
  readonly verdicts: ReadonlyArray<Verdict>
  /** Of nodes that came to something else than was recorded: what. */
  readonly changed: ReadonlyArray<Changed>
  /** The steps that were really taken, and not from a recording. */
  readonly taken: ReadonlyArray<Step>
}

/** What a run came to. */
export interface Ran<A> extends RunFacts {
  readonly value: A
}

export interface RunOptions {
  /** What nodes read by `read`. */
  readonly input?: JsonObject
}

export interface RecorderOptions {
  readonly mode: Mode
  /** The recording to replay. */
  readonly recording?: string | undefined
  /** What is changed of the run that was recorded. */
  readonly overrides?: Overrides | undefined
  /** What of the things that nodes use is there now, by the names under which they are noted: the hash of files, the version of a pack. */
  readonly present?: ReadonlyMap<string, string | number> | undefined
  /** Is told of every run as it ends, of one that fails too. */
  readonly onEnd?: ((facts: RunFacts) => Effect.Effect<void>) | undefined
  /** How the branch of the replay is called. */
  readonly branch?: string | undefined
}

export class Recorder extends Context.Tag("aegis/Recorder")<
  Recorder,
  {
    readonly run: <A, E, R>(
      name: string,
      options: RunOptions,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<Ran<A>, E | RecorderError, R>
    /** A part of the run that is kept, and taken from a recording when nothing that it depends on has changed. */
    readonly node: <const I extends Inputs, A, E, R>(
      kind: Kind,
      name: string,
      inputs: I,
      body: (inputs: Values<I>) => Effect.Effect<A, E, R>,
      options?: NodeOptions
    ) => Effect.Effect<Ref<A>, E | RecorderError, R>
    /** A call of a tool, which a replay does not make. */
    readonly tool: <A, E, R>(
      name: string,
      inputs: JsonObject,
      effect: Effect.Effect<A, E, R>,
      options?: ToolOptions<A, E>
    ) => Effect.Effect<A, E | NotRecordable | ReplayMiss, R>
    /** Keeps something that the node made, with it. */
    readonly artifact: (artifact: KeptArtifact) => Effect.Effect<void>
    /** A part of the run's input by its name; undefined where it has none. The node depends on it from now on. */
    readonly read: (name: string) => Effect.Effect<unknown>
  }
>() {}

/** Whether there is a reason for the run to come to something else than was recorded. */
const isOtherRun = ({ pasts, reuse, verdicts }: ActiveRun, key: Hash): boolean => {
  const { index, root } = pasts
  return (
    root === undefined ||
    root.key !== key ||
    reuse.whyNot(root, () => index.within(root.way)) !== undefined ||
    verdicts.some(({ verdict }) => verdict === "EXECUTED")
  )
}

/** Who is told of the requests of the fiber that asks: whoever accounts for them as a whole, or else the ledger. */
const watchOf = Effect.fnUntraced(function* (
  ledger: CallLedger | undefined
): Effect.fn.Return<Watch | undefined> {
  const answers = yield* Accounted
  const where = yield* whereabouts
  if (answers !== undefined) {
    return { answered: (by) => void (answers[by] += 1), ended: () => Effect.void, where }
  }
  return ledger === undefined ? undefined : { answered: () => {}, ended: ledger.record, where }
})

/** The run as a node: all others are in it. */
const rootOf = (run: ActiveRun, name: string): Effect.Effect<Given, NotRecordable> =>
  Effect.mapBoth(nodeKey({ kind: "plan", name, version: 1, inputs: run.input }), {
    onFailure: ({ path, problem }) =>
      new NotRecordable({ node: `run ${name}`, what: "input", path, reason: problem }),
    onSuccess: (key) => ({
      key,
      inputs: run.input,
      dependsOn: [],
      reason: "it is the run",
      isOther: () => isOtherRun(run, key)
    })
  })

export const make = Effect.fnUntraced(function* (options: RecorderOptions) {
  const recordings = yield* Recordings
  const trees = yield* SyntaxTrees

  const begin = Effect.fn("Recorder.begin")(function* (
    name: string,
    given: JsonObject,
    mode: ActiveRun["mode"]
  ) {
    const past: Recording | undefined =
      options.recording === undefined ? undefined : yield* recordings.load(options.recording)
    const overrides = over(options.overrides ?? {}, past?.overrides ?? {})
    const input = { ...given, ...past?.input, ...overrides.input }
    const seed = past?.seed ?? `${yield* Random.nextInt}`
    const id =
      mode === "strict" && past !== undefined
        ? CheckpointId.make(past.id)
        : yield* recordings.begin({
            name,
            input,
            seed,
            overrides,
            ...(past === undefined
              ? {}
              : { from: { id: CheckpointId.make(past.id), branch: options.branch } })
          })
    const { values } = makeComparer()
    const run: ActiveRun = {
      mode,
      id,
      input,
      seed,
      overrides,
      clock: yield* Effect.clock,
      past,
      pasts: makePasts(past?.nodes ?? []),
      compare: (name, before, after) =>
        Effect.provideService(values({ before, after, names: [name, name] }), SyntaxTrees, trees),
      turnstile: makeTurnstile(
        (past?.nodes ?? []).flatMap(({ order, steps }) =>
          [order, ...steps.map((step) => step.order)].filter((each) => each >= 0)
        )
      ),
      verdicts: [],
      changed: [],
      taken: [],
      became: new Map(),
      ways: new Map(),
      reuse: makeReuse(input, overrides, options.present),
      ids: new Map(),
      gate: makeGate(
        (nodes) => recordings.put(id, nodes),
        ({ _tag }) => _tag === "CanonicalError"
      ),
      pending: []
    }
    return run
  })

  const offline = options.mode === "strict"
  const world =
    (
      clock: Clock.Clock,
      random: Random.Random,
      fetch: Effect.Effect<typeof globalThis.fetch>,
      ledger: CallLedger | undefined
    ) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      effect.pipe(
        Effect.withClock(makeWorldClock(clock)),
        Effect.withRandom(makeWorldRandom(random)),
        Effect.provideService(Fetch, {
          current: Effect.gen(function* () {
            // of a run in another one, only the inner one accounts for its requests
            const plain = yield* Effect.provideService(fetch, Accounted, { network: 0, recording: 0 })
            const scope = yield* FiberRef.get(current)
            return scope === undefined ? plain : makeWorldFetch(scope, plain, yield* watchOf(ledger))
          }),
          offline
        })
      )

  return Recorder.of({
    run: (name, { input = {} }, effect) =>
      Effect.gen(function* () {
        if (options.mode === "passthrough") {
          return { value: yield* effect, recording: Option.none(), verdicts: [], changed: [], taken: [] }
        }
        const run = yield* begin(name, input, options.mode)
        const way = `run:${name}`
        const root = makeActiveNode({
          run,
          id: NodeId.make(uuidOf("node", `${run.id}\n${way}`)),
          kind: "plan",
          name,
          way,
          pastWay: way,
          parent: undefined,
          past: run.pasts.root
        })
        const facts = (): RunFacts => ({
          recording: Option.some(run.id),
          verdicts: [...run.verdicts, ...missingIn(run)],
          changed: run.changed,
          taken: run.taken
        })
        const ledger = yield* makeCallLedger(run.clock)
        const { value } = yield* carryOut(root, yield* rootOf(run, name), effect).pipe(
          Effect.locally(current, makeScope(root)),
          world(run.clock, yield* Effect.random, (yield* Fetch).current, ledger),
          Effect.ensuring(ledger?.settled ?? Effect.void),
          Effect.ensuring(Effect.suspend(() => options.onEnd?.(facts()) ?? Effect.void))
        )
        return { value, ...facts() }
      }),
    node: (kind, name, inputs, body, nodeOptions = {}) => runNode(kind, name, inputs, body, nodeOptions),
    tool: (name, inputs, effect, toolOptions = {}) =>
      Effect.flatMap(FiberRef.get(current), (scope) =>
        scope === undefined ? effect : callTool(scope, name, inputs, effect, toolOptions)
      ),
    artifact: (artifact) =>
      Effect.map(FiberRef.get(current), (scope) => void scope?.node.artifacts.push(artifact)),
    read: (name) => Effect.map(FiberRef.get(current), (scope) => scope && readInput(scope.node, name))
  })
})

/** A recorder for what these options say; each run that it carries out is one of its own. */
export const layer = (options: RecorderOptions): Layer.Layer<Recorder, never, Recordings | SyntaxTrees> =>
  Layer.effect(Recorder, make(options))
