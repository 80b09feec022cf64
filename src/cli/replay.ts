/** `aegis replay`: one recording or all of them, planned, verified, or run again with what is changed. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Overrides } from "../domain/Overrides.js"
import { ReplayPlan } from "../domain/ReplayPlan.js"
import { ReplayResult } from "../domain/ReplayResult.js"
import { ProjectFiles } from "../services/ProjectFiles.js"
import { Replay } from "../services/Replay.js"
import { atLeast } from "./atLeast.js"
import { GateFailed } from "./GateFailed.js"
import { Output } from "./Output.js"
import { overridesInput } from "./overridesInput.js"
import { Progress } from "./Progress.js"
import { meant } from "./refOptions.js"
import { replayAll } from "./replayAll.js"
import { reportOf, reportText } from "./replayReport.js"
import { UsageError } from "./UsageError.js"
import { planView, resultView } from "./views/replay.js"

export interface ReplayOptions {
  readonly ref: Option.Option<string>
  readonly thread: Option.Option<string>
  readonly all: boolean
  readonly plan: boolean
  readonly verify: boolean
  readonly set: ReadonlyArray<string>
  readonly overrides: Option.Option<string>
  readonly branch: Option.Option<string>
  readonly report: Option.Option<string>
  readonly concurrency: Option.Option<number>
}

/** Recordings that are replayed side by side. */
const defaultConcurrency = 2

/** What cannot be meant together. */
const contradictions = (options: ReplayOptions): ReadonlyArray<readonly [boolean, string]> => {
  const { all, branch, overrides, plan, ref, set, verify } = options
  const changes = set.length > 0 || Option.isSome(overrides)
  return [
    [
      all === Option.isSome(ref),
      all ? "--all is every recording, and one is named" : "No recording is named"
    ],
    [plan && verify, "--plan runs nothing, and --verify runs everything"],
    [verify && changes, "--verify changes nothing, and something is to be changed"],
    [
      (plan || verify || all) && Option.isSome(branch),
      "--branch names the branch of one replay that is kept"
    ],
    [plan && all, "--plan is for one recording"],
    [!all && Option.isSome(options.concurrency), "--concurrency is for --all"],
    [plan && Option.isSome(options.report), "--report is for what was replayed, and --plan replays nothing"]
  ]
}

const one = Effect.fnUntraced(function* (ref: string, options: ReplayOptions, overrides: Overrides) {
  const { plan, replay, verify } = yield* Replay
  const output = yield* Output
  const { during } = yield* Progress
  const { id } = yield* meant({ ref, thread: options.thread })
  if (options.plan) {
    return yield* output.emit(ReplayPlan, yield* plan(id, overrides).pipe(during("planning")), planView)
  }
  const result = yield* (
    options.verify ? verify(id) : replay(id, overrides, { branch: Option.getOrUndefined(options.branch) })
  ).pipe(during("replaying"))
  if (Option.isSome(options.report)) {
    const text = yield* reportText(reportOf(result.mode, overrides, [result], []))
    yield* (yield* ProjectFiles).write(options.report.value, text)
  }
  yield* output.emit(ReplayResult, result, resultView)
  if (result.ok) return
  return yield* new GateFailed({
    found: options.verify ? "The run is not what was recorded" : "The replay failed",
    fix: options.verify
      ? "What differs first is told above. Record the run again if it is meant to."
      : "What the program ended with is told above."
  })
})

export const replay = Effect.fn("aegis replay")(function* (options: ReplayOptions) {
  const wrong = contradictions(options).find(([applies]) => applies)
  if (wrong !== undefined) {
    return yield* new UsageError({
      problem: wrong[1],
      fix: "`aegis replay --help` tells what goes together."
    })
  }
  const concurrency = (yield* atLeast(1, options.concurrency, "--concurrency")) ?? defaultConcurrency
  const overrides = yield* overridesInput(options)
  return yield* Option.match(options.ref, {
    onSome: (ref) => one(ref, options, overrides),
    onNone: () =>
      replayAll({
        mode: options.verify ? "verify" : "replay",
        overrides,
        concurrency,
        report: Option.getOrUndefined(options.report)
      })
  })
})
