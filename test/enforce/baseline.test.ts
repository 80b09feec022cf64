/** A baseline lets an old project begin clean, and only shrinks. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { baselineOf, readBaseline, shrink, unknownTo, writeBaseline } from "../../src/enforce/baseline.js"
import { finding } from "./support/reports.js"

const always = () => true
const findings = FastCheck.array(
  FastCheck.record({
    line: FastCheck.integer({ min: 1, max: 4 }),
    path: FastCheck.constantFrom("a.ts", "b.ts")
  }).map(finding),
  { maxLength: 12 }
)

describe("a baseline", () => {
  it("knows all that it was made of, in any order, and comes back from its file", () => {
    FastCheck.assert(
      FastCheck.property(findings, (all) => {
        const baseline = baselineOf(all)
        assert.deepStrictEqual(unknownTo(baseline)([...all].reverse()), [])
        const text = writeBaseline(baseline)
        assert.deepStrictEqual(Either.getOrThrow(readBaseline(text, "b.json")), baseline)
        assert.strictEqual(writeBaseline(baselineOf([...all].reverse())), text)
      })
    )
  })

  it("lets through exactly what it does not list", () => {
    const [one, other] = [finding(), finding({ line: 8 })]
    assert.deepStrictEqual(unknownTo(baselineOf([one]))([one, one, other]), [one, other])
  })

  it("never grows, and keeps what is still there", () => {
    const sizes = (baseline: ReturnType<typeof baselineOf>) =>
      new Map(baseline.findings.map(({ count, fingerprint }) => [fingerprint, count]))
    FastCheck.assert(
      FastCheck.property(findings, findings, (before, now) => {
        const shrunk = sizes(shrink(baselineOf(before), now, always))
        const [was, is] = [sizes(baselineOf(before)), sizes(baselineOf(now))]
        for (const key of new Set([...was.keys(), ...is.keys()])) {
          assert.strictEqual(shrunk.get(key) ?? 0, Math.min(was.get(key) ?? 0, is.get(key) ?? 0))
        }
      })
    )
  })

  it("keeps what was not judged this time", () => {
    const baseline = baselineOf([finding({ path: "a.ts" }), finding({ path: "b.ts" })])
    assert.deepStrictEqual(
      shrink(baseline, [], ({ path }) => path === "a.ts").findings.map(({ path }) => path),
      ["b.ts"]
    )
  })

  it("that is none is refused by the name of its file", () => {
    for (const text of [
      "",
      "{}",
      '{"schemaVersion":2,"findings":[]}',
      '{"schemaVersion":1,"findings":[{}]}'
    ]) {
      assert.match(
        String(Either.getOrThrow(Either.flip(readBaseline(text, "known.json")))),
        /known\.json:1:1/
      )
    }
  })
})
