/** Reports whose readers give some characters a meaning: XML, workflow commands, Markdown, a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import { ComplianceReport } from "../../../src/domain/Compliance.js"
import { toAnnotations, toSummary } from "../../../src/enforce/report/github.js"
import { toHuman } from "../../../src/enforce/report/human.js"
import { toJson } from "../../../src/enforce/report/json.js"
import { toJunit } from "../../../src/enforce/report/junit.js"
import { finding, nastyMessage, nastyPath, reportOf } from "../support/reports.js"

const anyText = FastCheck.string({ unit: "binary" })

/** Elements in order; fails at whatever XML 1.0 does not allow between them. */
const elements = (xml: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  const seen: Array<string> = []
  assert.notMatch(xml, /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u)
  const rest = xml
    .replace(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/, "")
    .replaceAll(
      /<(\/?)([a-z-]+)((?: [a-z]+="(?:[^"<&]|&(?:amp|lt|gt|quot|#\d+);)*")*)(\/?)>/gu,
      (_, end, name, _fields, empty) => {
        if (end === "/") assert.strictEqual(open.pop(), name)
        else {
          seen.push(name)
          if (empty === "") open.push(name)
        }
        return ""
      }
    )
  assert.deepStrictEqual(open, [])
  assert.match(rest, /^(?:[^<&>]|&(?:amp|lt|gt|quot|#\d+);)*$/u)
  return seen
}

describe("JUnit", () => {
  it("has a suite for each file, clean ones too, and a failure for what fails", () => {
    const report = reportOf(finding(), finding({ severity: "warning", line: 9 }))
    const xml = toJunit(report, ["src/a.ts", "src/clean.ts"])
    assert.deepStrictEqual(elements(xml), [
      "testsuites",
      "testsuite",
      "testcase",
      "failure",
      "testcase",
      "system-out",
      "testsuite",
      "testcase"
    ])
    assert.include(xml, '<testsuites name="aegis" tests="3" failures="1" errors="0">')
  })

  it("is XML whatever paths and messages hold", () => {
    FastCheck.assert(
      FastCheck.property(anyText, anyText, (path, message) => {
        elements(toJunit(reportOf(finding({ path, message, rule: message, suggestion: path }))))
      })
    )
    elements(toJunit(reportOf(finding({ path: nastyPath, message: nastyMessage }))))
  })
})

describe("annotations", () => {
  it("are one command a line, whatever paths and messages hold", () => {
    FastCheck.assert(
      FastCheck.property(anyText, anyText, (path, message) => {
        const lines = toAnnotations(reportOf(finding({ path, message, rule: path }))).split(/\r\n|[\r\n]/)
        assert.strictEqual(lines.length, 2)
        assert.match(
          lines[0] ?? "",
          /^::error (file=[^:,]*,)?line=2,endLine=2,col=3,endColumn=6,title=[^:,]*::/
        )
      })
    )
    assert.include(
      toAnnotations(reportOf(finding({ path: "a:b,c%.ts", message: "%0A::error::x\n::y" }))),
      "file=a%3Ab%2Cc%25.ts,line=2,endLine=2,col=3,endColumn=6,title=house/no-var::%250A::error::x%0A::y\n"
    )
  })

  it("are ten errors and ten warnings, errors first, and the rest is counted", () => {
    const many = Array.from({ length: 30_000 }, (_, index) =>
      finding({ line: index + 1, endLine: index + 1, severity: index % 2 === 0 ? "warning" : "error" })
    )
    const lines = toAnnotations(reportOf(...many))
      .trimEnd()
      .split("\n")
    assert.deepStrictEqual(
      lines.map((line) => /^::(\w+)/.exec(line)?.[1]),
      [...Array(10).fill("error"), ...Array(10).fill("warning"), "notice"]
    )
    assert.include(lines[20], "29980 more findings")
    assert.isBelow(toSummary(reportOf(...many)).length, 1_000_000)
  })
})

describe("the summary of a job", () => {
  it("shows Markdown and HTML of paths and messages as text", () => {
    const rows = (path: string, message: string): ReadonlyArray<string> =>
      toSummary(reportOf(finding({ path, message })))
        .split("\n")
        .filter((line) => line.startsWith("| error"))
    FastCheck.assert(
      FastCheck.property(anyText, anyText, (path, message) => {
        const [row, ...others] = rows(path, message)
        assert.deepStrictEqual(others, [])
        const cells = /^\| error \| <code>(.*)<\/code> \| <code>(.*)<\/code> \| <code>(.*)<\/code> \|$/u.exec(
          row ?? ""
        )
        for (const cell of cells?.slice(1) ?? [""]) assert.match(cell, /^([\p{L}\p{N} …]|&#\d+;)+$|^$/u)
        assert.isNotNull(cells)
      })
    )
    assert.notInclude(rows(nastyPath, nastyMessage).join(""), "<img")
  })
})

describe("the view of a person", () => {
  const source = "const a = 1\n  var b = 2\n"

  it("marks the range in its line", () => {
    const text = toHuman(reportOf(finding()), { sources: new Map([["src/a.ts", source]]) })
    assert.strictEqual(
      text,
      [
        "error  src/a.ts:2:3  Write const or let.  house/no-var",
        "  1 | const a = 1",
        "  2 |   var b = 2",
        "    |   ^^^",
        "",
        "failed  1 error, 0 warnings in 1 file",
        ""
      ].join("\n")
    )
  })

  it("never begins a line with a command of CI, and never moves the cursor", () => {
    FastCheck.assert(
      FastCheck.property(anyText, anyText, anyText, (path, message, line) => {
        const report = reportOf(finding({ path, message, suggestion: message, line: 1, endLine: 1 }))
        const text = toHuman(report, { sources: new Map([[path, line]]) })
        assert.notMatch(text, /^\s*::/m)
        assert.notMatch(text.replaceAll("\n", ""), /\p{Cc}/u)
      })
    )
  })

  it("shows the part of a long line that is meant, and counts what it does not show", () => {
    const long = `${"x".repeat(50_000)}var`
    const report = reportOf(
      finding({ line: 1, column: 50_001, endLine: 1, endColumn: 50_004 }),
      finding({ line: 7 })
    )
    const text = toHuman(report, { sources: new Map([["src/a.ts", long]]), maxFindings: 1 })
    assert.include(text, `  1 | ${"x".repeat(20)}var\n    | ${" ".repeat(20)}^^^\n`)
    assert.include(text, "… 1 more finding\n")
    assert.isBelow(text.length, 500)
  })
})

describe("JSON", () => {
  it.effect("is what the schema reads back, and the same bytes for the same findings", () =>
    Effect.gen(function* () {
      const report = reportOf(
        finding({ message: nastyMessage, path: nastyPath }),
        finding({ helpUrl: "https://a" })
      )
      const text = yield* toJson(report)
      assert.deepStrictEqual(yield* Schema.decode(Schema.parseJson(ComplianceReport))(text), report)
      assert.strictEqual(yield* toJson({ ...report }), text)
    })
  )
})
