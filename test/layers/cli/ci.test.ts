/** `aegis ci` in real repositories, over real databases, engines and git. */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import Database from "better-sqlite3"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type AegisLiveError, layerWith } from "../../../layers/CacheLive.js"
import { changeLive } from "../../../layers/cli/changeLive.js"
import { enforceLive } from "../../../layers/cli/enforceLive.js"
import { replayLive } from "../../../layers/cli/replayLive.js"
import { telemetryLive } from "../../../layers/cli/telemetryLive.js"
import { upkeepLive } from "../../../layers/cli/upkeepLive.js"
import type { CiReport } from "../../../src/domain/CiReport.js"
import type { ResolveInput } from "../../../src/domain/ResolveInput.js"
import { Millis } from "../../../src/domain/Measures.js"
import { providerRequestOf } from "../../../src/prompt/render/providerRequest.js"
import { ScaffoldCache } from "../../../src/services/ScaffoldCache.js"
import { Telemetry } from "../../../src/services/Telemetry.js"
import { commandLine, type Ended } from "./support/commandLine.js"
import { type Repository, repository } from "./support/repository.js"

const layers = {
  upkeep: upkeepLive,
  enforce: enforceLive,
  replay: replayLive,
  telemetry: telemetryLive,
  change: changeLive
}
const aegis = (
  { folder }: Repository,
  words: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Ended> =>
  Effect.withConfigProvider(
    commandLine({ folder, layers, style: { color: false, width: 200 } }, words),
    ConfigProvider.fromMap(new Map(Object.entries(env)))
  )

const reportOf = ({ message, text }: Ended): CiReport => {
  assert.notStrictEqual(text, "", message)
  const report: CiReport = JSON.parse(text)
  return report
}
const stateOf = (report: CiReport): Readonly<Record<string, string>> =>
  Object.fromEntries(report.checks.map(({ check, state }) => [check, state]))

/** Puts calls of the prompt into the project's ledger, a minute apart. */
const record = (
  { folder }: Repository,
  calls: number
): Effect.Effect<void, AegisLiveError | Effect.Effect.Error<ReturnType<typeof recorded>>> =>
  Effect.provide(recorded(calls), layerWith({ cwd: folder, env: {}, flags: {} }))

const recorded = Effect.fnUntraced(function* (calls: number) {
  const cache = yield* ScaffoldCache
  const telemetry = yield* Telemetry
  const resolved = yield* cache.resolve(input, { bypass: true })
  const start = Date.parse("2026-11-20T10:00:00Z")
  for (let call = 0; call < calls; call += 1) {
    const at = start + call * 60_000
    yield* telemetry.record({
      at,
      scaffoldId: resolved.originalScaffold.id,
      operation: "execute",
      outcome: "miss",
      provider: "anthropic",
      model: "claude-sonnet-5",
      tokenCount: resolved.tokenCount,
      cost: Option.none(),
      latency: Millis.make(1000),
      cacheHit: false,
      request: providerRequestOf(resolved, "default", at, at + 500)
    })
  }
  yield* telemetry.flush
})

const style = `Be brief.\n${"Say what you did not check, and name the file and the line of each thing that you say.\n".repeat(150)}`
const prompt = `---
provider: anthropic
model: claude-sonnet-5
---

<requirements id="task">
Answer in one sentence.
</requirements>

<style_guide id="house" src="style.md"/>

<context id="question">
What is new?
</context>
`
const input: ResolveInput = {
  prompt,
  provider: "anthropic",
  model: "claude-sonnet-5",
  temperature: 0,
  rulepacks: [],
  layout: "stable-first",
  strict: false
}
const files = {
  "aegis.config.json": '{ "rulepacks": ["prompt"] }\n',
  ".gitignore": ".aegis/\nreports/\n",
  "a.prompt.md": prompt,
  "style.md": style
}

describe("aegis ci", { timeout: 120_000 }, () => {
  it.scoped("passes a project without faults, and names what nobody measured", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      const ended = yield* aegis(repo, ["ci", "--json", "--report", "reports"])
      assert.deepStrictEqual([ended.code, ended.message], [0, ""])
      const report = reportOf(ended)
      assert.deepStrictEqual(stateOf(report), {
        "cache-integrity": "passed",
        standards: "passed",
        coverage: "unknown",
        replay: "unknown",
        "hit-rate": "unknown",
        latency: "unknown",
        "prompt-economics": "passed"
      })
      for (const { remedy, state } of report.checks)
        assert.strictEqual(remedy === undefined, state === "passed")
      // what it finds by itself is found anew the next time
      assert.deepStrictEqual(Fs.readdirSync(Path.join(repo.folder, "reports")), ["ci-report.json"])
    })
  )

  it.scoped("fails a change that puts a timestamp into the style guide, and says by how much", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      repo.write("style.md", `It is 2026-11-26T10:00:00Z.\n${style}`)
      const ended = yield* aegis(repo, ["ci", "--json", "--report", "reports", "--base", "HEAD"])
      assert.strictEqual(ended.code, 1)
      const [economics] = reportOf(ended).economics
      const check = reportOf(ended).checks.find((each) => each.check === "prompt-economics")
      assert.strictEqual(check?.state, "failed")
      assert.match(
        check?.figure ?? "",
        /^1 prompt dearer: a\.prompt\.md by [\d,]+ tokens re-read per call, USD \d+\.\d\d more per 1,000 calls$/
      )
      assert.isAbove(economics?.stablePrefix.before ?? 0, 2500)
      assert.isBelow(economics?.stablePrefix.after ?? Infinity, 100)
      const summary = yield* aegis(repo, ["ci", "summary", "--from", "reports", "--out", "reports/pr.md"])
      assert.strictEqual(summary.code, 0, summary.message)
      const markdown = repo.read("reports/pr.md")
      assert.include(markdown, "## Aegis: failed")
      assert.match(markdown, /holds a date with a time/)
      assert.match(markdown, /USD \d+&#46;\d\d more per 1&#44;000 calls/)
    })
  )

  it.scoped("prices the calls that the ledger has recorded of a prompt as they would have been", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      yield* record(repo, 4)
      repo.write("style.md", `It is 2026-11-26T10:00:00Z.\n${style}`)
      const ended = yield* aegis(repo, ["ci", "--json", "--only", "prompt-economics"])
      const [economics] = reportOf(ended).economics
      const { after = 0, before = 0 } = economics?.replayedCost ?? {}
      // one that writes the prefix and three that read it, against four that write it
      assert.isAbove(before, 0)
      assert.isAbove(after / before, 2.5)
      assert.isBelow(after / before, 4)
      assert.match(economics?.findings.at(-1) ?? "", /^The input of the 4 calls recorded from /)
    })
  )

  it.scoped("fails a prompt that cannot be resolved any more, not one that never could, and says why", () =>
    Effect.gen(function* () {
      const repo = yield* repository({ ...files, "old.prompt.md": "<requirements>\n" })
      repo.commit("one")
      const words = ["ci", "--json", "--only", "prompt-economics"]
      assert.strictEqual((yield* aegis(repo, words)).code, 0)
      repo.write("a.prompt.md", prompt.replace("style.md", "gone.md"))
      const ended = yield* aegis(repo, words)
      assert.strictEqual(ended.code, 1)
      const { checks, notes } = reportOf(ended)
      assert.strictEqual(checks[0]?.figure, "1 prompt cannot be resolved any more: a.prompt.md")
      assert.strictEqual(notes.length, 2)
      assert.match(notes[0] ?? "", /^a\.prompt\.md cannot be resolved: .*gone\.md/)
    })
  )

  it.scoped("fails a change to a dearer model, each priced at its own", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      repo.write("a.prompt.md", prompt.replace("claude-sonnet-5", "claude-opus-4-6"))
      const ended = yield* aegis(repo, ["ci", "--json", "--only", "prompt-economics"])
      assert.strictEqual(ended.code, 1, ended.text)
      const [economics] = reportOf(ended).economics
      assert.match(economics?.findings.at(-1) ?? "", /^The input of a warm call costs USD /)
    })
  )

  it.scoped("holds the ledger to its thresholds where no report is there", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      yield* Effect.provide(
        Effect.flatMap(ScaffoldCache, (cache) => Effect.zipRight(cache.resolve(input), cache.flush)),
        layerWith({ cwd: repo.folder, env: {}, flags: {} })
      )
      const words = ["ci", "--json", "--only", "hit-rate,latency"]
      const local = reportOf(yield* aegis(repo, words))
      assert.strictEqual(stateOf(local)["hit-rate"], "unknown")
      assert.match(local.checks[1]?.figure ?? "", /^p99 .* of 1 lookup$/)
      repo.write(
        "aegis.config.json",
        '{ "rulepacks": ["prompt"], "ci": { "hitRateOf": "local", "latencyMs": 1e9 } }\n'
      )
      assert.deepStrictEqual(stateOf(reportOf(yield* aegis(repo, words))), {
        "hit-rate": "failed",
        latency: "passed"
      })
    })
  )

  it.scoped("lets through what takes text out of the style guide, and what only the question says", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      repo.write("style.md", style.slice(0, 4000))
      repo.write("a.prompt.md", prompt.replace("What is new?", "What is new at 2026-11-26T10:00:00Z?"))
      const ended = yield* aegis(repo, ["ci", "--only", "prompt-economics"])
      assert.strictEqual(ended.code, 0, ended.text + ended.message)
    })
  )

  it.scoped("fails what is required and unknown, and what is named and unknown", () =>
    Effect.gen(function* () {
      const repo = yield* repository({
        ...files,
        "aegis.config.json": '{ "rulepacks": ["prompt"], "ci": { "require": ["latency"] } }\n'
      })
      repo.commit("one")
      const all = yield* aegis(repo, ["ci"])
      assert.strictEqual(all.code, 1)
      assert.include(all.message, "1 check of 7 did not pass: latency")
      assert.strictEqual((yield* aegis(repo, ["ci", "--only", "coverage"])).code, 1)
      assert.strictEqual((yield* aegis(repo, ["ci", "--only", "cache-integrity,standards"])).code, 0)
    })
  )

  it.scoped(
    "ends with 2 for a check, a base or a report that is none, and with 3 for a setting that is none",
    () =>
      Effect.gen(function* () {
        const repo = yield* repository(files)
        repo.commit("one")
        repo.write("reports/compliance-report.json", "{}")
        for (const words of [
          ["--only", "standrads"],
          ["--base", "nowhere", "--only", "prompt-economics"],
          ["--report", "reports", "--only", "standards"]
        ]) {
          const { code, message, text } = yield* aegis(repo, ["ci", ...words])
          assert.deepStrictEqual([code, text], [2, ""], message)
        }
        repo.write("aegis.config.json", '{ "ci": { "hitrate": 0.5 } }')
        assert.strictEqual((yield* aegis(repo, ["ci"])).code, 3)
      })
  )

  it.scoped("fails a broken rule and a coverage that is too low, each by its name", () =>
    Effect.gen(function* () {
      const counts = { covered: 89, total: 100, pct: 89 }
      const summary = { total: { lines: counts, statements: counts, functions: counts, branches: counts } }
      const repo = yield* repository({
        ...files,
        "aegis.config.json": '{ "rulepacks": ["standards"] }\n',
        "a.ts": "export const f = (a: any): void => a\n",
        "coverage/coverage-summary.json": JSON.stringify(summary)
      })
      repo.commit("one")
      const ended = yield* aegis(repo, ["ci", "--json", "--only", "standards,coverage"])
      assert.strictEqual(ended.code, 1)
      assert.deepStrictEqual(stateOf(reportOf(ended)), { standards: "failed", coverage: "failed" })
      assert.include(ended.text, "89.00 % of lines are covered")
    })
  )

  it.scoped("fails a cache in which a text is not what was written", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      yield* Effect.provide(
        Effect.flatMap(ScaffoldCache, (cache) => Effect.zipRight(cache.resolve(input), cache.flush)),
        layerWith({ cwd: repo.folder, env: {}, flags: {} })
      )
      const words = ["ci", "--json", "--only", "cache-integrity"]
      const whole = reportOf(yield* aegis(repo, words)).checks[0]
      assert.deepInclude(whole, { state: "passed", figure: "1 entry, 3 blocks" })
      const database = new Database(Path.join(repo.folder, ".aegis/cache.db"))
      database.exec("UPDATE block SET content = CAST(replace(CAST(content AS TEXT), 'one', 'two') AS BLOB)")
      database.close()
      const damaged = yield* aegis(repo, words)
      assert.strictEqual(damaged.code, 1)
      assert.strictEqual(reportOf(damaged).checks[0]?.state, "failed")
    })
  )

  it.scoped("judges by the reports that are there, and runs nothing again", () =>
    Effect.gen(function* () {
      const repo = yield* repository({ ...files, "a.ts": "var a: any = 1\n" })
      repo.commit("one")
      assert.strictEqual((yield* aegis(repo, ["enforce", "--ci", "--report", "reports"])).code, 0)
      const report: object = JSON.parse(repo.read("reports/compliance-report.json"))
      repo.write("reports/compliance-report.json", JSON.stringify({ ...report, valid: false, errors: 3 }))
      const bad = yield* aegis(repo, ["ci", "--json", "--report", "reports", "--only", "standards"])
      assert.strictEqual(bad.code, 1)
      assert.include(reportOf(bad).checks[0]?.figure, "3 errors")
    })
  )

  it.scoped("writes the job's summary on GitHub, and the same bytes for the same reports", () =>
    Effect.gen(function* () {
      const repo = yield* repository(files)
      repo.commit("one")
      const once = (): Effect.Effect<Ended> =>
        aegis(repo, ["ci", "--report", "reports"], { GITHUB_STEP_SUMMARY: "reports/job.md" })
      assert.strictEqual((yield* once()).code, 0)
      const first = [repo.read("reports/ci-report.json"), repo.read("reports/job.md")]
      assert.include(first[1], "## Aegis: passed")
      repo.write("reports/job.md", "")
      yield* once()
      assert.deepStrictEqual([repo.read("reports/ci-report.json"), repo.read("reports/job.md")], first)
    })
  )
})
