/** The commands about the ledger in one process, over the layers that the executable gives them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import * as Fs from "node:fs"
import { TelemetryRecord } from "../../../src/domain/TelemetryRecord.js"
import { TelemetryReport } from "../../../src/domain/TelemetryReport.js"
import { call, day, start, twoWeeks } from "../../cli/support/ledger.js"
import { commandsIn } from "./support/commands.js"

const decodeReport = Schema.decodeUnknownSync(Schema.parseJson(TelemetryReport))
const decodeRecord = Schema.decodeUnknownSync(Schema.parseJson(TelemetryRecord))

describe("aegis telemetry report", () => {
  it.scoped("adds up by provider and model: tokens, hit rates, spent and saved, and what is not known", () =>
    Effect.gen(function* () {
      const { done, record } = yield* commandsIn()
      yield* record(twoWeeks)
      const text = yield* done("telemetry report")
      for (const part of [
        /anthropic.*claude-sonnet-5.*13.*\$0\.2/,
        /anthropic.*unknown.*unknown/,
        /^calls {5} 27, 1 failed, among 40 records of operations$/m,
        /^spent {5} \$0\.3\d*; the price of 96\.3 % of calls is known: more was spent$/m,
        /^saved {5} \$0\.12$/m,
        /^own cache {2}92\.3 % of prompts/m,
        /^provider {3}p50 1\.4 s/m,
        /^by day, 2026-11-01 to 2026-11-14$/m,
        /^hit rate {3}[▁-█]{5} [▁-█]{8} {2}at most \d+\.?\d* %$/m
      ]) {
        assert.match(text, part)
      }
    })
  )

  it.scoped("prints the report of its schema, in the groups and the range that were asked for", () =>
    Effect.gen(function* () {
      const { done, record } = yield* commandsIn()
      yield* record(twoWeeks)
      const report = decodeReport(
        yield* done("telemetry report --since 2026-11-03 --until 2026-11-05 --by day,model --json")
      )
      assert.deepStrictEqual(report.groupBy, ["day", "model"])
      assert.deepStrictEqual(
        report.rows.map(({ key }) => key.join(" ")),
        [
          "2026-11-03 claude-sonnet-5",
          "2026-11-03 gpt-5.4",
          "2026-11-04 claude-sonnet-5",
          "2026-11-04 gpt-5.4",
          "2026-11-04 unknown"
        ]
      )
      const none = decodeReport(yield* done("telemetry report --namespace other --json"))
      assert.deepStrictEqual([none.totals.records, none.range.namespace], [0, "other"])
      assert.strictEqual(
        yield* done("telemetry report --namespace other"),
        "nothing was recorded in this range\n"
      )
    })
  )

  it.scoped("writes a page that holds the same figures, and no name does anything in it", () =>
    Effect.gen(function* () {
      const { done, file, record } = yield* commandsIn()
      const hostile = `<img/src=x/onerror=alert(1)>`
      yield* record([...twoWeeks, call({ at: start, model: hostile, cost: 5 })])
      yield* done("telemetry report --html report.html")
      const html = Fs.readFileSync(file("report.html"), "utf8")
      assert.include(html, "&lt;img/src=x/onerror=alert(1)&gt;")
      assert.notInclude(html.replaceAll("\\u003c", "<escaped>"), hostile)
      const [, json = ""] = /id="figures">(.*)<\/script>/.exec(html) ?? []
      const titles = (JSON.parse(json) as ReadonlyArray<{ readonly title: string }>).map(({ title }) => title)
      assert.deepStrictEqual(titles, [
        "Spent and saved by day",
        "Hit rates by day",
        "Tokens by day",
        "Latency of providers by day",
        "Spent and saved by provider and model"
      ])
      assert.match(
        html,
        /<th scope="row" class="words">2026-11-06<\/th><td>–<\/td>/,
        "a day without a record is there"
      )
    })
  )

  it.scoped("refuses what is no time and nothing to group by", () =>
    Effect.gen(function* () {
      const { aegis } = yield* commandsIn()
      const since = yield* aegis("telemetry report --since soon")
      assert.strictEqual(since.code, 2)
      assert.match(since.message, /--since "soon" is no time\. Write how long before now/)
      assert.strictEqual((yield* aegis("telemetry report --by colour")).code, 2)
    })
  )
})

describe("aegis telemetry tail", () => {
  it.scoped("shows a record a line, the oldest first, and with --json a record of its schema", () =>
    Effect.gen(function* () {
      const { done, record } = yield* commandsIn()
      yield* record(twoWeeks)
      const lines = (yield* done("telemetry tail --since 2026-11-04 --until 2026-11-05"))
        .trimEnd()
        .split("\n")
      assert.lengthOf(lines, 4)
      assert.match(lines[0] ?? "", /^2026-11-04T11:59:59\.000Z {2}resolve {5}hit /)
      assert.match(
        lines[1] ?? "",
        /execute {5}miss {6}anthropic claude-sonnet-5 {2}4,100 in \(4,000 cached\) 100 out {2}\$0\.01 {2}saved \$0\.02 {2}1\.5 s$/
      )
      assert.match(lines[3] ?? "", /failed .* unknown .*RateLimited$/)
      const json = (yield* done("telemetry tail --since 2026-11-04 --until 2026-11-05 --json")).trimEnd()
      const records = json.split("\n").map((line) => decodeRecord(line))
      assert.deepStrictEqual(
        records.map(({ operation }) => operation),
        ["resolve", "execute", "execute", "execute"]
      )
      yield* TestClock.setTime(start + 13 * day + day / 2 + 60 * 60 * 1000)
      const latest = yield* done("telemetry tail")
      assert.match(
        latest,
        /^\S+T12:00:00\S+ .*\n\S+T12:00:01\S+ .*\n$/,
        "those of an hour, if nothing else is said"
      )
    })
  )
})

describe("aegis telemetry export", () => {
  it.scoped("prints rows, or writes them into a file as its name says, over what was there", () =>
    Effect.gen(function* () {
      const { done, file, folder, record } = yield* commandsIn()
      yield* record(twoWeeks)
      const csv = yield* done("telemetry export")
      assert.lengthOf(csv.trimEnd().split("\n"), 41)
      Fs.writeFileSync(file("out.csv"), "what was there")
      const said = yield* done("telemetry export --out out.csv")
      assert.match(said, /^exported 40 records to out\.csv, [\d.,]+ KB\n$/)
      assert.strictEqual(Fs.readFileSync(file("out.csv"), "utf8"), csv)
      const told = yield* done(
        "telemetry export --out out.parquet --since 2026-11-04 --until 2026-11-05 --json"
      )
      const { size } = Fs.statSync(file("out.parquet"))
      assert.deepStrictEqual(JSON.parse(told), {
        file: "out.parquet",
        format: "parquet",
        records: 4,
        bytes: size
      })
      assert.strictEqual(Fs.readFileSync(file("out.parquet"), "latin1").slice(0, 4), "PAR1")
      yield* done("telemetry export --format jsonl --out rows")
      assert.lengthOf(Fs.readFileSync(file("rows"), "utf8").trimEnd().split("\n"), 40)
      assert.deepStrictEqual(
        Fs.readdirSync(folder).filter((name) => name.endsWith(".tmp")),
        []
      )
    })
  )

  it.scoped("takes the format from the ending of a name, and none that it does not know", () =>
    Effect.gen(function* () {
      const { aegis, done } = yield* commandsIn()
      assert.strictEqual(JSON.parse(yield* done("telemetry export --out rows.NDJSON --json")).format, "jsonl")
      assert.strictEqual(JSON.parse(yield* done("telemetry export --out a.b/rows --json")).format, "csv")
      const { code, message } = yield* aegis("telemetry export --out rows.xls")
      assert.strictEqual(code, 2)
      assert.match(message, /no format ends with \.xls[^]*\.parquet/)
      yield* done("telemetry export --out rows.xls --format csv")
    })
  )

  it.scoped("does not print Parquet", () =>
    Effect.gen(function* () {
      const { aegis } = yield* commandsIn()
      const { code, message } = yield* aegis("telemetry export --format parquet")
      assert.strictEqual(code, 2)
      assert.match(message, /Name a file with --out/)
    })
  )
})
