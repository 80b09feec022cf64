/** Properties over real files: whatever two sources are, the script makes one of the other. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Prettier from "prettier"
import { loadTypeScript } from "../../../layers/replay/parsers.js"
import { parseWith } from "../../../layers/replay/SyntaxTreesOxc.js"
import * as SyntaxTreesOxc from "../../../layers/replay/SyntaxTreesOxc.js"
import { wholeMatch } from "../../../src/replay/diff/match/match.js"
import { forestOf } from "../../../src/replay/diff/tree/forestOf.js"
import { identify } from "../../../src/replay/diff/tree/identify.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"
import { edited, edits } from "../support/edits.js"
import { effectFile, effectFiles, forest, provenScript } from "../support/sources.js"

const some = effectFiles.filter((_, index) => index % 9 === 0)

/** Small enough to be edited often. */
const small = some.filter((name) => effectFile(name).length < 20_000)

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

  it.effect("is shorter with all phases of matching than without any of them", () =>
    Effect.gen(function* () {
      const all = [...FastCheck.sample(edits, { numRuns: 40, seed: 5 }).entries()]
      const steps = new Map<string, number>()
      for (const [index, each] of all) {
        const text = effectFile(small[index % small.length] ?? "")
        const trees = yield* forest(text, yield* edited(text, each))
        for (const phase of ["none", "recovery", "alike", "moves"]) {
          const found = provenScript(trees, { ...wholeMatch, [phase]: false }).length
          steps.set(phase, (steps.get(phase) ?? 0) + found)
        }
      }
      const { none = 0, ...without } = Object.fromEntries(steps)
      for (const [phase, found] of Object.entries(without)) assert.isAbove(found, none, phase)
    })
  )

  it.effect.prop(
    "makes an edited file of the file and back, in fewer steps than writing it anew",
    { name: FastCheck.constantFrom(...small), edits },
    ({ edits: all, name }) =>
      Effect.gen(function* () {
        const text = effectFile(name)
        const other = yield* edited(text, all)
        const trees = yield* forest(text, other)
        const steps = provenScript(trees)
        provenScript(yield* forest(other, text))
        assert.isBelow(steps.length, trees.count - 1)
      }),
    { fastCheck: { numRuns: 60 } }
  )
})
