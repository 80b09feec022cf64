/** What reports come to as checks. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import { checksToRun } from "../../../src/cli/ci/checksToRun.js"
import { isFailing } from "../../../src/cli/ci/isFailing.js"
import { replayCheck } from "../../../src/cli/ci/replays.js"
import { standardsCheck } from "../../../src/cli/ci/standards.js"
import { Check } from "../../../src/domain/CachePerformance.js"
import { ciThresholds } from "../../../src/domain/CiSettings.js"
import type { ReplayReport } from "../../../src/domain/ReplayResult.js"
import { reportOf } from "../../enforce/support/reports.js"

const failed = { recording: "a", name: "a", problem: "gone" }
const replayed = (given: Partial<ReplayReport>): ReplayReport => ({
  ok: true,
  complete: true,
  mode: "verify",
  overrides: {},
  results: [],
  failed: [],
  ...given
})

describe("the checks of CI", () => {
  it("know of no replay where there is no recording, and fail one that was cut off or diverged", () => {
    const states = [{}, { complete: false }, { ok: false, failed: [failed] }].map(
      (given) => replayCheck(replayed(given)).state
    )
    assert.deepStrictEqual(states, ["unknown", "failed", "failed"])
    assert.strictEqual(
      replayCheck(replayed({ ok: false, failed: [failed] })).figure,
      "0 of 1 recording as it was"
    )
  })

  it("pass replays exactly where all of them are as they were", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.boolean(),
        FastCheck.boolean(),
        FastCheck.array(FastCheck.constant(failed)),
        (ok, complete, all) => {
          const { state } = replayCheck(replayed({ ok, complete, failed: all }))
          assert.strictEqual(state === "passed", ok && complete && all.length > 0)
        }
      )
    )
  })

  it("pass standards exactly where the gate found nothing that fails", () => {
    assert.strictEqual(standardsCheck({ ...reportOf(), valid: true }).state, "passed")
    const broken = standardsCheck({ ...reportOf(), valid: false, errors: 2, truncated: true })
    assert.deepStrictEqual(
      [broken.state, broken.figure.endsWith("stopped at the first that fails")],
      ["failed", true]
    )
  })

  it.effect(
    "are those that are named, in their own order, and a word that is none is refused with the nearest",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* checksToRun(Option.some("replay, standards")), ["standards", "replay"])
        assert.strictEqual((yield* checksToRun(Option.none())).length, 7)
        const refused = yield* Effect.either(checksToRun(Option.some("latencies")))
        assert.include(Either.isLeft(refused) ? refused.left.message : "", 'Did you mean "latency"?')
      })
  )

  it("fail what failed always, what is unknown where it is required, and nothing that passed", () => {
    FastCheck.assert(
      FastCheck.property(Arbitrary.make(Check), FastCheck.boolean(), (check, required) => {
        const failing = isFailing(check, required ? [check.check] : [])
        assert.strictEqual(failing, check.state === "failed" || (check.state === "unknown" && required))
      })
    )
  })

  it("hold to what the project says in place of the defaults, and to the defaults for the rest", () => {
    assert.deepInclude(ciThresholds({ hitRate: 0.5 }), { hitRate: 0.5, latencyMs: 100, costIncrease: 0.05 })
  })
})
