import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { PromptSyntaxError } from "../../src/domain/PromptErrors.js"
import { parsePrompt, type ParsedPrompt, type Section } from "../../src/prompt/source.js"
import { byLines, nasty } from "./support/oracle.js"
import { prompt, write } from "./support/prompts.js"

const parsed = (text: string): ParsedPrompt => Either.getOrThrow(parsePrompt(text, "p.md"))
const refused = (text: string): PromptSyntaxError => Either.getOrThrow(Either.flip(parsePrompt(text, "p.md")))
const shown = ({ content, include, name, type }: Section) => ({ type, name, content, include })
const sections = (text: string) => parsed(text).sections.map(shown)
const block = (type: Section["type"], content: string, name?: string) => ({
  type,
  name,
  content,
  include: undefined
})

describe("parsePrompt", () => {
  it.prop("reads back what was written, whatever Markdown stands in it", [prompt], ([written]) => {
    assert.deepStrictEqual(sections(write(written)), written.sections)
  })

  it.prop("says where each section starts", [prompt], ([written]) => {
    const text = write(written)
    for (const { content, include, name, offset } of parsed(text).sections) {
      if (name === undefined && include === undefined && !text.startsWith("<", offset)) {
        assert.isTrue(text.startsWith(content, offset))
      } else {
        assert.strictEqual(text[offset], "<")
        assert.include(text.slice(offset), content)
      }
    }
  })

  it.prop(
    "is total, and does what a reader of lines would do",
    [nasty],
    ([text]) => {
      assert.deepStrictEqual(
        Either.match(parsePrompt(text, "p.md"), {
          onLeft: ({ line, reason }) => ({ reason, line }),
          onRight: (prompt) => prompt.sections.map(shown)
        }),
        byLines(text)
      )
    },
    { fastCheck: { numRuns: 5000 } }
  )

  it.prop(
    "never throws: it is an answer made of parts of the source, or an error at a place in it",
    [
      FastCheck.oneof(
        FastCheck.string({ unit: "binary" }),
        FastCheck.string({ unit: "grapheme", maxLength: 200 }),
        nasty.map((text) => `---\n${text}`)
      )
    ],
    ([text]) => {
      const lines = text.split("\n")
      Either.match(parsePrompt(text, "p.md"), {
        onLeft: (error) => {
          assert.isAtLeast(error.line, 1)
          assert.isAtLeast(error.column, 1)
          assert.isAtMost(error.line, lines.length)
          assert.isAtMost(error.column, (lines[error.line - 1]?.length ?? 0) + 1)
          assert.isNotEmpty(error.fix)
        },
        onRight: (prompt) => {
          let last = -1
          for (const { content, offset } of prompt.sections) {
            assert.isAbove(offset, last)
            assert.isAtLeast(text.indexOf(content, offset), offset)
            last = offset
          }
        }
      })
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it("takes text without tags for one context block, without the blank lines around it", () => {
    assert.deepStrictEqual(sections("\n \t\n    code first\n\nlast  \n\n"), [
      block("context", "    code first\n\nlast")
    ])
  })

  it("keeps text outside the tags in its place among the blocks", () => {
    const text =
      'before\n<requirements>\nBe brief.\n</requirements>\nbetween\n<context id="task">\nDo it.\n</context>\nafter'
    assert.deepStrictEqual(sections(text), [
      block("context", "before"),
      block("requirements", "Be brief."),
      block("context", "between"),
      block("context", "Do it.", "task"),
      block("context", "after")
    ])
  })

  it("keeps a block's content byte for byte, but for the line breaks of its tags", () => {
    assert.deepStrictEqual(sections("<context>\n\n  a \n\t\n</context>"), [block("context", "\n  a \n\t")])
    assert.deepStrictEqual(sections("<context>\r\na\r\nb\r\n</context>\r\n"), [block("context", "a\r\nb")])
  })

  it("leaves out blocks with nothing in them", () => {
    assert.deepStrictEqual(sections("<context>\n</context>\n<requirements>\n\n \n</requirements>\nx"), [
      block("context", "x")
    ])
  })

  it("reads tags behind a byte order mark", () => {
    assert.deepStrictEqual(sections("\ufeff<requirements>\na\n</requirements>"), [block("requirements", "a")])
    assert.deepStrictEqual(sections("\ufeff```\n<nope>\n```"), [block("context", "```\n<nope>\n```")])
  })

  it("takes tags in fences for text, in a block and outside", () => {
    const fenced = "~~~~ md ~~~ `\n</context>\n~~~\n<context>\n~~~~"
    assert.deepStrictEqual(sections(`<context>\n${fenced}\n</context>`), [block("context", fenced)])
    assert.deepStrictEqual(sections(fenced), [block("context", fenced)])
  })

  it("takes what only looks like a tag for text", () => {
    for (const text of [
      "a <context> in a sentence",
      "    <context>",
      "\t<context>",
      "<https://example.org>",
      "<!-- <context> -->",
      "<contexts are many",
      "< context>",
      "<1>",
      "`<context>`",
      "<a href=x>"
    ]) {
      assert.deepStrictEqual(sections(text), [block("context", text.trimEnd())], text)
    }
  })

  it("takes any tag but ours for text inside a block, and ours too where text stands behind it", () => {
    const content = "<div>\n</div>\n<context>inline</context>\n<requirements> and more\n</context>x"
    assert.deepStrictEqual(sections(`<context>\n${content}\n</context>`), [block("context", content)])
  })

  it("reads includes, with their defaults", () => {
    const include = (text: string) => parsed(text).sections.map((section) => section.include)
    assert.deepStrictEqual(include('<file_map src="src/**/*.ts"/>'), [
      { src: "src/**/*.ts", content: "names" }
    ])
    assert.deepStrictEqual(include("<file_map content='full' src='a'/>"), [{ src: "a", content: "full" }])
    assert.deepStrictEqual(include('<style_guide id="s" src = "docs/style.md" />'), [
      { src: "docs/style.md", content: "full" }
    ])
    assert.deepStrictEqual(include('<file_map src="a">\n\n</file_map>'), [{ src: "a", content: "names" }])
  })

  for (const [what, text, reason, place, problem, fix] of [
    ["an empty source", "", "empty-prompt", "1:1", "empty", "Write some text"],
    ["a source of blank lines", "\n \n", "empty-prompt", "3:1", "empty", "Write some text"],
    [
      "blocks with nothing in them",
      "<context>\n</context>\n",
      "empty-prompt",
      "3:1",
      "empty",
      "Write some text"
    ],
    [
      "an unclosed tag",
      "a\n  <context>\nb",
      "unclosed-tag",
      "2:3",
      "<context> is never closed",
      "Put </context> on a line of its own"
    ],
    [
      "an unclosed tag in CRLF lines",
      "a\r\nb\r\n<context>\r\nc",
      "unclosed-tag",
      "3:1",
      "never closed",
      "Put </context>"
    ],
    [
      "a closing tag that an unclosed fence swallows",
      "<context>\nx\n```\n</context>",
      "unclosed-tag",
      "1:1",
      "never closed",
      "The code fence of line 3 is never closed"
    ],
    [
      "a closing tag with text behind it",
      "<context>\nx\n</context> y\n",
      "unclosed-tag",
      "1:1",
      "never closed",
      "Text stands behind the </context> of line 3"
    ],
    [
      "a closing tag with text before it",
      "<context>\nx</context>\n",
      "unclosed-tag",
      "1:1",
      "never closed",
      "on a line of its own"
    ],
    [
      "an unclosed fence that hides a tag",
      "x\n```js\ny\n<context>\nz\n</context>\n",
      "unclosed-fence",
      "2:1",
      "hides <context> of line 4",
      "Close it"
    ],
    [
      "an unknown tag",
      "x\n<div>\n",
      "unknown-tag",
      "2:1",
      "Unknown tag <div>",
      "requirements, style_guide, file_map and context"
    ],
    ["an unknown closing tag", "</div>", "unknown-tag", "1:1", "Unknown tag <div>", "code fence"],
    ["a tag in another case", "<Context>\nx\n</Context>", "unknown-tag", "1:1", "<Context>", "context"],
    [
      "a nested tag",
      "<context>\n<requirements>\n</requirements>\n</context>",
      "nested-tag",
      "2:1",
      "<requirements> inside <context> of line 1",
      "Close <context> before it"
    ],
    [
      "a block in itself",
      "<context>\na\n<context>",
      "nested-tag",
      "3:1",
      "<context> inside <context>",
      "Close <context> before it"
    ],
    [
      "another block's closing tag",
      "<context>\na\n</file_map>",
      "nested-tag",
      "3:1",
      "</file_map> inside <context>",
      "Close <context>"
    ],
    [
      "a closing tag without an opening one",
      "😀\n </context>\n",
      "stray-closing-tag",
      "2:2",
      "</context> closes nothing",
      "open <context> before it"
    ],
    ["a block in one line", "<context>x</context>", "not-alone", "1:1", "not alone", "lines of their own"],
    [
      "an attribute without quotes",
      "<file_map src=x/>",
      "attribute",
      "1:1",
      "cannot be read",
      'name="value"'
    ],
    ["a tag without its end", "<context is all", "attribute", "1:1", "cannot be read", "end the tag with >"],
    ["an unknown attribute", '<context src="x"/>', "attribute", "1:1", 'no attribute "src"', "It takes id."],
    [
      "an attribute of another tag",
      '<style_guide src="x" content="full"/>',
      "attribute",
      "1:1",
      'no attribute "content"',
      "It takes id, src."
    ],
    ["an attribute twice", '<context id="a" id="b">', "attribute", "1:1", "stands twice", "Keep one"],
    ["an id with a space", '<context id="a b">', "attribute", "1:1", "id is not valid", "letters, digits"],
    ["an empty id", '<context id="">', "attribute", "1:1", "id is not valid", "1 to 64"],
    ["an empty src", '<file_map src=""/>', "attribute", "1:1", "src is empty", "Give a pattern"],
    [
      "content without src",
      '<file_map content="full">',
      "attribute",
      "1:1",
      "content stands without src",
      "Add src"
    ],
    [
      "content of another kind",
      '<file_map src="a" content="all"/>',
      "attribute",
      "1:1",
      'content="all"',
      'content="names"'
    ],
    [
      "a tag that closes itself with nothing in it",
      '<context id="a"/>',
      "attribute",
      "1:1",
      "<context/> has no content",
      "Put its text between"
    ],
    [
      "an include without src",
      "<file_map/>",
      "attribute",
      "1:1",
      "<file_map/> has no content",
      'Give it src="…"'
    ],
    [
      "src and text",
      '<file_map src="a">\ntext\n</file_map>',
      "attribute",
      "1:1",
      "has text of its own",
      "Keep either"
    ],
    [
      "a closing tag with attributes",
      '<context>\nx\n</context id="a">',
      "attribute",
      "3:1",
      "closing tag has attributes",
      "opening tag"
    ],
    [
      "a stray closing tag with attributes",
      '</context id="a">',
      "stray-closing-tag",
      "1:1",
      "closes nothing",
      "Remove it"
    ],
    [
      "a tag that closes twice",
      "<context>\nx\n</context/>",
      "attribute",
      "3:1",
      "cannot be read",
      "end the tag with >"
    ],
    [
      "a tag behind a byte order mark",
      "\ufeff </context>",
      "stray-closing-tag",
      "1:2",
      "closes nothing",
      "Remove it"
    ]
  ] as const) {
    it(`refuses ${what}, with the place and the fix`, () => {
      const error = refused(text)
      assert.strictEqual(error.reason, reason)
      assert.strictEqual(`${error.line}:${error.column}`, place)
      assert.include(error.problem, problem)
      assert.include(error.fix, fix)
      assert.isTrue(error.message.startsWith(`p.md:${place}: `))
    })
  }

  it("counts columns in UTF-16 code units", () => {
    assert.strictEqual(refused("---\n'😀': 1\n---\nx").line, 2)
    assert.strictEqual(
      refused('---\ncontext: {"😀": 1, b: [}\n---\nx').column,
      'context: {"😀": 1, b: [}'.length
    )
  })

  it("leaves an unclosed fence alone where it hides no tag", () => {
    assert.deepStrictEqual(sections("a\n```\nb < c"), [block("context", "a\n```\nb < c")])
  })
})
