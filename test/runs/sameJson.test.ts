import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { isSameJson } from "../../src/runs/sameJson.js"

const leaf = FastCheck.constantFrom(0, -0, 1, "0", "", null, true, Number.NaN, undefined)
/** Small enough that two of them are equal now and then; not all of them are JSON. */
const small = FastCheck.letrec<{ readonly value: unknown }>((tie) => ({
  value: FastCheck.oneof(
    { maxDepth: 2 },
    leaf,
    FastCheck.array(tie("value"), { maxLength: 2 }),
    FastCheck.dictionary(FastCheck.constantFrom("a", "b", "__proto__"), tie("value"), { maxKeys: 2 })
  )
})).value

describe("a value beside the tree of another one", () => {
  it.prop("is the same where their canonical texts are", [small, small], ([value, other]) => {
    const text = canonicalJson(other)
    if (Either.isLeft(text)) return
    const same = canonicalJson(value)
    assert.strictEqual(
      isSameJson(value, JSON.parse(text.right)),
      Either.isRight(same) && same.right === text.right
    )
  })

  it("may have its keys in another order, and be as deep as it likes", () => {
    assert.isTrue(isSameJson({ b: 1, a: [2] }, { a: [2], b: 1 }))
    let [deep, other]: [unknown, unknown] = [1, 1]
    for (let level = 0; level < 100_000; level++) [deep, other] = [[deep], [other]]
    assert.isTrue(isSameJson(deep, other))
  })

  it("is not the same where it is no plain object", () => {
    assert.isFalse(isSameJson(new Map(), {}))
    assert.isFalse(isSameJson(new (class Empty {})(), {}))
    assert.isFalse(isSameJson([], {}))
  })
})
