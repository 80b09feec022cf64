/**
 * Replays recordings by the programs that they are of. Owns: the plan, what is compared, and what it took. Does not own: how runs are
 * carried out (Recorder), recordings (Recordings), programs (Programs).
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { RulepackNotFound } from "../domain/ComplianceErrors.js"
import { uuidOf } from "../domain/Hash.js"
import type { ScaffoldId } from "../domain/Ids.js"
import { Millis } from "../domain/Measures.js"
import type { Overrides } from "../domain/Overrides.js"
import { type ProgramInvalid, type ProgramNotFound, ReplayMiss } from "../domain/ReplayErrors.js"
import type { ReplayPlan } from "../domain/ReplayPlan.js"
import type { ReplayResult, Verdict, VerdictKind } from "../domain/ReplayResult.js"
import { sha256 } from "../prompt/digest.js"
import { planOf, unusedIn } from "../replay/plan.js"
import type { Recording } from "../replay/Recording.js"
import { filesOf, packAs, rulepackOf } from "../replay/surroundings.js"
import { CheckpointStore } from "./CheckpointStore.js"
import { Enforcer } from "./Enforcer.js"
import { noted } from "./noted.js"
import { PriceList } from "./PriceList.js"
import { PromptLoader } from "./PromptLoader.js"
import { Programs } from "./Programs.js"
import { make as makeRecorder, Recorder, type RecorderError, type RunFacts } from "./Recorder.js"
import { Recordings } from "./Recordings.js"
import { checksOf, explained } from "./replaying/checks.js"
import { added, nothing, providerOf, spendOf } from "./replaying/spend.js"
import { verifyRuns } from "./runs/verify.js"
import { RunStorage } from "./RunStorage.js"
import { SyntaxTrees } from "./SyntaxTrees.js"

export type ReplayError = RecorderError | ProgramInvalid | ProgramNotFound | RulepackNotFound

/** How a replay is called and what it changes. */
export interface ReplayOptions {
  /** The name of the branch on which the new recording is kept. */
  readonly branch?: string | undefined
}

export class Replay extends Context.Tag("aegis/Replay")<
  Replay,
  {
    /** What a replay would take, run, and spend. Nothing is run; no program is needed. */
    readonly plan: (recording: string, overrides?: Overrides) => Effect.Effect<ReplayPlan, ReplayError>
    /**
     * Runs again what depends on what is changed, and keeps it on a branch of its own; the recorded run stays as it is. A program that
     * fails is a result, not an error.
     */
    readonly replay: (
      recording: string,
      overrides?: Overrides,
      options?: ReplayOptions
    ) => Effect.Effect<ReplayResult, ReplayError>
    /** Runs everything again with the answers that were recorded, without a network, and compares. Nothing is kept. */
    readonly verify: (recording: string) => Effect.Effect<ReplayResult, ReplayError>
  }
>() {}

type Fault = Exclude<RecorderError, ReplayMiss>

/** What a replay stands on, and its faults: they say nothing about the program. */
const faults: { readonly [Tag in Fault["_tag"]]: true } = {
  CanonicalError: true,
  CheckpointCycle: true,
  LineageMoved: true,
  NameTaken: true,
  NodeCycle: true,
  NodeMissing: true,
  NotRecordable: true,
  RecordingDamaged: true,
  RecordingOutdated: true,
  RunDamaged: true,
  RunNotFound: true,
  StateTooLarge: true,
  StoreError: true,
  ThreadDeleted: true
}

const isFault = (error: unknown): error is Fault =>
  typeof error === "object" && error !== null && "_tag" in error && Object.hasOwn(faults, String(error._tag))

const none: RunFacts = { recording: Option.none(), verdicts: [], changed: [], taken: [] }

const countsOf = (verdicts: ReadonlyArray<Verdict>): ReplayResult["counts"] => {
  const counts = { IDENTICAL: 0, EQUIVALENT: 0, DIVERGED: 0, MISSING: 0, EXECUTED: 0, REUSED: 0 }
  for (const { verdict } of verdicts) counts[verdict] += 1
  return counts
}

