import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Change, difference } from "../../src/runs/difference.js"

const json = FastCheck.oneof(
  FastCheck.jsonValue(),
  FastCheck.dictionary(
    FastCheck.constantFrom("a", "b", "~", "/", "", "__proto__", "~1"),
    FastCheck.jsonValue()
  )
).map((value) => JSON.parse(JSON.stringify(value)) as unknown)

const keysIn = (path: string): ReadonlyArray<string> =>
  path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))

const set = (holder: object, key: string, value: unknown): void => {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true })
}

/** What the changes make of a value; elements that go are taken away from the end. */
const applied = (before: unknown, changes: ReadonlyArray<Change>): unknown => {
  const root = { "": structuredClone(before) }
  const go = (change: Change): void => {
    const keys = ["", ...keysIn(change.path)]
    const last = keys.pop() ?? ""
    let holder: unknown = root
    for (const key of keys) holder = Object.getOwnPropertyDescriptor(holder, key)?.value as unknown
    if (typeof holder !== "object" || holder === null) throw new Error("no such place")
    if (change.change !== "removed") set(holder, last, change.after)
    else if (Array.isArray(holder)) holder.splice(Number(last), 1)
    else Reflect.deleteProperty(holder, last)
  }
  for (const change of changes.filter((each) => each.change !== "removed")) go(change)
  for (const change of changes.filter((each) => each.change === "removed").toReversed()) go(change)
  return root[""]
}

const isEqual = (one: unknown, other: unknown): boolean => {
  try {
    assert.deepStrictEqual(one, other)
    return true
  } catch {
    return false
  }
}

describe("the difference of two values", () => {
  it("makes the one of the other", () => {
    FastCheck.assert(
      FastCheck.property(json, json, (before, after) => {
        assert.deepStrictEqual(applied(before, difference(before, after)), after)
      }),
      { numRuns: 500 }
    )
  })

  it("is empty for equal values, and for no others", () => {
    FastCheck.assert(
      FastCheck.property(json, json, (one, other) => {
        assert.deepStrictEqual(difference(one, structuredClone(one)), [])
        assert.strictEqual(difference(one, other).length === 0, isEqual(one, other))
      }),
      { numRuns: 500 }
    )
    assert.deepStrictEqual(difference({ a: 1, b: 2 }, { b: 2, a: 1 }), [])
  })

  it("names the places, in order", () => {
    const before = { keep: 1, gone: [1], list: [1, 2, 3], "a/b~c": 1 }
    const after = { keep: 1, list: [1, 5], "a/b~c": { __proto__: null, x: 1 }, new: null }
    assert.deepStrictEqual(
      difference(before, after).map(({ change, path }) => `${change} ${path}`),
      ["removed /gone", "changed /list/1", "removed /list/2", "changed /a~1b~0c", "added /new"]
    )
    assert.deepStrictEqual(difference([], {}), [{ path: "", change: "changed", before: [], after: {} }])
  })

  it("takes values as deep as they come, and lists as long", () => {
    const deep = (core: unknown): unknown => {
      let value = core
      for (let level = 0; level < 20_000; level += 1) value = [value]
      return value
    }
    assert.strictEqual(difference(deep(1), deep(2)).length, 1)
    const long = Array.from({ length: 300_000 }, (_, at) => at)
    assert.strictEqual(difference(long, long.with(7, -1)).length, 1)
    assert.strictEqual(difference(long, []).length, 300_000)
  })
})
