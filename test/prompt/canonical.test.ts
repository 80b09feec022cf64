import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { CanonicalError } from "../../src/domain/PromptErrors.js"
import { canonicalJson } from "../../src/prompt/canonical.js"
import { numbers, sorting } from "../fixtures/hashing/rfc8785.js"

const text = (value: unknown): string => Either.getOrThrow(canonicalJson(value))
const error = (value: unknown): CanonicalError => Either.getOrThrow(Either.flip(canonicalJson(value)))

/** RFC 8785 §3.2 word for word: recursive, slow and easy to believe. */
const oracle = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(oracle).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const byCodeUnits = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : a > b ? 1 : 0)
    const members = Object.entries(value).sort(byCodeUnits)
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${oracle(member)}`).join(",")}}`
  }
  return JSON.stringify(value)
}

const wellFormed = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.string({ unit: "grapheme" }),
  FastCheck.constantFrom("__proto__", "constructor", "\0", "\u2028", "\u{1f600}", "\uffff", "é", "")
)
const number = FastCheck.double({ noNaN: true, noDefaultInfinity: true })

/** Any JSON value, each object with keys of every kind, `__proto__` among them. */
const json: FastCheck.Arbitrary<unknown> = FastCheck.letrec((tie) => ({
  value: FastCheck.oneof(
    { depthSize: "small", withCrossShrink: true },
    FastCheck.constantFrom(null, true, false),
    number,
    wellFormed,
    FastCheck.array(tie("value"), { maxLength: 4 }),
    FastCheck.array(FastCheck.tuple(wellFormed, tie("value")), { maxLength: 4 }).map((entries) =>
      Object.fromEntries(entries)
    )
  )
})).value

/** The same value with the keys of every object in reverse. */
const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, member]) => [key, reversed(member)])
        )
      : value

describe("canonicalJson", () => {
  it.prop("is what RFC 8785 says, for every JSON value", [json], ([value]) => {
    assert.strictEqual(text(value), oracle(value))
  })

  it.prop("does not change when it is read and written again", [json], ([value]) => {
    assert.strictEqual(text(JSON.parse(text(value))), text(value))
  })

  it.prop(
    "does not see the order of keys, nor the white space that a value was read from",
    [json],
    ([value]) => {
      assert.strictEqual(text(reversed(value)), text(value))
      assert.strictEqual(text(JSON.parse(JSON.stringify(reversed(value), null, 3))), text(value))
    }
  )

  it.prop("tells different values apart", [json, json], ([a, b]) => {
    assert.strictEqual(text(a) === text(b), oracle(a) === oracle(b))
  })

  for (const [bits, expected] of numbers) {
    it(`writes the double ${bits} as ${expected}, as in RFC 8785 appendix B`, () => {
      assert.strictEqual(text(Buffer.from(bits, "hex").readDoubleBE()), expected)
    })
  }

  it("sorts the keys of RFC 8785 §3.2.3 by UTF-16 code units", () => {
    // read from the text: JSON.parse would put the key "1" first
    const written = [...text(sorting.input).matchAll(/:"([^"]*)"/g)].map((match) => match[1])
    assert.deepStrictEqual(written, [...sorting.order])
  })

  it("writes the sample of RFC 8785 §3.2.2 to the published bytes", () => {
    const sample = {
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\u002f",
      literals: [null, true, false]
    }
    assert.strictEqual(
      text(sample),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
  })

  class Thing {
    readonly a = 1
  }
  const cycle: Record<string, unknown> = {}
  cycle["a"] = { b: [cycle] }
  for (const [what, value, path, reason] of [
    ["NaN", { a: [0, Number.NaN] }, "/a/1", "not-finite"],
    ["Infinity", [Number.POSITIVE_INFINITY], "/0", "not-finite"],
    ["-Infinity", { x: { y: Number.NEGATIVE_INFINITY } }, "/x/y", "not-finite"],
    ["a BigInt", { n: 1n }, "/n", "bigint"],
    ["a function", { f: () => 1 }, "/f", "function"],
    ["a symbol", [[], [Symbol("s")]], "/1/0", "symbol"],
    ["undefined", { a: 1, b: undefined }, "/b", "undefined"],
    ["a hole in a list", [1, , 3], "/1", "undefined"],
    ["undefined as the whole", undefined, "", "undefined"],
    ["a cycle", cycle, "/a/b/0", "cycle"],
    ["a date", { when: new Date(0) }, "/when", "not-plain"],
    ["a map", { m: new Map([["a", 1]]) }, "/m", "not-plain"],
    ["a set", { s: new Set([1]) }, "/s", "not-plain"],
    ["bytes", { b: new Uint8Array(2) }, "/b", "not-plain"],
    ["a boxed number", [Object(1)], "/0", "not-plain"],
    ["an instance", { i: [new Thing()] }, "/i/0", "not-plain"],
    ["half of a pair in a value", { a: "x\ud800y" }, "/a", "lone-surrogate"],
    ["half of a pair in a key", { ok: { "\udc00": 1 } }, "/ok/\ufffd", "lone-surrogate"],
    ["a key with slash and tilde", { "a/b~c": [undefined] }, "/a~1b~0c/0", "undefined"]
  ] as const) {
    it(`refuses ${what} and points to it`, () => {
      const refused = error(value)
      assert.strictEqual(refused.path, path)
      assert.strictEqual(refused.reason, reason)
      assert.include(refused.message, `"${path}"`)
    })
  }

  it("takes one object at several places, for that is no cycle", () => {
    const shared = { x: [1] }
    assert.strictEqual(text({ a: shared, b: [shared, shared] }), '{"a":{"x":[1]},"b":[{"x":[1]},{"x":[1]}]}')
  })

  it("keeps __proto__ as a key like any other", () => {
    assert.strictEqual(text(JSON.parse('{"a":1,"__proto__":{"b":2}}')), '{"__proto__":{"b":2},"a":1}')
  })

  it("takes an object without a prototype", () => {
    assert.strictEqual(text(Object.assign(Object.create(null), { b: 1, a: 2 })), '{"a":2,"b":1}')
  })

  it("writes 100,000 levels without overflowing the stack", () => {
    const depth = 100_000
    const source = '{"a":['.repeat(depth) + "]}".repeat(depth)
    assert.strictEqual(text(JSON.parse(source)), source)
  })

  it("points into a deep value with the ends of the path", () => {
    let deep: unknown = Number.NaN
    for (let i = 0; i < 100_000; i++) deep = { [`k${i}`]: deep }
    const { path } = error(deep)
    assert.match(path, /^\/k99999\/.*\/…99984 more…\/.*\/k0$/)
    assert.isBelow(path.length, 200)
  })
})
