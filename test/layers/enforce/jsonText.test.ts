import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { keysOf, parseJson, valueAt } from "../../../layers/enforce/jsonText.js"

const parsed = (text: string) =>
  Either.getOrThrowWith(parseJson(text), ({ column }) => new Error(`at ${column}`))

/** What stands at the place of a value. The text is one line. */
const textAt = (text: string, keys: ReadonlyArray<string>) => {
  const { column, endColumn } = parsed(text).rangeOf(keys)
  return text.slice(column - 1, endColumn - 1)
}

/** All ways that lead to a value inside of a value. */
const waysIn = (value: unknown): ReadonlyArray<ReadonlyArray<string>> => [
  [],
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => waysIn(inner).map((way) => [key, ...way]))
    : [])
]

describe("JSON with comments", () => {
  it("reads comments and trailing commas, and leaves strings as they are", () => {
    const text = '// a\n{ /* b */ "c": "// no , ]", "d": [1, /* e */ 2, /* f */ ], /* g */ } // h'
    assert.deepStrictEqual(parsed(text).value, { c: "// no , ]", d: [1, 2] })
    assert.deepStrictEqual(parsed(text).rangeOf(["d", "1"]), {
      line: 2,
      column: 46,
      endLine: 2,
      endColumn: 47
    })
  })

  it("says where a text is no JSON", () => {
    for (const text of ["", "{", '{"a": 1,, }', "/* open", '"open', "[1 2]", "\\"]) {
      assert.isTrue(Either.isLeft(parseJson(text)), text)
    }
    assert.deepInclude(Either.flip(parseJson("{\na: 1 }")).pipe(Either.getOrThrow), { line: 2, column: 1 })
  })

  it("takes the last of two members with one name, as the parser does", () => {
    assert.strictEqual(textAt('{"a": 1, "a": 22}', ["a"]), "22")
  })

  it("points at what should hold a value that is missing", () => {
    assert.strictEqual(textAt('{"a": {"b": 1}}', ["a", "c"]), '{"b": 1}')
    assert.strictEqual(textAt('{"a": [1]}', ["a", "01"]), "[1]")
  })

  it("follows pointers as RFC 6901 has them", () => {
    const value = { foo: ["bar", "baz"], "": 0, "a/b": 1, "m~n": 8, "~1": 9 }
    const at = (pointer: string) => valueAt(value, keysOf(pointer) ?? [])?.value
    assert.deepStrictEqual(["", "/foo/0", "/", "/a~1b", "/m~0n", "/~01"].map(at), [value, "bar", 0, 1, 8, 9])
    assert.deepStrictEqual(
      ["/foo/00", "/foo/-", "/foo/2", "/foo/length", "/toString", "/constructor"].map(at),
      Array.from({ length: 6 }, () => undefined)
    )
    assert.strictEqual(keysOf("/a~2"), undefined)
    assert.strictEqual(keysOf("/a~"), undefined)
  })

  it("finds every value of every JSON at its place", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.jsonValue({ maxDepth: 4 }), FastCheck.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        const json = parsed(text)
        const lines = text.split("\n")
        for (const keys of waysIn(json.value)) {
          const { column, endColumn, endLine, line } = json.rangeOf(keys)
          const offset = (l: number, c: number) =>
            lines.slice(0, l - 1).reduce((sum, each) => sum + each.length + 1, 0) + c - 1
          const found: unknown = JSON.parse(text.slice(offset(line, column), offset(endLine, endColumn)))
          assert.deepStrictEqual(found, valueAt(json.value, keys)?.value)
        }
      })
    )
  })
})
