/** `aegis diff` in one process, over real files and the real parsers. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { Differs } from "../../../src/cli/Differs.js"
import { FileDiff } from "../../../src/domain/FileDiff.js"
import * as Cause from "effect/Cause"
import { failureOf } from "../../../src/cli/exitCode.js"
import { tempDir } from "../../support/tempDir.js"
import { commandLine } from "./support/commandLine.js"

const original = "// old\nconst sum = (a: number, b: number) => a + b\n\nf(1)\ng(sum)\n"
const modified = "// new\nconst sum = (a: number, c: number) => (a + c);\n\nf(2);\ng(sum);\n"

/** Compares two files of these texts and endings. */
const compared = (
  one: readonly [name: string, text: string],
  other: readonly [name: string, text: string],
  options: ReadonlyArray<string> = [],
  style = { color: false, width: 100 }
) =>
  Effect.gen(function* () {
    const folder = yield* tempDir
    const paths = [one, other].map(([name, text], index) => {
      const path = Path.join(folder, `${index}-${name}`)
      Fs.writeFileSync(path, text)
      return path
    })
    const place = { folder, layers: { diff: () => SyntaxTreesOxc.layer }, style, stdin: one[1] }
    const ended = yield* commandLine(place, ["diff", ...paths, ...options])
    return { ...ended, text: ended.text.replaceAll(`${folder}/`, "") }
  })

const decode = Schema.decodeUnknownSync(Schema.parseJson(FileDiff))

