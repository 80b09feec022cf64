import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { BlockType } from "../../src/domain/PromptBlock.js"
import { sha256 } from "../../src/prompt/digest.js"
import type { KeyParameters } from "../../src/prompt/key.js"
import { comparePrefix, type PrefixBlock } from "../../src/prompt/prefix.js"

const parameters: KeyParameters = {
  adapter: "f#1",
  context: null,
  layout: "stable-first",
  model: "m",
  provider: "openai",
  rulepacks: [],
  seed: null,
  temperature: 0
}
const compare = (previous: ReadonlyArray<PrefixBlock>, current: ReadonlyArray<PrefixBlock>) =>
  comparePrefix({ parameters, blocks: previous }, { parameters, blocks: current })

const one = (type: PrefixBlock["type"], content: string, tokens = 10, line?: number): PrefixBlock => ({
  type,
  name: undefined,
  hash: sha256(content),
  tokens,
  ...(line === undefined ? {} : { line })
})

const block: FastCheck.Arbitrary<PrefixBlock> = FastCheck.record({
  type: FastCheck.constantFrom(...BlockType.literals),
  name: FastCheck.constantFrom(undefined, "n"),
  hash: FastCheck.constantFrom("a", "b", "c").map(sha256),
  tokens: FastCheck.nat(1000)
})
const blocks = FastCheck.array(block, { maxLength: 6 })
const sum = (list: ReadonlyArray<PrefixBlock>): number =>
  list.reduce((total, { tokens }) => total + tokens, 0)
const sameAs = (a: PrefixBlock | undefined, b: PrefixBlock | undefined): boolean =>
  a?.type === b?.type && a?.name === b?.name && a?.hash === b?.hash

describe("comparePrefix", () => {
  it.prop("finds nothing in equal prompts, and keeps all of them", [blocks], ([list]) => {
    assert.deepEqual<unknown>(
      compare(
        list,
        list.map((each) => ({ ...each }))
      ),
      {
        fields: [],
        blocksKept: list.length,
        tokensKept: sum(list),
        tokensReread: 0
      }
    )
  })

  it.prop(
    "keeps the longest common prefix, and counts every token of the current prompt once",
    [blocks, blocks, blocks],
    ([shared, before, now]) => {
      const previous = [...shared, ...before]
      const current = [...shared, ...now]
      const { block, blocksKept, tokensKept, tokensReread } = compare(previous, current)
      assert.isTrue(current.slice(0, blocksKept).every((each, i) => sameAs(each, previous[i])))
      assert.isTrue(blocksKept === current.length || !sameAs(current[blocksKept], previous[blocksKept]))
      assert.strictEqual(tokensKept, sum(current.slice(0, blocksKept)))
      assert.strictEqual(tokensKept + tokensReread, sum(current))
      assert.strictEqual(
        block === undefined,
        previous.length === current.length && blocksKept === current.length
      )
      if (block !== undefined) assert.strictEqual(block.index, blocksKept)
    }
  )

  it.prop("names hashes that stand where it says", [blocks, blocks], ([previous, current]) => {
    const { block } = compare(previous, current)
    if (block === undefined) return
    const shown = block.newHash === undefined ? previous[block.index] : current[block.index]
    assert.strictEqual(block.type, shown?.type)
    assert.strictEqual(block.name, shown?.name)
    if (block.oldHash !== undefined) assert.strictEqual(block.oldHash, previous[block.index]?.hash)
    if (block.newHash !== undefined) assert.strictEqual(block.newHash, current[block.index]?.hash)
    assert.strictEqual(block.oldHash !== undefined, block.change === "changed" || block.change === "removed")
    assert.strictEqual(block.newHash !== undefined, block.change !== "removed")
  })

  const rules = one("requirements", "rules", 100, 1)
  const style = one("style_guide", "style", 200, 5)
  const files = one("file_map", "files", 400, 9)
  const task = one("context", "task", 50, 20)
  const style2 = one("style_guide", "style, second edition", 210, 6)
  const before = [rules, style, files, task]

  for (const [what, current, change, index, type] of [
    ["one edited block", [rules, style2, files, task], "changed", 1, "style_guide"],
    [
      "the first block edited",
      [one("requirements", "other"), style, files, task],
      "changed",
      0,
      "requirements"
    ],
    ["a block in between", [rules, style2, style, files, task], "added", 1, "style_guide"],
    ["a block at the end", [...before, one("context", "more")], "added", 4, "context"],
    ["a block less", [rules, files, task], "removed", 1, "style_guide"],
    ["the last block less", [rules, style, files], "removed", 3, "context"],
    ["no block left", [], "removed", 0, "requirements"],
    ["two blocks that changed places", [rules, files, style, task], "moved", 1, "file_map"],
    [
      "one block gone and a more stable one come",
      [rules, one("requirements", "new"), files, task],
      "added",
      1,
      "requirements"
    ],
    [
      "one block gone and a less stable one come",
      [rules, one("file_map", "new"), files, task],
      "removed",
      1,
      "style_guide"
    ]
  ] as const) {
    it(`tells ${what}`, () => {
      const comparison = compare(before, current)
      assert.strictEqual(comparison.block?.change, change)
      assert.strictEqual(comparison.block?.index, index)
      assert.strictEqual(comparison.block?.type, type)
      assert.strictEqual(comparison.tokensReread, sum(current.slice(index)))
    })
  }

  it("tells what is new where there was nothing", () => {
    assert.strictEqual(compare([], [task]).block?.change, "added")
  })

  it("shows old and new hash, name and line of a changed block", () => {
    const named = { ...style, name: "house" }
    assert.deepEqual<unknown>(compare([rules, named], [rules, { ...style2, name: "house" }]).block, {
      change: "changed",
      index: 1,
      type: "style_guide",
      name: "house",
      line: 6,
      oldHash: style.hash,
      newHash: style2.hash
    })
  })

  it("takes another type or another name for another block", () => {
    assert.strictEqual(compare([style], [{ ...style, type: "file_map" }]).blocksKept, 0)
    assert.strictEqual(compare([style], [{ ...style, name: "x" }]).block?.change, "changed")
  })

  it.prop(
    "lists the parameters that differ, as JSON, and no others",
    [
      FastCheck.subarray([
        "model",
        "temperature",
        "seed",
        "rulepacks",
        "context",
        "layout",
        "adapter",
        "provider"
      ] as const)
    ],
    ([changed]) => {
      const other: KeyParameters = {
        adapter: "f#2",
        context: sha256("{}"),
        layout: "source",
        model: "n",
        provider: "vllm",
        rulepacks: ["a@1"],
        seed: 0,
        temperature: 0.5
      }
      const now = changed.reduce((values, field) => ({ ...values, [field]: other[field] }), parameters)
      const { fields } = comparePrefix({ parameters, blocks: [] }, { parameters: now, blocks: [] })
      assert.sameDeepMembers(
        [...fields],
        changed.map((field) => ({
          field,
          old: JSON.stringify(parameters[field]),
          new: JSON.stringify(other[field])
        }))
      )
    }
  )
})
