import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { hash } from "node:crypto"
import { type Hit, toFindings } from "../../src/enforce/findings.js"
import { type PackedRule, rulesOf } from "../../src/enforce/PackedRule.js"
import { house } from "./support/patterns.js"

const [noVar, noTodo] = rulesOf(house)
const other: PackedRule | undefined = noVar && { ...noVar, pack: { ...noVar.pack, id: "other" } }

const hit = (rule: PackedRule | undefined, line: number, column: number, fields: Partial<Hit> = {}): Hit => {
  assert.ok(rule !== undefined)
  return { rule, line, column, endLine: line, endColumn: column + 1, ...fields }
}

describe("findings", () => {
  it("name a rule once that found the same twice, and two rules that found the same both", () => {
    const all = [hit(noVar, 1, 1), hit(other, 1, 1), hit(noVar, 1, 1), hit(noVar, 1, 1, { message: "More." })]
    assert.deepStrictEqual(
      toFindings("a.ts", "var a", all).map(({ message, rule }) => [rule, message]),
      [
        ["house/no-var", "Write let or const."],
        ["house/no-var", "More."],
        ["other/no-var", "Write let or const."]
      ]
    )
  })

  it("are the same in whatever order engines told of them", () => {
    const hits = FastCheck.array(
      FastCheck.tuple(
        FastCheck.constantFrom(noVar, noTodo, other),
        FastCheck.integer({ min: 1, max: 3 }),
        FastCheck.integer({ min: 1, max: 3 }),
        FastCheck.constantFrom({}, { message: "One." }, { message: "Two." })
      ).map(([rule, line, column, fields]) => hit(rule, line, column, fields))
    )
    FastCheck.assert(
      FastCheck.property(
        hits.chain((all) => FastCheck.tuple(FastCheck.constant(all), shuffled(all))),
        ([one, another]) => {
          const text = "var a\nvar a\nvar b"
          assert.deepStrictEqual(toFindings("a.ts", text, one), toFindings("a.ts", text, another))
        }
      )
    )
  })

  it.each([
    ["short", "var a"],
    ["long", `var ${"ä".repeat(5_000)}`]
  ])("keep the fingerprint of a %s line wherever it stands, and count where it stands twice", (_, line) => {
    const printsIn = (text: string, ...lines: ReadonlyArray<number>) =>
      toFindings(
        "a.ts",
        text,
        lines.map((number) => hit(noVar, number, 1))
      ).map(({ fingerprint }) => fingerprint)
    const expected = [0, 1].map((times) => hash("sha256", `house/no-var\na.ts\n${line}\n${times}`, "hex"))
    assert.deepStrictEqual(printsIn(line, 1), expected.slice(0, 1))
    assert.deepStrictEqual(printsIn(`\n\n${line}\n  ${line}`, 3, 4), expected)
  })

  it("of a line of 25 MB with 30,000 of them do not take minutes", () => {
    const hits = Array.from({ length: 30_000 }, (_, index) => hit(index % 2 ? noVar : other, 1, index + 1))
    const start = performance.now()
    const findings = toFindings("a.js", "x".repeat(25_000_000), hits)
    assert.isBelow(performance.now() - start, 5_000)
    assert.strictEqual(new Set(findings.map(({ fingerprint }) => fingerprint)).size, 30_000)
    assert.sameMembers([...new Set(findings.map(({ rule }) => rule))], ["house/no-var", "other/no-var"])
  })
})

const shuffled = <A>(all: ReadonlyArray<A>): FastCheck.Arbitrary<ReadonlyArray<A>> =>
  FastCheck.shuffledSubarray([...all], { minLength: all.length })
