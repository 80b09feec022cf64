import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import pack from "../../rulepacks/prompt/pack.js"

const judge = (id: string, text: string) => {
  const rule = pack.rules.find((each) => each.id === id)
  assert.ok(rule !== undefined)
  return rule.validate(text, { path: "a.prompt.md" }).errors
}
const stable = (text: string) => `<requirements>\n${text}\n</requirements>\nHello\n`

describe("the pack prompt", () => {
  for (const { examples, id, validate } of pack.rules) {
    it(`holds what ${id} shows as good and as bad`, () => {
      assert.isAbove(examples?.bad.length ?? 0, 0)
      const errors = (text: string) => validate(text, { path: "a.prompt.md" }).errors.length
      for (const good of examples?.good ?? []) assert.strictEqual(errors(good), 0, good)
      for (const bad of examples?.bad ?? []) assert.isAbove(errors(bad), 0, bad)
    })
  }

  for (const buster of [
    "2026-10-21 10:00",
    "Wed, 21 Oct 2026 10:00",
    "today's date is 2026-10-21",
    "1790000000",
    "1790000000123",
    "123e4567-e89b-12d3-a456-426614174000",
    "request_id=a81f2b",
    "/home/jane/x",
    "C:\\Users\\jane\\x",
    "HOSTNAME=web-1",
    "[k3j9x2p7q1w8]"
  ]) {
    it(`finds ${buster} in a stable block, where it stands, and lets it be in context`, () => {
      const text = stable(`First.\nSay ${buster}`)
      const [error] = judge("cache-buster", text)
      assert.strictEqual(error?.line, 3)
      assert.deepStrictEqual(judge("cache-buster", `Say ${buster}\n`), [])
    })
  }

  it("takes no version, date, relative path, number or word for a cache-buster", () => {
    const plain = [
      "Version 1.2.3 of 2026-10-21, see src/services/ScaffoldCache.ts and https://example.org/home/x.",
      "At most 1500000000.5 or 4096 tokens; call internationalization(x) and sha256(text).",
      "Keep $HOME and ${USER} as they are; (base64url), [utf8mb4]."
    ].join("\n")
    assert.deepStrictEqual(judge("cache-buster", stable(plain)), [])
  })

  it("finds a fence that is never closed, and takes what stands in a fence for text", () => {
    assert.lengthOf(judge("unclosed-section", stable("```md\n<rule>\n```\nfine")), 0)
    const files = "<requirements>\nFirst.\n<a>\n<b>\n</b>\n</requirements>\nHello\n"
    assert.deepStrictEqual(
      judge("unclosed-section", files).map(({ line }) => line),
      [3]
    )
  })

  it("finds a contradiction under the same heading only, whatever the marks around it", () => {
    const said = (heading: string) =>
      stable(`# Tone\n- You **MUST** be brief!\n# ${heading}\n1. You must not be brief.`)
    assert.lengthOf(judge("contradiction", said("Tone")), 1)
    assert.lengthOf(judge("contradiction", said("Other")), 0)
  })

  it("answers for any text without a throw, with places in it", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(
          FastCheck.constantFrom(
            "<requirements>\n",
            "\n</requirements>\n",
            "<a>",
            "```\n",
            "x",
            "\n",
            "# A\n",
            "must not ",
            "1790000000 ",
            "\r\n"
          )
        ),
        (parts) => {
          const text = parts.join("")
          const lines = text.split(/\r\n|[\n\r]/)
          for (const { validate } of pack.rules) {
            const { errors, valid } = validate(text, { path: "a.prompt.md" })
            assert.strictEqual(valid, errors.length === 0)
            for (const { column, line } of errors) {
              assert.isAtMost(line ?? 0, lines.length)
              assert.isAtMost(column ?? 0, (lines[(line ?? 1) - 1] ?? "").length + 1)
            }
          }
        }
      )
    )
  })
})