describe("aegis diff", () => {
  it.scoped("ends with 0 where the programs are the same, though the texts are not", () =>
    Effect.gen(function* () {
      const { code, text } = yield* compared(["a.ts", 'f("a");'], ["a.ts", "// said\nf( 'a' )"])
      assert.strictEqual(code, 0)
      assert.strictEqual(text, "0-a.ts -> 1-a.ts\nno difference: the programs are the same\n")
    })
  )

  it.scoped("ends with 1 where they differ, and shows only what does", () =>
    Effect.gen(function* () {
      const { code, text } = yield* compared(["a.ts", original], ["a.ts", modified])
      assert.strictEqual(code, 1)
      assert.strictEqual(
        text,
        [
          "0-a.ts -> 1-a.ts",
          "0 added, 0 removed, 3 modified: 3 steps",
          "renamed b -> c in sum, line 2, 2 places",
          "@@ sum @@",
          "- 1  // old",
          "- 2  const sum = (a: number, b: number) => a + b",
          "+ 1  // new",
          "+ 2  const sum = (a: number, c: number) => (a + c);",
          "  3  ",
          "- 4  f(1)",
          "- 5  g(sum)",
          "+ 4  f(2);",
          "+ 5  g(sum);",
          ""
        ].join("\n")
      )
    })
  )

  it.scoped("hides places where only the layout differs, and says how many", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 20 }, (_, at) => `f${at}()`)
      const { text } = yield* compared(
        ["a.ts", lines.join("\n")],
        ["a.ts", lines.with(2, "f2( )").with(17, "other()").join("\n")]
      )
      assert.include(text, "not shown: 1 place where only layout or comments differ")
      assert.notInclude(text, "f2")
      assert.include(text, "+ 18  other()")
    })
  )

  it.scoped("says nothing on stderr of what it was asked for", () =>
    Effect.sync(() => {
      assert.deepStrictEqual(failureOf(Cause.fail(new Differs())), { code: 1, lines: [] })
    })
  )

  it.scoped("shows both beside each other where there is room, no line longer than the terminal", () =>
    Effect.gen(function* () {
      const long = `${modified}${"h(1, 2, 3);".repeat(40)}\n`
      const { text } = yield* compared(["a.ts", original], ["a.ts", long], [], { color: false, width: 170 })
      const [, ...lines] = text.split("\n")
      assert.isTrue(lines.every((line) => line.length <= 170))
      assert.match(text, /- 4 f\(1\) +\| \+ 4 f\(2\);\n/)
      assert.include(text, "…")
    })
  )

  it.scoped("colours what differs within a line, and lets no file colour the terminal", () =>
    Effect.gen(function* () {
      const { text } = yield* compared(
        ["a.txt", "one two three\n"],
        ["a.txt", "one \u001B[5m2 three\n"],
        [],
        { color: true, width: 100 }
      )
      assert.include(text, "\u001B[31mtwo\u001B[39m three")
      assert.notInclude(text, "\u001B[5m")
    })
  )

  it.scoped("marks in a program what differs, not what was laid out anew beside it", () =>
    Effect.gen(function* () {
      const { text } = yield* compared(["a.ts", original], ["a.ts", modified], [], {
        color: true,
        width: 100
      })
      const shown = text
        .replaceAll("\u001B[31m", "[")
        .replaceAll("\u001B[32m", "[")
        .replaceAll("\u001B[39m", "]")
      assert.include(shown, "const sum = (a: number, [b]: number) => a + [b]\n")
      assert.include(shown, "const sum = (a: number, [c]: number) => (a + [c]);\n")
      assert.include(shown, "f([2]);\n")
      assert.include(shown, "g(sum);\n")
      const kind = yield* compared(["a.ts", "const a = 1"], ["a.ts", "let a = 1;"], ["--html"])
      assert.include(kind.text, "<b>const</b> a = 1<")
      assert.include(kind.text, "<b>let</b> a = 1;<")
    })
  )

  it.scoped("compares JSON by its places", () =>
    Effect.gen(function* () {
      const { code, text } = yield* compared(
        ["a.json", '{"list":[{"id":1,"n":1},{"id":2}],"k":1}'],
        ["a.json", '{"k":1,"list":[{"id":2},{"id":1,"n":3}]}']
      )
      assert.strictEqual(code, 1)
      assert.strictEqual(
        text,
        "0-a.json -> 1-a.json\n2 changes\n> /list/0  from /list/1\n~ /list/1/n  1 -> 3\n"
      )
      const same = yield* compared(["a.json", '{"a":1,"b":2}'], ["a.json", '{ "b": 2, "a": 1 }'])
      assert.strictEqual(same.code, 0)
    })
  )

  it.scoped("compares anything as texts where it is told to", () =>
    Effect.gen(function* () {
      const { code, text } = yield* compared(["a.ts", "f()"], ["a.ts", "f();"], ["--as", "text"])
      assert.strictEqual(code, 1)
      assert.include(text, "1 line added, 1 removed")
    })
  )

  it.scoped("prints the whole difference as JSON by its schema, the same bytes every time", () =>
    Effect.gen(function* () {
      for (const [name, one, other] of [
        ["a.ts", original, modified],
        ["a.json", "[1]", "[2]"],
        ["a.md", "a\n", "b\n"]
      ] as const) {
        const first = yield* compared([name, one], [name, other], ["--json"])
        const second = yield* compared([name, one], [name, other], ["--json"])
        assert.isFalse(decode(first.text).identical)
        assert.strictEqual(
          first.text.replaceAll(/"(original|modified)":"[^"]*\d-a/g, ""),
          second.text.replaceAll(/"(original|modified)":"[^"]*\d-a/g, "")
        )
      }
    })
  )

  it.scoped("prints one page of HTML in which no text of the files is markup", () =>
    Effect.gen(function* () {
      const evil = "<script>alert(\"1\")</script><img src=x onerror='a'>&amp;"
      const { code, text } = yield* compared(["a.txt", `${evil}\n`], ["a.txt", `b ${evil}\n`], ["--html"])
      assert.strictEqual(code, 1)
      assert.match(text, /^<!doctype html>/)
      assert.notMatch(text, /<script|<img|https?:/)
      assert.include(text, "&lt;script&gt;")
      assert.include(text, "&amp;amp;")
    })
  )

  it.scoped("shows programs and JSON on a page too", () =>
    Effect.gen(function* () {
      const program = yield* compared(["a.ts", original], ["a.ts", modified], ["--html"])
      assert.include(program.text, "renamed b -&gt; c in sum")
      const json = yield* compared(
        ["a.json", '{"a":1,"b":[1,2]}'],
        ["a.json", '{"a":"<b>","b":[2,1],"c":3}'],
        ["--html"]
      )
      assert.include(json.text, "<td>changed /a</td>")
      assert.include(json.text, "&lt;b&gt;")
      assert.include(json.text, "moved /b/")
      const same = yield* compared(["a.json", "1"], ["a.json", "1"], ["--html"])
      assert.strictEqual(same.code, 0)
    })
  )

  it.scoped("tells lines that end in another way only where nothing else differs", () =>
    Effect.gen(function* () {
      const ends = yield* compared(["a.txt", "a\r\nb\r\n"], ["a.txt", "a\nb\n"])
      assert.strictEqual(ends.code, 1)
      const more = yield* compared(["a.txt", "a\r\nb\r\n"], ["a.txt", "a\nc\n"])
      assert.include(more.text, "1 line added, 1 removed")
    })
  )

  it.scoped("ends with 2 where one is no program, and says which and where", () =>
    Effect.gen(function* () {
      const broken = yield* compared(["a.ts", "f()"], ["a.ts", "f(\n  ="])
      assert.deepStrictEqual([broken.code, broken.text], [2, ""])
      assert.match(broken.message, /1-a\.ts:2:3 \(the modified\): /)
      const json = yield* compared(["a.json", '{"secret": hunter2}'], ["a.json", "{}"])
      assert.match(json.message, /0-a\.json:1:12 \(the original\): This is no JSON/)
      assert.notInclude(json.message, "hunter2")
    })
  )

  it.scoped("refuses two results at once, and stdin twice", () =>
    Effect.gen(function* () {
      const both = yield* compared(["a.ts", ""], ["a.ts", ""], ["--html", "--json"])
      assert.strictEqual(both.code, 2)
    })
  )
})
