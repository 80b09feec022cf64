import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import { PromptSyntaxError } from "../../src/domain/PromptErrors.js"
import { layOut } from "../../src/prompt/layout.js"
import { parsePrompt } from "../../src/prompt/source.js"

const read = (path: string): string => Fs.readFileSync(new URL(path, import.meta.url), "utf8")
const page = read("../../docs/prompt-format.md")
const example = read("../fixtures/prompts/feature.prompt.md")

const errors = Schema.decodeSync(
  Schema.parseJson(
    Schema.Array(
      Schema.Struct({
        reason: PromptSyntaxError.fields.reason,
        source: Schema.String,
        /** What stands before the source, to be in a block. */
        inside: Schema.optional(Schema.String)
      })
    )
  )
)(read("../fixtures/prompts/errors.json"))

describe("the page on the prompt format", () => {
  it("has an example that is what it says: five blocks, laid out by type", () => {
    assert.include(page, `\`\`\`\`markdown\n${example}\`\`\`\`\n`)
    const { frontMatter, sections } = Either.getOrThrow(parsePrompt(example, "feature.prompt.md"))
    assert.deepStrictEqual(frontMatter, {
      provider: "anthropic",
      model: "claude-sonnet-5",
      temperature: 0,
      rulepacks: ["house@2.1.0"],
      context: { commit: "0f3c9aa" }
    })
    assert.deepStrictEqual(
      layOut(sections, "stable-first").map(({ include, name, type }) => [type, name, include]),
      [
        ["requirements", "rules", undefined],
        ["style_guide", undefined, { src: "docs/style.md", content: "full" }],
        ["file_map", "sources", { src: "src/**/*.ts", content: "names" }],
        ["context", undefined, undefined],
        ["context", "error", undefined]
      ]
    )
    assert.include(sections[3]?.content, "<context>\n  <button>")
  })

  it("shows every kind of error", () => {
    assert.sameMembers(
      [...new Set(errors.map(({ reason }) => reason))],
      [...PromptSyntaxError.fields.reason.literals]
    )
  })

  /** The rows of its tables, without what Markdown needs and a formatter adds. */
  const rows = page.replaceAll("\\", "").replace(/ +/g, " ").split("\n")

  for (const { inside = "", reason, source } of errors) {
    it(`tells the ${reason} of ${JSON.stringify(source)} in the words of the parser`, () => {
      const error = Either.getOrThrow(Either.flip(parsePrompt(inside + source, "p.md")))
      assert.strictEqual(error.reason, reason)
      assert.include(rows, `| \`${reason}\` | \`${error.problem}\` | ${error.fix} |`)
    })
  }
})
