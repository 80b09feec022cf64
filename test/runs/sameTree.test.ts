import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { isSameTree } from "../../src/runs/sameTree.js"

const tree = FastCheck.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)))
/** Small enough that two of them are equal now and then. */
const small = FastCheck.letrec<{ readonly tree: unknown }>((tie) => ({
  tree: FastCheck.oneof(
    { maxDepth: 2 },
    FastCheck.constantFrom(0, 1, "0", "", null, true),
    FastCheck.array(tie("tree"), { maxLength: 2 }),
    FastCheck.dictionary(FastCheck.constantFrom("a", "b", "__proto__"), tie("tree"), { maxKeys: 2 })
  )
})).tree.map((value): unknown => JSON.parse(JSON.stringify(value)))

describe("two trees of JSON", () => {
  it.prop("are the same where their texts are", [small, small], ([one, other]) => {
    assert.strictEqual(isSameTree(one, other), JSON.stringify(one) === JSON.stringify(other))
  })

  it.prop("are the same as their copies", [tree], ([one]) => {
    assert.isTrue(isSameTree(one, structuredClone(one)))
  })

  it("are not the same with their keys in another order", () => {
    assert.isFalse(isSameTree({ a: 1, b: 2 }, { b: 2, a: 1 }))
    assert.isFalse(isSameTree([], {}))
    assert.isFalse(isSameTree({}, []))
  })
})
