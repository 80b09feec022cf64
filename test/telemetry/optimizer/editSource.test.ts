import { describe, it } from "@effect/vitest"
import { applyPatch } from "diff"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { assert } from "vitest"
import type { LayoutChange } from "../../../src/domain/Optimization.js"
import type { RequestBlock } from "../../../src/domain/ProviderRequest.js"
import { sha256 } from "../../../src/prompt/digest.js"
import { layOut } from "../../../src/prompt/layout.js"
import { tokens } from "../../../src/prompt/render/tokens.js"
import { parsePrompt, type Section } from "../../../src/prompt/source.js"
import { editSource } from "../../../src/telemetry/optimizer/editSource.js"
import { refOf } from "../../../src/telemetry/optimizer/history.js"
import { patchOf } from "../../../src/telemetry/optimizer/patch.js"

/** The blocks that a source gives, in the order of its layout. */
const laidOut = (source: string): ReadonlyArray<Section> => {
  const { frontMatter, sections } = Either.getOrThrow(parsePrompt(source, "a.md"))
  return layOut(sections, frontMatter.layout ?? "stable-first")
}

/** A source as it was sent. */
const sentAs = (source: string) => {
  const known = new Map<string, string>(laidOut(source).map(({ content }) => [sha256(content), content]))
  const blocks = laidOut(source).map(({ content, name, type }): RequestBlock => ({
    hash: sha256(content),
    tokens: tokens(10),
    part: type === "context" ? "messages" : "system",
    type,
    ...(name === undefined ? {} : { name })
  }))
  return { blocks, texts: (hash: string) => known.get(hash) }
}

const edit = (source: string, changes: ReadonlyArray<LayoutChange>, sent: string = source) => {
  const { blocks, texts } = sentAs(sent)
  return editSource(source, "a.md", changes, blocks, texts)
}

const shown = (source: string | undefined) =>
  laidOut(source ?? "").map(({ content, type }) => `${type}: ${content}`)

const split = (at: number, of: string, lines: ReadonlyArray<number>, to: number): LayoutChange => {
  const section = laidOut(of)[at]
  return {
    _tag: "SplitLines",
    block: refOf({ type: section?.type, name: section?.name }, at),
    lines,
    to: { index: to, type: "context", name: "changing" }
  }
}

const move = (at: number, of: string, to: number): LayoutChange => {
  const section = laidOut(of)[at]
  return { _tag: "MoveBlock", block: refOf({ type: section?.type, name: section?.name }, at), to }
}

describe("a line that moves in the source", () => {
  const source = "<requirements>\none\nnow\ntwo\n</requirements>\n\nDo it.\n"

  it("stands in a block of its own before the user's message", () => {
    assert.strictEqual(
      edit(source, [split(0, source, [2], 1)]),
      '<requirements>\none\ntwo\n</requirements>\n\n<context id="changing">\nnow\n</context>\n\nDo it.\n'
    )
  })

  it("stands at the end where there is no message", () => {
    const bare = "<requirements>\none\nnow\n</requirements>"
    assert.deepStrictEqual(shown(edit(bare, [split(0, bare, [2], 1)])), ["requirements: one", "context: now"])
  })

  it("may be a placeholder of what was sent, but no other line may differ", () => {
    assert.isDefined(edit(source.replace("now", "{{now}}"), [split(0, source, [2], 1)], source))
    assert.isUndefined(edit(source.replace("two", "three"), [split(0, source, [2], 1)], source))
  })

  it("keeps the line ends of Windows", () => {
    const windows = source.replaceAll("\n", "\r\n")
    assert.strictEqual(
      edit(windows, [split(0, windows, [2], 1)]),
      '<requirements>\none\ntwo\n</requirements>\n\n<context id="changing">\nnow\n</context>\n\nDo it.\n'.replaceAll(
        "\n",
        "\r\n"
      )
    )
  })

  it("is not moved out of a file that is included, nor into a fence that it would close", () => {
    const included = '<style_guide src="a.md"/>\n\nDo it.\n'
    assert.isUndefined(edit(included, [split(0, included, [1], 1)]))
    const fence = "<requirements>\none\n```\ntwo\n```\n</requirements>\n\nDo it.\n"
    assert.isUndefined(edit(fence, [split(0, fence, [2], 1)]))
  })
})

