import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { layer } from "../../layers/PromptLoaderFs.js"
import type { IncludeError } from "../../src/domain/PromptErrors.js"
import type { Settings } from "../../src/services/AegisConfig.js"
import * as AegisConfig from "../../src/services/AegisConfig.js"
import { PromptLoader } from "../../src/services/PromptLoader.js"
import { tempDir } from "../support/tempDir.js"

type Tree = Readonly<Record<string, string | Uint8Array>>

const plant = (root: string, tree: Tree): void => {
  for (const [path, content] of Object.entries(tree)) {
    const file = Path.join(root, path)
    Fs.mkdirSync(Path.dirname(file), { recursive: true })
    Fs.writeFileSync(file, content)
  }
}

/** A project folder with a secret beside it, out of reach. */
const project = (tree: Tree): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(tempDir, (folder) => {
    const root = Path.join(folder, "project")
    Fs.mkdirSync(root)
    plant(folder, { "outside/secret.txt": "SECRET" })
    plant(root, tree)
    return root
  })

const load = (
  root: string,
  src: string,
  content: "names" | "full" = "names",
  settings: typeof Settings.Encoded = {}
): Effect.Effect<string, IncludeError> =>
  Effect.flatMap(PromptLoader, (loader) => loader.load({ src, content, file: "a.prompt.md", line: 3 })).pipe(
    Effect.provide(layer),
    Effect.provide(Layer.orDie(AegisConfig.layer(root, settings)))
  )

const reasonOf = (result: Effect.Effect<string, IncludeError>): Effect.Effect<string, string> =>
  Effect.map(Effect.flip(Effect.mapError(result, (error) => error.reason)), (reason) => reason).pipe(
    Effect.mapError((text) => `it was included: ${text}`)
  )

