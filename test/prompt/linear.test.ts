import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { parsePrompt } from "../../src/prompt/source.js"

/** The fastest of a few runs, in milliseconds: what a busy machine adds is not counted. */
const best = (run: () => unknown): number => {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 4; i++) {
    const start = performance.now()
    run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

/**
 * Ten times the input may take up to forty times as long: linear work takes ten, quadratic a hundred. Below half a
 * millisecond nothing can be told, so no base is shorter.
 */
const growsLinearly = (what: string, size: number, run: (size: number) => () => unknown): void => {
  it(`takes time in proportion to ${what}`, () => {
    const small = Math.max(0.5, best(run(size)))
    const large = best(run(size * 10))
    assert.isBelow(large / small, 40, `${small.toFixed(2)} ms, then ${large.toFixed(2)} ms`)
  })
}

const page = [
  "<requirements>",
  "Use `<context>` where it helps — naïve, 模型.",
  "```html",
  "<context>",
  "</context>",
  "```",
  "</requirements>",
  "Some text with <b>bold</b> and 1 < 2.",
  '<style_guide id="house">',
  "- two spaces, no tabs",
  "</style_guide>",
  ""
].join("\n")

describe("parsePrompt", () => {
  for (const [what, piece] of [
    ["a prompt like any other", page],
    ["lines that start with <", "<\n"],
    ["a line of <", "<"],
    ["a line of spaces", " "],
    ["a line of tabs", "\t"],
    ["blank lines", "\n"],
    ["blank lines with spaces", "  \n"],
    ["a run of backticks", "`"],
    ["a run of tildes", "~"],
    ["short runs of backticks in one line", "``` "],
    ["runs of both marks in one line", "```~~~ "],
    ["runs that open no fence", "``` `\n"],
    ["fences that are opened and closed", "```\nx\n```\n"],
    ["fences of one mark in the other", "```\n~~~\n"],
    ["known tags with text behind them", "x <context> y\n"],
    ["unknown tags in a block that is never closed", "<div>\n"],
    ["names that go on", "<a"],
    ["> upon >", ">"],
    ["carriage returns", "\r"]
  ] as const) {
    for (const [where, start] of [
      ["", ""],
      [" in a block", "<context>\n"],
      [" in a fence", "````\n"],
      [" in a tag", "<context "],
      [" behind a word", "word"],
      [" behind a word in a fence", "```\nword"]
    ] as const) {
      growsLinearly(what + where, 40_000, (size) => {
        const text = start + piece.repeat(Math.ceil(size / piece.length))
        return () => parsePrompt(text, "p.md")
      })
    }
  }

  for (const [what, piece] of [
    ["attributes", ' id="a"'],
    ["attributes far apart", '    id="a"'],
    ["the blanks around an equals sign", "   "],
    ["a name", "a"]
  ] as const) {
    growsLinearly(`${what} of a tag, without overflowing the stack`, 100_000, (size) => {
      const text = `<context id${piece.repeat(Math.ceil(size / piece.length))}>\nx\n</context>`
      return () => parsePrompt(text, "p.md")
    })
  }

  growsLinearly("runs that are as long as the fence, but for text behind them", 40_000, (size) => {
    const run = "`".repeat(Math.ceil(Math.sqrt(size)))
    const text = `${run}\n${`${run} x\n`.repeat(Math.ceil(size / run.length))}`
    return () => parsePrompt(text, "p.md")
  })

  it("refuses a tag of megabytes instead of overflowing the stack", () => {
    const error = Either.getOrThrow(
      Either.flip(parsePrompt(`<context${' id="a"'.repeat(1_000_000)}>\n`, "p.md"))
    )
    assert.strictEqual(error.reason, "attribute")
  })

  it("parses a prompt of 50 MB", () => {
    const text = page.repeat(Math.ceil(50_000_000 / page.length))
    const { sections } = Either.getOrThrow(parsePrompt(text, "p.md"))
    assert.strictEqual(sections.length, 3 * Math.ceil(50_000_000 / page.length))
  })

  growsLinearly("a prompt of 1 and 10 MB", 1_000_000, (size) => {
    const text = page.repeat(Math.ceil(size / page.length))
    return () => parsePrompt(text, "p.md")
  })
})

describe("front matter", () => {
  for (const [what, line] of [
    ["keys", (i: number) => `  k${i}: 1`],
    ["anchors", (i: number) => `  k${i}: &a${i} 1`],
    ["comments", () => "#"],
    ["brackets", () => "["]
  ] as const) {
    growsLinearly(`its ${what}`, 300, (size) => {
      const text = `---\ncontext:\n${Array.from({ length: size }, (_, i) => line(i)).join("\n")}\n---\nx`
      return () => parsePrompt(text, "p.md")
    })
  }
})

describe("canonicalJson", () => {
  for (const [what, make] of [
    ["the length of a list", (size: number): unknown => Array.from({ length: size }, () => 0)],
    [
      "the number of keys",
      (size: number): unknown => Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i]))
    ],
    ["depth", (size: number): unknown => JSON.parse("[".repeat(size) + "]".repeat(size))]
  ] as const) {
    growsLinearly(what, 10_000, (size) => {
      const value = make(size)
      return () => canonicalJson(value)
    })
  }
})