/** Of a strict replay as a whole: that of the node that is furthest from what was recorded. */
const worst = (verdicts: ReadonlyArray<Verdict>): VerdictKind =>
  verdicts.some((verdict) => explained(verdict) !== undefined)
    ? "DIVERGED"
    : verdicts.some(({ verdict }) => verdict === "EQUIVALENT")
      ? "EQUIVALENT"
      : "IDENTICAL"

/** A replay by itself spends nothing: calls that it makes are recorded for themselves. */
const inLedger = <A, E extends { readonly _tag: string }, R>(
  self: Effect.Effect<A, E, R>,
  recording: string
): Effect.Effect<A, E, R> =>
  noted<A>(() => ({
    operation: "replay",
    outcome: "replay",
    // a recorded run has a name as what was sent has one
    scaffoldId: uuidOf("recording", recording) as ScaffoldId
  }))(self)

export const make = Effect.gen(function* () {
  const recordings = yield* Recordings
  const checkpoints = yield* CheckpointStore
  const storage = yield* RunStorage
  const programs = yield* Programs
  const enforcer = yield* Enforcer
  const loader = yield* PromptLoader
  const prices = yield* PriceList
  const trees = yield* SyntaxTrees

  /** What is there now of the files and the packs that the run used. */
  const presentOf = Effect.fnUntraced(function* (recording: Recording, overrides: Overrides) {
    const names = new Set(recording.nodes.flatMap(({ surroundings }) => Object.keys(surroundings)))
    const present = new Map<string, string>()
    for (const name of names) {
      const files = filesOf(name)
      if (files === undefined) continue
      const text = yield* Effect.option(loader.load({ ...files, file: recording.name, line: 1 }))
      present.set(name, Option.match(text, { onNone: () => "unreadable", onSome: sha256 }))
    }
    const { rulepacks = {} } = overrides
    const packs = [...names].flatMap((name) => rulepackOf(name) ?? [])
    if (packs.length === 0 && Object.keys(rulepacks).length === 0) return present
    const installed = new Map(
      (yield* enforcer.packs).flatMap((pack) =>
        Either.isRight(pack) ? [[pack.right.file.id, pack.right] as const] : []
      )
    )
    const other = Object.entries(rulepacks).find(
      ([name, version]) => installed.get(name)?.file.version !== version
    )
    if (other !== undefined) {
      return yield* new RulepackNotFound({
        name: `${other[0]}@${other[1]}`,
        known: [...installed].map(([name, { file }]) => `${name}@${file.version}`)
      })
    }
    for (const name of packs) {
      const pack = installed.get(name)
      const now = pack && packAs({ version: pack.file.version, hash: pack.hash })
      present.set(`rulepack ${name}`, now ?? "absent")
    }
    return present
  })

  const recordedSpend = Effect.fnUntraced(function* (recording: Recording) {
    let sum = nothing
    for (const node of recording.nodes) {
      sum = added(sum, yield* spendOf(prices, node.steps, providerOf(node)))
    }
    return sum
  })

  /** Runs a program by a recorder, and tells what is known of its run. A fault of the store is an error; one of the program is not. */
  const carriedOut = Effect.fnUntraced(function* (
    recording: Recording,
    options: Pick<Parameters<typeof makeRecorder>[0], "mode" | "overrides" | "present" | "branch">
  ) {
    const { effect } = yield* programs.get(recording.name)
    const facts = yield* Ref.make(none)
    const recorder = yield* makeRecorder({
      ...options,
      recording: recording.id,
      onEnd: (ended) => Ref.set(facts, ended)
    }).pipe(Effect.provideService(Recordings, recordings), Effect.provideService(SyntaxTrees, trees))
    const began = yield* Clock.currentTimeNanos
    const exit = yield* Effect.exit(Effect.provideService(effect, Recorder, recorder))
    const took = Millis.make(Math.max(0, Number((yield* Clock.currentTimeNanos) - began) / 1e6))
    const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
    if (isFault(error)) return yield* error
    if (Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)) return yield* Effect.interrupt
    const known = yield* Ref.get(facts)
    const root = known.verdicts.find(
      ({ node }) => recording.nodes.find(({ outer }) => outer === "")?.id === node
    )
    return {
      facts: known,
      root,
      took,
      miss: error instanceof ReplayMiss ? error : undefined,
      failed: Exit.isFailure(exit) ? (Cause.pretty(exit.cause).split("\n")[0] ?? "") : undefined
    }
  })

  const resultOf = Effect.fnUntraced(function* (
    recording: Recording,
    { facts, took }: Effect.Effect.Success<ReturnType<typeof carriedOut>>
  ) {
    const [root] = recording.nodes.filter(({ outer }) => outer === "")
    const provider = root && providerOf(root)
    return {
      recording: recording.id,
      name: recording.name,
      counts: countsOf(facts.verdicts),
      nodes: facts.verdicts,
      differences: facts.changed,
      time: { recorded: Millis.make(root?.duration ?? 0), took },
      spend: {
        recorded: yield* recordedSpend(recording),
        made: yield* spendOf(prices, facts.taken, provider),
        source: prices.version
      }
    }
  })

  return Replay.of({
    plan: Effect.fn("Replay.plan")(function* (id, given = {}) {
      const recording = yield* recordings.load(id)
      const present = yield* presentOf(recording, given)
      let least = nothing
      let most = nothing
      const nodes: Array<ReplayPlan["nodes"][number]> = []
      for (const { action, node, reason } of planOf(recording, given, present)) {
        const recorded = yield* spendOf(prices, node.steps, providerOf(node))
        // what the run does itself is done again only where it asks for something else
        if (action === "run" && node.outer !== "") least = added(least, recorded)
        if (action !== "reuse" && node.outer !== "") most = added(most, recorded)
        nodes.push({
          node: node.id,
          kind: node.kind,
          name: node.name,
          action,
          ...(reason === undefined ? {} : { reason }),
          recorded
        })
      }
      return {
        recording: recording.id,
        name: recording.name,
        nodes,
        unused: unusedIn(recording, given),
        estimate: { least, most, source: prices.version }
      }
    }),
    replay: Effect.fn("Replay.replay")(function* (id, overrides = {}, { branch } = {}) {
      const recording = yield* recordings.load(id)
      const present = yield* presentOf(recording, overrides)
      const course = yield* carriedOut(recording, { mode: "incremental", overrides, present, branch })
      const { failed, root } = course
      const ok = failed === undefined || root?.verdict === "IDENTICAL"
      const result: ReplayResult = {
        ...(yield* resultOf(recording, course)),
        mode: "replay",
        branch: Option.getOrNull(course.facts.recording),
        ok,
        verdict: root?.verdict ?? "EXECUTED",
        ...(ok ? {} : { first: `the program failed: ${failed}` }),
        checks: []
      }
      return result
    }, inLedger),
    verify: Effect.fn("Replay.verify")(function* (id) {
      const recording = yield* recordings.load(id)
      const checkpoint = yield* checkpoints.load(id)
      const thread = Option.match(checkpoint, { onNone: () => id, onSome: (found) => found.thread ?? id })
      const chain = yield* verifyRuns(storage, { thread, anchors: undefined })
      const course = yield* carriedOut(recording, { mode: "strict" })
      const { facts, miss } = course
      const checks = checksOf(facts.verdicts, miss, chain)
      const first = checks.find(({ ok }) => !ok)?.found
      const result: ReplayResult = {
        ...(yield* resultOf(recording, course)),
        mode: "verify",
        branch: null,
        ok: first === undefined,
        verdict: miss === undefined ? worst(facts.verdicts) : "DIVERGED",
        ...(first === undefined ? {} : { first }),
        checks
      }
      return result
    }, inLedger)
  })
})

export const layer = Layer.effect(Replay, make)
