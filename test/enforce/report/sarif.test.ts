/** SARIF that other tools take. */
import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import AjvDraft04 from "ajv-draft-04"
import addFormats from "ajv-formats"
import type * as Sarif from "sarif"
import { createGenerator } from "ts-json-schema-generator"
import { toSarif, uriOf } from "../../../src/enforce/report/sarif.js"
import * as FastCheck from "effect/FastCheck"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { finding, nastyMessage, nastyPath, reportOf } from "../support/reports.js"

/** The schema of OASIS, as Microsoft's matchers for tests carry it; beside it those of formats that it names. */
const official = addFormats
  .default(new AjvDraft04.default({ allErrors: true, strict: false, unicodeRegExp: false }))
  .compile(
    createRequire(import.meta.url)("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json") as object // a JSON Schema
  )

/** The types are made from a later edition of it, and let nothing through beside what they name. */
const byTypes = new Ajv({ allErrors: true, strict: false }).compile(
  createGenerator({
    path: Path.resolve(import.meta.dirname, "../../../node_modules/@types/sarif/index.d.ts"),
    type: "Log",
    skipTypeCheck: true,
    additionalProperties: false
  }).createSchema("Log") as object // a JSON Schema by another package's type
)

const validate = (log: unknown): boolean => official(log) && byTypes(log)

const read = (text: string): Sarif.Log => {
  const log: unknown = JSON.parse(text)
  assert.isTrue(validate(log), JSON.stringify([official.errors, byTypes.errors]))
  return log as Sarif.Log // just validated
}

describe("SARIF", () => {
  it("is valid for findings with everything, and for none", () => {
    const fix = { start: 0, end: 3, text: "let" }
    const full = finding({
      path: nastyPath,
      message: nastyMessage,
      suggestion: "s",
      helpUrl: "https://a.b/ ä",
      fix
    })
    const [run] = read(toSarif(reportOf(full, finding({ severity: "info" }), finding({ path: "" })))).runs
    const [result] = run?.results ?? []
    assert.strictEqual(result?.level, "error")
    assert.strictEqual(run?.tool.driver.rules?.[result?.ruleIndex ?? -1]?.id, result?.ruleId)
    assert.deepStrictEqual(result?.fixes?.[0]?.artifactChanges[0]?.replacements[0]?.deletedRegion, {
      charOffset: 0,
      charLength: 3
    })
    assert.deepStrictEqual(read(toSarif(reportOf())).runs[0]?.results, [])
  })

  it("is refused by the check of these tests when a result has no message or a level that is none", () => {
    const log = JSON.parse(toSarif(reportOf(finding())))
    assert.isTrue(validate(log))
    log.runs[0].results[0].level = "fatal"
    assert.isFalse(official(log))
    assert.isFalse(byTypes(log))
    delete log.runs[0].results[0].level
    delete log.runs[0].results[0].message
    assert.isFalse(official(log))
    assert.isFalse(byTypes(log))
  })

  it("names every path by a relative URI that leads back to it", () => {
    assert.strictEqual(uriOf("a b/#ä.ts"), "a%20b/%23%C3%A4.ts")
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), (path) => {
        const uri = uriOf(path)
        assert.match(uri, /^([\w.!~*'()/-]|%[0-9A-F]{2})*$/)
        assert.strictEqual(uri.split("/").map(decodeURIComponent).join("/"), path.toWellFormed())
      })
    )
  })

  it("keeps the 25,000 worst of 30,000 findings, and says how many are left out", () => {
    const many = Array.from({ length: 30_000 }, (_, index) =>
      finding({ line: index + 1, endLine: index + 1, severity: index < 10_000 ? "info" : "error" })
    )
    const log: Sarif.Log = JSON.parse(toSarif(reportOf(...many)))
    const results = log.runs[0]?.results ?? []
    assert.strictEqual(results.length, 25_000)
    assert.strictEqual(results.filter(({ level }) => level === "error").length, 20_000)
    assert.strictEqual(
      log.runs[0]?.invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text,
      "5000 of 30000 findings are left out: a run holds 25000 at most."
    )
  })

  it("is the same, byte for byte, for the same findings", () => {
    assert.strictEqual(toSarif(reportOf(finding())), toSarif(reportOf(finding())))
  })
})
