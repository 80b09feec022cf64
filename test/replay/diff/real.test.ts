/** Properties over real files: whatever two sources are, the script makes one of the other. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Prettier from "prettier"
import { loadTypeScript } from "../../../layers/replay/parsers.js"
import { parseWith } from "../../../layers/replay/SyntaxTreesOxc.js"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { forestOf } from "../../../src/replay/diff/tree/forestOf.js"
import { identify } from "../../../src/replay/diff/tree/identify.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"
import { effectFile, effectFiles, forest, provenScript } from "../support/sources.js"

const some = effectFiles.filter((_, index) => index % 9 === 0)

/** A source with some lines gone, written twice, or swapped with others: mostly a program still. */
const edited = (text: string, edits: ReadonlyArray<readonly [number, number, number]>): string => {
  const lines = text.split("\n")
  for (const [kind, one, other] of edits) {
    const from = one % lines.length
    const to = other % lines.length
    const line = lines[from] ?? ""
    if (kind === 0) lines.splice(from, 1)
    else if (kind === 1) lines.splice(to, 0, line)
    else if (kind === 2) lines[from] = line.replace(/\b[a-z]\w+\b/, "renamed")
    else lines.splice(to, 0, ...lines.splice(from, 3))
  }
  return lines.join("\n")
}

const edits = FastCheck.array(
  FastCheck.tuple(FastCheck.nat({ max: 3 }), FastCheck.nat(), FastCheck.nat()).map(
    ([kind, one, other]) => [kind, one, other] as const
  ),
  { minLength: 1, maxLength: 6 }
)

layer(SyntaxTreesOxc.layer)("the difference of real files", (it) => {
  it.effect("is nothing for a file and itself", () =>
    Effect.gen(function* () {
      for (const name of some) {
        const text = effectFile(name)
        assert.deepStrictEqual(provenScript(yield* forest(text, text)), [], name)
      }
    })
  )

  it.effect("is the same to both parsers", () =>
    Effect.gen(function* () {
      const { parse } = yield* SyntaxTrees
      const second = yield* Effect.promise(loadTypeScript)
      for (const name of some) {
        const source = { text: effectFile(name), path: name }
        const trees = forestOf(yield* parse(source), yield* parseWith(second, source))
        const { full } = identify(trees)
        assert.strictEqual(full[0], full[trees.split], name)
      }
    })
  )

  it.effect("is nothing after formatting", () =>
    Effect.gen(function* () {
      for (const name of some.filter((_, index) => index % 4 === 0)) {
        const text = effectFile(name)
        const formatted = yield* Effect.promise(() =>
          Prettier.format(text, {
            parser: "typescript",
            semi: true,
            printWidth: 60,
            singleQuote: true,
            trailingComma: "all"
          })
        )
        assert.notStrictEqual(formatted, text)
        assert.deepStrictEqual(provenScript(yield* forest(text, formatted)), [], name)
      }
    })
  )

  it.effect("makes one file of any other", () =>
    Effect.gen(function* () {
      for (const [index, name] of some.entries()) {
        const other = some[(index * 7 + 1) % some.length] ?? name
        const trees = yield* forest(effectFile(name), effectFile(other))
        provenScript(trees)
      }
    })
  )

  it.effect.prop(
    "makes an edited file of the file, and never takes more steps than writing it anew",
    { name: FastCheck.constantFrom(...some), edits },
    ({ edits: all, name }) =>
      Effect.gen(function* () {
        const text = effectFile(name)
        const trees = yield* Effect.option(forest(text, edited(text, all)))
        // what is no program any more is another test's matter
        if (trees._tag === "None") return
        const steps = provenScript(trees.value)
        assert.isAtMost(steps.length, trees.value.count)
      }),
    { fastCheck: { numRuns: 60 } }
  )
})