describe("marks", () => {
  const source =
    '---\nmodel: m\n---\n<requirements>\nA\n</requirements>\n\n<style_guide id="b">\nB\nnow\n</style_guide>\n\nDo it.\n'
  const mark = (...blocks: ReadonlyArray<number>): LayoutChange => ({
    _tag: "Mark",
    marks: blocks.map((block) => ({ block, ttl: "5m" }))
  })
  const own = (marks: string): string => source.replace("---\n<", `${marks}\n---\n<`)
  const marksOf = (text: string | undefined): unknown =>
    Either.getOrThrow(parsePrompt(text ?? "", "a.md")).frontMatter.marks

  it("go into the front matter, by the name of a block where it has one", () => {
    assert.strictEqual(
      edit(source, [mark(0, 1)]),
      own('marks: [{"block":1,"ttl":"5m"},{"block":"b","ttl":"5m"}]')
    )
    assert.strictEqual(edit(source, [mark()]), own("marks: []"))
    assert.match(edit("Do it.\n", [mark(0)]) ?? "", /^---\nmarks: .*\n---\n\nDo it\.\n$/)
  })

  it("take the place of those that are there, however they are written", () => {
    for (const before of [
      "marks: []",
      "marks:\n  - { block: b, ttl: 1h }\n  - block: 1\n    ttl: 1h",
      "marks:\n- block: b\n  ttl: 1h"
    ]) {
      assert.strictEqual(
        edit(own(before), [mark(1)], source),
        own('marks: [{"block":"b","ttl":"5m"}]'),
        before
      )
    }
  })

  it("stand where they were replayed when blocks move with them", () => {
    assert.deepStrictEqual(marksOf(edit(source, [split(1, source, [2], 2), mark(1)])), [
      { block: "b", ttl: "5m" }
    ])
  })

  it("by name stay with their block, and those by place let no other move before them", () => {
    const named = own("marks: [{ block: b, ttl: 5m }]")
    assert.deepStrictEqual(marksOf(edit(named, [split(1, source, [2], 2)], source)), [
      { block: "b", ttl: "5m" }
    ])
    assert.isUndefined(edit(own("marks: [{ block: 2, ttl: 5m }]"), [split(1, source, [2], 2)], source))
  })

  it("of turns are none of the source", () => {
    assert.strictEqual(edit(source, [mark(0, -1)]), source)
  })
})

describe("a block that moves in the source", () => {
  it("changes places with those of its type", () => {
    const source = '<context id="a">\nA\n</context>\n\n<context id="b">\nB\n</context>\n\nDo it.\n'
    assert.strictEqual(
      edit(source, [move(0, source, 1)]),
      '<context id="b">\nB\n</context>\n\n<context id="a">\nA\n</context>\n\nDo it.\n'
    )
  })

  it("needs no layout of its own where the stable blocks come first", () => {
    const source = "---\nlayout: source\n---\nclock\n\n<requirements>\nA\n</requirements>\n"
    const edited = edit(source, [move(1, source, 0)])
    assert.include(edited ?? "", "layout: stable-first")
    assert.deepStrictEqual(shown(edited), ["requirements: A", "context: clock"])
  })

  it("before one of a more stable type gets the layout of the source", () => {
    const source = "<requirements>\nA\n</requirements>\n\n<style_guide>\nB\n</style_guide>\n\nDo it.\n"
    const edited = edit(source, [move(1, source, 0)])
    assert.include(edited ?? "", "layout: source")
    assert.deepStrictEqual(shown(edited), ["style_guide: B", "requirements: A", "context: Do it."])
  })
})