describe("PromptLoaderFs", () => {
  it.scoped("names files one per line, in the order of code units", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "src/b.ts": "",
        "src/a/z.ts": "",
        "src/B.ts": "",
        "src/a.ts": "",
        "x.md": ""
      })
      assert.strictEqual(yield* load(root, "src/**/*.ts"), "src/B.ts\nsrc/a.ts\nsrc/a/z.ts\nsrc/b.ts")
    })
  )

  it.scoped("gives the same text whatever order the files were made in", () =>
    Effect.gen(function* () {
      const names = ["a.ts", "b/c.ts", "b-c.ts", "é.ts", "Z/y/x.ts"]
      const one = yield* project(Object.fromEntries(names.map((name) => [name, `// ${name}`])))
      const two = yield* project(Object.fromEntries(names.toReversed().map((name) => [name, `// ${name}`])))
      assert.strictEqual(yield* load(one, "**/*.ts", "full"), yield* load(two, "**/*.ts", "full"))
    })
  )

  it.scoped("fences each file longer than any fence inside it", () =>
    Effect.gen(function* () {
      const root = yield* project({ "docs/a.md": "````md\nx\n````", "docs/b.md": "plain\n" })
      assert.strictEqual(
        yield* load(root, "docs/*.md", "full"),
        "docs/a.md\n`````\n````md\nx\n````\n`````\n\ndocs/b.md\n```\nplain\n```"
      )
    })
  )

  it.scoped("inlines one plain path bare and byte for byte", () =>
    Effect.gen(function* () {
      const text = "\uFEFFa\r\nb\tc \r\n"
      const root = yield* project({ "docs/style.md": text, "app/[id].ts": "bracketed" })
      assert.strictEqual(yield* load(root, "docs/style.md", "full"), text)
      assert.strictEqual(yield* load(root, "./docs//style.md", "full"), text)
      assert.strictEqual(yield* load(root, "app/[id].ts", "full"), "bracketed")
    })
  )

  it.scoped("takes a folder for everything in it", () =>
    Effect.gen(function* () {
      const root = yield* project({ "docs/a.md": "", "docs/(b)/c.md": "" })
      assert.strictEqual(yield* load(root, "docs"), "docs/(b)/c.md\ndocs/a.md")
      assert.strictEqual(yield* load(root, "docs/(b)/"), "docs/(b)/c.md")
    })
  )

  it.scoped("leaves out .git, node_modules, the cache and hidden files", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "a.md": "",
        ".git/b.md": "",
        "node_modules/c/d.md": "",
        "pkg/node_modules/e.md": "",
        ".hidden/f.md": "",
        "cache/g.md": ""
      })
      assert.strictEqual(yield* load(root, "**/*.md", "names", { cacheDir: "./cache/" }), "a.md")
      assert.strictEqual(yield* load(root, ".hidden/*.md"), ".hidden/f.md")
      assert.strictEqual(yield* reasonOf(load(root, ".git/b.md", "full")), "no-match")
      assert.strictEqual(yield* reasonOf(load(root, "node_modules/c/d.md", "full")), "no-match")
    })
  )

  it.scoped("respects nested .gitignore files as git does", () =>
    Effect.gen(function* () {
      const root = yield* project({
        ".git/HEAD": "",
        ".gitignore": "*.log\nbuild/\n",
        "a.log": "",
        "a.md": "",
        "build/b.md": "",
        "build/.gitignore": "!b.md",
        "pkg/.gitignore": "!keep.log\nprivate.md\n/top.md\n",
        "pkg/keep.log": "",
        "pkg/other.log": "",
        "pkg/private.md": "",
        "pkg/sub/private.md": "",
        "pkg/top.md": "",
        "pkg/sub/top.md": "",
        "private.md": ""
      })
      assert.deepStrictEqual((yield* load(root, "**/*.{md,log}")).split("\n"), [
        "a.md",
        "pkg/keep.log",
        "pkg/sub/top.md",
        "private.md"
      ])
      assert.strictEqual(yield* reasonOf(load(root, "pkg/private.md", "full")), "no-match")
    })
  )

  it.scoped(
    "respects the ignore rules of the repository around the project, unless they ignore all of it",
    () =>
      Effect.gen(function* () {
        const folder = yield* tempDir
        plant(folder, {
          ".git/HEAD": "",
          ".gitignore": "*.tmp\nscratch/\n",
          "packages/one/a.md": "",
          "packages/one/a.tmp": "",
          "scratch/b.md": "",
          "scratch/b.tmp": "",
          "scratch/.gitignore": "*.tmp"
        })
        assert.strictEqual(yield* load(Path.join(folder, "packages/one"), "**/*"), "a.md")
        assert.strictEqual(yield* load(Path.join(folder, "scratch"), "**/*"), "b.md")
      })
  )

  it.scoped("names binary and non-UTF-8 files without inlining them", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "a.bin": Uint8Array.of(1, 0, 2),
        "b.txt": Uint8Array.of(0x61, 0xff, 0x62),
        "c.txt": "text"
      })
      assert.strictEqual(
        yield* load(root, "*.*", "full"),
        "a.bin (binary, 3 bytes)\n\nb.txt (binary, 3 bytes)\n\nc.txt\n```\ntext\n```"
      )
      assert.strictEqual(yield* reasonOf(load(root, "a.bin", "full")), "binary")
      assert.strictEqual(yield* reasonOf(load(root, "b.txt", "full")), "not-utf8")
    })
  )

  it.scoped("refuses more bytes than the limit without reading them", () =>
    Effect.gen(function* () {
      const root = yield* project({ "small.txt": "1234", "other.txt": "5678" })
      const huge = Path.join(root, "huge.txt")
      Fs.closeSync(Fs.openSync(huge, "w"))
      // sparse: 8 TB of nothing, which no machine could read into memory
      Fs.truncateSync(huge, 8 * 1024 ** 4)
      assert.strictEqual(yield* reasonOf(load(root, "huge.txt", "full")), "too-large")
      assert.strictEqual(yield* load(root, "huge.txt", "names"), "huge.txt")
      Fs.rmSync(huge)
      assert.strictEqual(yield* reasonOf(load(root, "*.txt", "full", { maxIncludeBytes: 7 })), "too-large")
      assert.include(yield* load(root, "*.txt", "full", { maxIncludeBytes: 8 }), "5678")
      assert.strictEqual(yield* reasonOf(load(root, "*.txt", "names", { maxIncludeBytes: 7 })), "too-large")
    })
  )

  it.scoped("never follows a link out of the project", () =>
    Effect.gen(function* () {
      const root = yield* project({ "src/a.txt": "a", "deep/er/b.txt": "b" })
      Fs.symlinkSync("../../outside/secret.txt", Path.join(root, "src/link.txt"))
      Fs.symlinkSync("../outside", Path.join(root, "folder"))
      Fs.symlinkSync("/", Path.join(root, "everything"))
      for (const src of [
        "src/*.txt",
        "src/link.txt",
        "folder/*.txt",
        "folder",
        "folder/secret.txt",
        "everything/**"
      ]) {
        assert.strictEqual(yield* reasonOf(load(root, src, "full")), "outside-project", src)
      }
    })
  )

  it.scoped("reads links that stay inside, and does not walk linked folders", () =>
    Effect.gen(function* () {
      const root = yield* project({ "real/a.txt": "a" })
      Fs.symlinkSync("real/a.txt", Path.join(root, "link.txt"))
      Fs.symlinkSync("real", Path.join(root, "again"))
      Fs.symlinkSync("..", Path.join(root, "real/loop"))
      assert.strictEqual(yield* load(root, "**/*.txt"), "link.txt\nreal/a.txt")
      assert.strictEqual(yield* load(root, "link.txt", "full"), "a")
      assert.strictEqual(yield* load(root, "again/*.txt"), "again/a.txt")
    })
  )

  it.scoped("leaves out links that lead nowhere, and linked folders wherever they lead", () =>
    Effect.gen(function* () {
      const root = yield* project({ "src/a.txt": "a" })
      Fs.symlinkSync("nowhere", Path.join(root, "src/dangling.txt"))
      Fs.symlinkSync("itself.txt", Path.join(root, "src/itself.txt"))
      Fs.symlinkSync("a.txt/b", Path.join(root, "src/through.txt"))
      Fs.symlinkSync("../../outside", Path.join(root, "src/folder.txt"))
      Fs.symlinkSync("/", Path.join(root, "src/everything.txt"))
      for (const src of ["src/**", "src", "src/*.txt", "**/*.txt", "**", "{src,x}/**", "src/?*.txt"]) {
        assert.strictEqual(yield* load(root, src), "src/a.txt", src)
        assert.include(yield* load(root, src, "full"), "```\na\n```", src)
      }
    })
  )

  it.scoped("names the link that leads out of the project, and the pattern that found it", () =>
    Effect.gen(function* () {
      const root = yield* project({ "src/a.txt": "a" })
      Fs.symlinkSync("../../outside/secret.txt", Path.join(root, "src/link.txt"))
      Fs.symlinkSync("../outside", Path.join(root, "folder"))
      for (const src of ["src/**", "src", "**/*.txt", "{src,x}/**"]) {
        const error = yield* Effect.flip(load(root, src))
        assert.deepInclude(error, { reason: "outside-project", path: "src/link.txt" }, src)
        assert.include(
          error.message,
          `a.prompt.md:3: cannot include "${src}" (outside-project: "src/link.txt"). Only files inside`
        )
      }
      assert.strictEqual((yield* Effect.flip(load(root, "folder/*.txt"))).path, "folder")
      assert.isUndefined((yield* Effect.flip(load(root, "src/link.txt"))).path)
    })
  )

  it.scoped("says which include failed and where it stands", () =>
    Effect.gen(function* () {
      const root = yield* project({ "a.txt": "a" })
      Fs.symlinkSync("nowhere", Path.join(root, "dangling.txt"))
      for (const src of ["*.ts", "missing.md", "a.txt/b", "dangling.txt", "", "a\0b"]) {
        const error = yield* Effect.flip(load(root, src))
        assert.strictEqual(error.reason, "no-match", JSON.stringify(src))
        assert.match(error.message, /^a\.prompt\.md:3: cannot include /)
      }
    })
  )

  it.scoped("reports a project root that is not there", () =>
    Effect.gen(function* () {
      const root = yield* tempDir
      assert.strictEqual(yield* reasonOf(load(Path.join(root, "gone"), "*.md")), "no-match")
    })
  )

  it.scoped("writes a path with control characters as a JSON string", () =>
    Effect.gen(function* () {
      const root = yield* project({ "src/a\nb.txt": "x", "src/c\rd/\u2028e.txt": "y" })
      for (const src of ["src/**", "src", "**/*.txt", "**", "{src,x}/**", "s?c/**/?*.txt"]) {
        assert.strictEqual(yield* load(root, src), '"src/a\\nb.txt"\n"src/c\\rd/\u2028e.txt"', src)
      }
      assert.strictEqual(yield* load(root, "src/*.txt"), '"src/a\\nb.txt"')
      assert.strictEqual(yield* load(root, "src/{a\nb,x}.txt", "full"), '"src/a\\nb.txt"\n```\nx\n```')
    })
  )

  it.scoped("never gives a pattern anything from outside the root", () =>
    Effect.gen(function* () {
      const root = yield* project({ "in/a.txt": "inside", "b.txt": "inside" })
      Fs.symlinkSync("../outside", Path.join(root, "out"))
      const loadEither = (src: string) => Effect.either(load(root, src, "full"))
      const part = FastCheck.constantFrom(
        "..",
        ".",
        "*",
        "**",
        "out",
        "in",
        "outside",
        "secret.txt",
        "*.txt",
        "{..,in}",
        "{.,}.",
        "@(..|in)",
        "[.][.]",
        "\\.\\.",
        "!(x)",
        root
      )
      const sources = FastCheck.tuple(
        FastCheck.constantFrom("", "/", "./"),
        FastCheck.array(part, { minLength: 1, maxLength: 4 })
      )
      yield* Effect.promise(() =>
        FastCheck.assert(
          FastCheck.asyncProperty(sources, async ([prefix, parts]) => {
            const result = await Effect.runPromise(loadEither(prefix + parts.join("/")))
            assert.notInclude(
              Either.getOrElse(result, () => ""),
              "SECRET"
            )
          }),
          { numRuns: 150 }
        )
      )
    })
  )
})
