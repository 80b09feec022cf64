import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { answerLater, answerNow } from "../../../layers/includes/asking.js"
import { walked, walkIn, walkOf } from "../../../layers/includes/simplePattern.js"
import { glob } from "../../../layers/PromptLoaderFs.js"
import { tempDir } from "../../support/tempDir.js"

const names = [
  "b.ts",
  "a.b.ts",
  ".dot",
  ".dot.ts",
  "node_modules",
  ".git",
  "é.ts",
  "a-b_c.ts",
  "ab",
  "x y",
  "a\n.ts",
  "\u2028b"
]
const name = FastCheck.constantFrom(...names)
const tree = FastCheck.array(
  FastCheck.tuple(FastCheck.array(name, { minLength: 1, maxLength: 4 }), FastCheck.boolean()),
  {
    maxLength: 20
  }
)
const part = FastCheck.oneof(
  {
    weight: 2,
    arbitrary: FastCheck.constantFrom("*", "**", "*.ts", "a*", "*b*", "a.*", "*.b.*", "a*ts", "*s")
  },
  { weight: 1, arbitrary: name.filter((each) => !each.includes(" ")) }
)
const pattern = FastCheck.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"))

/** Files at these paths, and a link to the first of them where it is asked for; what stands in the way is left out. */
const lay = (root: string, files: ReadonlyArray<readonly [ReadonlyArray<string>, boolean]>): void => {
  for (const [parts, link] of files) {
    const path = Path.join(root, ...parts)
    try {
      Fs.mkdirSync(Path.dirname(path), { recursive: true })
      if (link) Fs.symlinkSync(root, path)
      else Fs.writeFileSync(path, "", { flag: "wx" })
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined
      if (code !== "EEXIST" && code !== "ENOTDIR") throw cause
    }
  }
}

const isFolder = (path: string): boolean => {
  try {
    return Fs.statSync(path).isDirectory()
  } catch {
    return false
  }
}

const sorted = (paths: ReadonlyArray<string>) => [...paths].sort()

describe("simple patterns", { timeout: 60_000 }, () => {
  it("mean what they mean to the globbing library, at once and later", () => {
    let simple = 0
    return FastCheck.assert(
      FastCheck.asyncProperty(tree, pattern, (files, wanted) =>
        Effect.runPromise(
          Effect.scoped(
            Effect.gen(function* () {
              const root = yield* tempDir
              lay(root, files)
              const walk = walkOf(wanted)
              if (walk === undefined) return
              simple++
              const expected = sorted(yield* Effect.promise(glob(root, "pattern", wanted).later))
              assert.deepStrictEqual(sorted(answerNow(walked(root, walk))), expected)
              const later = yield* Effect.promise((signal) => answerLater(walked(root, walk), signal))
              assert.deepStrictEqual(sorted(later), expected)
            })
          )
        )
      ),
      { numRuns: 400 }
    ).then(() => assert.isAbove(simple, 40))
  })

  it("mean everything in a folder, whatever its name", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(
        tree,
        FastCheck.constantFrom("a", "x y", ".dot", "a/ab", "./a", "a/", ".", "a/./ab"),
        (files, folder) =>
          Effect.runPromise(
            Effect.scoped(
              Effect.gen(function* () {
                const root = yield* tempDir
                lay(root, files)
                if (!isFolder(Path.join(root, folder))) return
                const walk = walkIn(folder)
                if (walk === undefined) return assert.include(folder, ".dot")
                const expected = sorted(yield* Effect.promise(glob(root, "folder", folder).later))
                assert.deepStrictEqual(sorted(answerNow(walked(root, walk))), expected)
              })
            )
          )
      ),
      { numRuns: 200 }
    ))

  it("are nothing with braces, brackets, question marks, dots that lead upwards or a star before a dot's name", () => {
    for (const each of [
      "{a,b}/*",
      "[ab]*",
      "a?",
      "../*",
      "a/./*",
      ".*",
      "a/.*/b",
      "a**",
      "***",
      "!(a)",
      "a//*",
      "a/*/",
      "a\\*"
    ]) {
      assert.isUndefined(walkOf(each), each)
    }
  })
})
