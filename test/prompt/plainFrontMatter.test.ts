import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { parse } from "yaml"
import { isLayout, isProvider, isTemperature } from "../../src/domain/plainValues.js"
import { Provider } from "../../src/domain/Provider.js"
import { Layout, Temperature } from "../../src/domain/ResolveInput.js"
import { FrontMatter } from "../../src/prompt/frontMatter.js"
import { plainFrontMatter } from "../../src/prompt/plainFrontMatter.js"

const decode = Schema.decodeUnknownOption(FrontMatter, { onExcessProperty: "error" })

const value = FastCheck.oneof(
  FastCheck.constantFrom(
    ...["anthropic", "x-mine", "x-", "gpt-5.4", "Qwen/Qwen3-8B", "a:b", "a:", "a#b", "true", "NULL", "Null"],
    ...["source", "stable-first", "0", "-0", "00", "1.50", "2.0", "2.5", "1e1", "0x10", "0o7", ".5", "1_000"],
    ...["123456789012345", "12345678901234567", "-7", "+7", "~", "[a]", "{a: b}", '"q"', "'q'", "- a", "yes"],
    ...["2026-11-25", "12:30:45", "&a x", "*a", "!!str x", "| ", "a b", "é", "\u0007", ".inf", ".nan"]
  ),
  FastCheck.string({ maxLength: 8 }),
  FastCheck.double().map(String)
)
const anyLine = FastCheck.oneof(
  FastCheck.tuple(
    FastCheck.constantFrom("provider", "model", "temperature", "seed", "layout", "rulepacks", "context", "x"),
    FastCheck.constantFrom(": ", ":  ", ":", ":\t", " : "),
    value,
    FastCheck.constantFrom("", " ", " # why", "\r")
  ).map((parts) => parts.join("")),
  FastCheck.constantFrom("", "# a note", "#", "  ", "...", "# \u00e9", "\t")
)

describe("plainFrontMatter", () => {
  it("reads what most prompts say of themselves", () => {
    assert.deepStrictEqual(
      plainFrontMatter(
        "# as agreed\nprovider: anthropic\r\nmodel:  claude-sonnet-5 \ntemperature: 0.2\n\nseed: -7\n"
      ),
      { provider: "anthropic", model: "claude-sonnet-5", temperature: 0.2, seed: -7 }
    )
  })

  it("reads nothing that YAML and the schema read otherwise", () => {
    let plain = 0
    FastCheck.assert(
      FastCheck.property(FastCheck.array(anyLine, { maxLength: 3 }), (lines) => {
        const text = `${lines.join("\n")}\n`
        const found = plainFrontMatter(text)
        if (found === undefined) return
        plain++
        assert.deepStrictEqual(
          Option.some({ ...found }),
          decode(parse(text, { schema: "core", logLevel: "error" }) ?? {})
        )
      }),
      { numRuns: 5000 }
    )
    assert.isAbove(plain, 100)
  })

  it("knows the same providers, layouts and temperatures as the schemas", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.oneof(
          FastCheck.anything(),
          FastCheck.double(),
          FastCheck.constantFrom("openai", "x-a", "x-A", "x-", "x-a\n", "source", "stable-first", 0, 2, NaN)
        ),
        (each) => {
          assert.strictEqual(isProvider(each), Schema.is(Provider)(each))
          assert.strictEqual(isLayout(each), Schema.is(Layout)(each))
          assert.strictEqual(isTemperature(each), Schema.is(Temperature)(each))
        }
      )
    )
  })
})