it("a source that is not what was sent is left alone", () => {
  const source = "<requirements>\nA\n</requirements>\n\nDo it.\n"
  assert.isUndefined(edit("<file_map>\nA\n</file_map>\n", [move(0, source, 1)], source))
})

it("pings are no change of the source", () => {
  const source = "<requirements>\nA\n</requirements>\n\nDo it.\n"
  assert.strictEqual(edit(source, [{ _tag: "KeepWarm", every: 240_000, times: 1 }]), source)
})

const types = ["requirements", "style_guide", "file_map", "context"] as const

/** Prompts of a few blocks with a few lines each, and moves and splits in them. */
const prompts = FastCheck.record({
  blocks: FastCheck.array(
    FastCheck.record({
      type: FastCheck.constantFrom(...types),
      bare: FastCheck.boolean(),
      lines: FastCheck.array(FastCheck.constantFrom("x", "- y", "", "  z", "<b>", "$&", "</p>"), {
        minLength: 1,
        maxLength: 4
      })
    }),
    { minLength: 1, maxLength: 5 }
  ),
  front: FastCheck.constantFrom("", "---\nmodel: m\n---\n", "---\nlayout: source\n---\n\n"),
  steps: FastCheck.array(
    FastCheck.record({ at: FastCheck.nat(9), to: FastCheck.nat(9), split: FastCheck.boolean() }),
    { minLength: 1, maxLength: 3 }
  )
}).map(({ blocks, front, steps }) => ({
  source:
    front +
    blocks
      .map(({ bare, lines, type }, i) => {
        // a tag of no block is an error outside of one
        const text = [`block ${i}`, ...lines.filter((line) => !bare || !line.startsWith("<"))].join("\n")
        return bare ? `${text}\n` : `<${type} id="n${i}">\n${text}\n</${type}>\n`
      })
      .join("\n"),
  steps
}))

it("whatever is changed, the source gives the blocks that were asked for or is left alone, and the patch is the change", () => {
  let edits = 0
  FastCheck.assert(
    FastCheck.property(prompts, ({ source, steps }) => {
      if (Either.isLeft(parsePrompt(source, "a.md"))) return
      const changes: Array<LayoutChange> = []
      let wanted = laidOut(source).map(({ content, name, type }) => ({ content, name, type }))
      for (const [step, { at, split: splits, to }] of steps.entries()) {
        const from = at % wanted.length
        const item = wanted[from]
        if (item === undefined) return
        const block = refOf({ type: item.type, name: item.name }, from)
        const lines = item.content.split("\n")
        if (!splits) {
          const place = to % wanted.length
          changes.push({ _tag: "MoveBlock", block, to: place })
          wanted = wanted.toSpliced(from, 1).toSpliced(place, 0, item)
        } else if (lines.length > 1 && changes.every(({ _tag }) => _tag === "MoveBlock")) {
          const fresh = { type: "context" as const, name: `new${step}`, content: lines[0] ?? "" }
          changes.push({
            _tag: "SplitLines",
            block,
            lines: [1],
            to: { index: wanted.length, type: "context", name: fresh.name }
          })
          wanted = [...wanted.with(from, { ...item, content: lines.slice(1).join("\n") }), fresh]
        }
      }
      const { blocks, texts } = sentAs(source)
      const edited = editSource(source, "a.md", changes, blocks, texts)
      if (edited === undefined) return
      edits++
      assert.deepStrictEqual(
        laidOut(edited).map(({ content, name, type }) => ({ content, name, type })),
        wanted
      )
      const newest = { ...request, blocks }
      const patch = patchOf({ changes, newest, texts, sourceOf: () => ({ file: "a.md", text: source }) })
      assert.strictEqual(patch === undefined ? source : applyPatch(source, patch.diff), edited)
    }),
    { numRuns: 1000, seed: 6 }
  )
  assert.isAbove(edits, 950)
})

const request = {
  sentAt: 0,
  readableAt: null,
  provider: "anthropic",
  model: "m",
  scope: "s",
  mode: "none",
  marks: []
} as const
