import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Change, difference } from "../../../../src/replay/diff/json/difference.js"

const small = FastCheck.constantFrom<unknown>(
  1,
  2,
  3,
  null,
  "a",
  [],
  [1],
  { id: 1, a: 1 },
  { id: 1, a: 2 },
  { id: 2 },
  { id: 3 }
)

const json = FastCheck.oneof(
  FastCheck.jsonValue(),
  FastCheck.array(small, { maxLength: 8 }),
  FastCheck.dictionary(FastCheck.constantFrom("a", "b"), FastCheck.array(small, { maxLength: 8 })),
  FastCheck.dictionary(
    FastCheck.constantFrom("a", "b", "~", "/", "", "__proto__", "~1"),
    FastCheck.jsonValue()
  )
).map((value) => JSON.parse(JSON.stringify(value)) as unknown)

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1")

const entriesOf = (value: object): ReadonlyArray<readonly [string, unknown]> => Object.entries(value)

/** What the changes make of a value that was at one place and is at another. */
const applied = (value: unknown, changes: ReadonlyArray<Change>, from = "", path = ""): unknown => {
  const here = changes.find((each) => each.path === path && each.change === "changed")
  if (here !== undefined) {
    assert.deepStrictEqual([here.before, here.from ?? path], [value, from])
    return here.after
  }
  if (typeof value !== "object" || value === null) return value
  const isGone = (place: string): boolean =>
    changes.some((each) => each.path === place && each.change === "removed")
  const isChild = ({ path: place }: Change): boolean => place.slice(0, place.lastIndexOf("/")) === path
  const added = changes.filter((each) => each.change === "added" && isChild(each))
  if (!Array.isArray(value)) {
    const kept = entriesOf(value).flatMap(([key, member]) => {
      const place = `/${escaped(key)}`
      return isGone(from + place)
        ? []
        : [[key, applied(member, changes, from + place, path + place)] as const]
    })
    const keyOf = (change: Change): string =>
      change.path
        .slice(path.length + 1)
        .replaceAll("~1", "/")
        .replaceAll("~0", "~")
    return Object.fromEntries([...kept, ...added.map((each) => [keyOf(each), each.after] as const)])
  }
  // what came and what was moved stands where it is said to; the others fill the places between, in order
  const moved = changes.filter((each) => each.change === "moved" && isChild(each))
  const movedFrom = new Set(moved.map((each) => each.from))
  const elements: ReadonlyArray<unknown> = value
  const stayed = [...elements.keys()].filter(
    (at) => !isGone(`${from}/${at}`) && !movedFrom.has(`${from}/${at}`)
  )
  const origins: Array<number | Change | undefined> = Array.from({
    length: stayed.length + moved.length + added.length
  })
  const placeOf = (change: Change): number => Number(change.path.slice(path.length + 1))
  for (const each of added) origins[placeOf(each)] = each
  for (const each of moved) origins[placeOf(each)] = Number((each.from ?? "").slice(from.length + 1))
  return Array.from(origins, (origin, at) => {
    const source = origin ?? stayed.shift()
    if (typeof source === "object") return source.after
    assert.isDefined(source)
    return applied(elements[source], changes, `${from}/${source}`, `${path}/${at}`)
  })
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

  it("knows elements by their key, and finds what was moved", () => {
    const before = [
      { id: "a", n: 1 },
      { id: "b", n: 2 },
      { id: "c", n: 3 }
    ]
    const after = [{ id: "new" }, { id: "c", n: 3 }, { id: "a", n: 1 }, { id: "b", n: 5 }]
    assert.deepStrictEqual(difference({ list: before }, { list: after }), [
      { path: "/list/0", change: "added", after: { id: "new" } },
      { path: "/list/1", change: "moved", from: "/list/2" },
      { path: "/list/3/n", change: "changed", from: "/list/1/n", before: 2, after: 5 }
    ])
    assert.deepStrictEqual(difference([1, 2, 3, 4], [4, 1, 2, 3]), [
      { path: "/0", change: "moved", from: "/3" }
    ])
  })

  it("takes an element that was put in for the only difference", () => {
    const long = Array.from({ length: 1000 }, (_, at) => ({ at }))
    assert.deepStrictEqual(difference(long, long.toSpliced(500, 0, { at: -1 })), [
      { path: "/500", change: "added", after: { at: -1 } }
    ])
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
