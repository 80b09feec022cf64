/** The gate in one process, over real files, git and a real engine of patterns. */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { enforceLive } from "../../../layers/cli/enforceLive.js"
import { exitCodeOf } from "../../../src/cli/exitCode.js"
import { EngineFault } from "../../../src/domain/ComplianceErrors.js"
import { RuleEngines } from "../../../src/services/RuleEngines.js"
import { house, patterns } from "../../enforce/support/patterns.js"
import * as Rulepacks from "../../../src/services/Rulepacks.js"
import { tempDir } from "../../support/tempDir.js"
import { commandLine, type Ended, type Place } from "./support/commandLine.js"
import { gitIn } from "./support/repository.js"

const rules = () => Layer.merge(Layer.succeed(RuleEngines, [patterns]), Rulepacks.layerMemory([house]))

type Tree = Readonly<Record<string, string | Uint8Array>>

/** A project with these files, and a way to run the gate in it. */
const project = (tree: Tree, env: Readonly<Record<string, string>> = {}) =>
  Effect.map(tempDir, (folder) => {
    const write = (path: string, text: string | Uint8Array) => {
      Fs.mkdirSync(Path.dirname(Path.join(folder, path)), { recursive: true })
      Fs.writeFileSync(Path.join(folder, path), text)
    }
    write("aegis.config.json", '{ "rulepacks": ["house"] }')
    for (const [path, text] of Object.entries(tree)) write(path, text)
    const place: Place = {
      folder,
      layers: { enforce: (sources) => enforceLive(sources, undefined, rules) },
      style: { color: true, width: 100 }
    }
    const enforce = (...words: ReadonlyArray<string>): Effect.Effect<Ended> =>
      Effect.withConfigProvider(
        commandLine(place, ["enforce", ...words]),
        ConfigProvider.fromMap(new Map(Object.entries(env)))
      )
    const read = (path: string) => Fs.readFileSync(Path.join(folder, path), "utf8")
    const found = (...words: ReadonlyArray<string>) =>
      Effect.map(enforce("--json", ...words), ({ message, text }) => {
        assert.notStrictEqual(text, "", message)
        const report: {
          findings: ReadonlyArray<{ path: string; line: number }>
          truncated: boolean
          known: number
        } = JSON.parse(text)
        return { ...report, paths: report.findings.map(({ line, path }) => `${path}:${line}`) }
      })
    const git = gitIn(folder)
    return { folder, write, read, enforce, found, git }
  })

describe("aegis enforce", { timeout: 60_000 }, () => {
  it.scoped("is clean with 0, and ends with 1 when something is found at the level that fails", () =>
    Effect.gen(function* () {
      const { enforce, write } = yield* project({ "a.ts": "const a = 1\n" })
      const clean = yield* enforce()
      assert.deepStrictEqual([clean.code, clean.message], [0, ""])
      write("a.ts", "const a = 1 // todo\n")
      assert.strictEqual((yield* enforce()).code, 0)
      assert.strictEqual((yield* enforce("--fail-level", "warning")).code, 1)
      write("a.ts", "var a = 1\n")
      const { code, text } = yield* enforce("a.ts")
      assert.strictEqual(code, 1)
      assert.include(text, " var a = 1\n")
      assert.include(text, "^^^")
    })
  )

  it.scoped("ends with 2 for wrong words, 3 for a pack that is none, 6 when an engine failed", () =>
    Effect.gen(function* () {
      const { enforce } = yield* project({ "a.ts": "var crash = 1\n" })
      for (const words of [
        ["--format", "yaml"],
        ["--format", "json,sarif"],
        ["--update-baseline"],
        ["--update-baseline", "--baseline", "b", "--fail-fast"],
        ["--baseline", "none.json"],
        ["../"],
        ["nothing.ts"],
        ["--fail-level", "worst"],
        ["--json", "--format", "json"]
      ]) {
        const { code, message, text } = yield* enforce(...words)
        assert.deepStrictEqual([code, text], [2, ""], `${words.join(" ")}: ${message}`)
      }
      assert.strictEqual((yield* enforce("--rulepack", "none")).code, 3)
      assert.strictEqual((yield* enforce("explain", "house/none")).code, 3)
      assert.strictEqual((yield* enforce()).code, 6)
      assert.strictEqual(exitCodeOf(new EngineFault({ rule: "a/b", path: "", problem: "" })), 6)
    })
  )

  it.scoped("judges the whole project in order, without what git ignores, node_modules and dist", () =>
    Effect.gen(function* () {
      const { found } = yield* project({
        "b.ts": "var b\n",
        "a b#ä.ts": "\uFEFFvar a\r\nvar c\r\n",
        ".hidden/x.ts": "var x\n",
        ".gitignore": "out/\n!out/kept.ts\n",
        "out/y.ts": "var y\n",
        "node_modules/z.ts": "var z\n",
        "deep/dist/z.ts": "var z\n",
        "zero.ts": "\0var z\n",
        "bytes.bin": new Uint8Array([0, 255, 118, 97, 114, 32])
      })
      assert.deepStrictEqual((yield* found()).paths, [
        ".hidden/x.ts:1",
        "a b#ä.ts:1",
        "a b#ä.ts:2",
        "b.ts:1",
        "zero.ts:1"
      ])
      assert.deepStrictEqual((yield* found("b.ts", ".hidden", "b.*")).paths, [".hidden/x.ts:1", "b.ts:1"])
      assert.deepStrictEqual((yield* found("out/y.ts")).paths, ["out/y.ts:1"])
    })
  )

  it.scoped("writes with --ci the same bytes each time, without colours, and annotates on GitHub", () =>
    Effect.gen(function* () {
      const tree = { "a b.ts": "var a // todo\n", "src/%0A::error.ts": "var b\n::error::x ##[error]y var\n" }
      const plain = yield* project(tree)
      const first = yield* plain.enforce("--ci", "--format", "human,sarif,junit", "--report", "out")
      const bytes = Fs.readdirSync(Path.join(plain.folder, "out")).map((name) => plain.read(`out/${name}`))
      assert.strictEqual(first.code, 1)
      assert.notInclude(first.text, "\u001B")
      assert.notMatch(first.text, /^\s*::|##\[/m)
      assert.strictEqual(bytes.length, 3)
      const again = yield* plain.enforce("--ci", "--format", "human,sarif,junit", "--report", "out")
      assert.strictEqual(again.text, first.text)
      assert.deepStrictEqual(
        Fs.readdirSync(Path.join(plain.folder, "out")).map((name) => plain.read(`out/${name}`)),
        bytes
      )
      const github = yield* project(tree, { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: "summary.md" })
      const { text } = yield* github.enforce("--ci")
      assert.include(text, "::error file=src/%250A%3A%3Aerror.ts,line=1,")
      assert.match(github.read("summary.md"), /^## aegis enforce: findings$/m)
      assert.include(github.read("compliance-report.json"), '"schemaVersion": 1')
    })
  )

  it.scoped("stops with --fail-fast at the first file that fails, and says so", () =>
    Effect.gen(function* () {
      const { found } = yield* project({ "a.ts": "// todo\n", "b.ts": "var b\n", "c.ts": "var c\n" })
      for (let time = 0; time < 3; time += 1) {
        const { paths, truncated } = yield* found("--fail-fast")
        assert.deepStrictEqual([paths, truncated], [["a.ts:1", "b.ts:1"], true])
      }
      assert.isFalse((yield* found()).truncated)
    })
  )

  it.scoped("judges with --changed what changed since a revision, and what is new", () =>
    Effect.gen(function* () {
      const { enforce, found, git, write } = yield* project({ "a.ts": "var a\n", "b.ts": "var b\n" })
      assert.strictEqual((yield* enforce("--changed")).code, 2)
      git("init")
      assert.deepStrictEqual((yield* found("--changed")).paths, ["a.ts:1", "b.ts:1"])
      git("add", "-A")
      git("commit", "-m", "one")
      assert.deepStrictEqual((yield* found("--changed")).paths, [])
      write("b.ts", "\nvar b\n")
      write("n ä.ts", "var n\n")
      assert.deepStrictEqual((yield* found("--changed")).paths, ["b.ts:2", "n ä.ts:1"])
      assert.deepStrictEqual((yield* found("b.ts", "--changed", "main")).paths, ["b.ts:2"])
      git("add", "-A")
      git("commit", "-m", "two")
      assert.deepStrictEqual((yield* found("--changed", "HEAD~1")).paths, ["b.ts:2", "n ä.ts:1"])
      for (const base of ["none", "--output=x"]) {
        assert.strictEqual((yield* enforce(`--changed=${base}`)).code, 2)
      }
    })
  )

  it.scoped("leaves out what the baseline lists, which shrinks and never grows", () =>
    Effect.gen(function* () {
      const { enforce, found, read, write } = yield* project({ "a.ts": "var a\nvar b\n" })
      const baseline = ["--baseline", "known.json"]
      assert.strictEqual((yield* enforce(...baseline, "--update-baseline")).code, 0)
      write("a.ts", "\n\nvar b\nvar c\n")
      const { known, paths } = yield* found(...baseline)
      assert.deepStrictEqual([known, paths], [1, ["a.ts:4"]])
      assert.strictEqual((yield* enforce(...baseline, "--update-baseline")).code, 1)
      assert.strictEqual(JSON.parse(read("known.json")).findings.length, 1)
      write("a.ts", "const a = 1\n")
      assert.strictEqual((yield* enforce(...baseline, "--update-baseline")).code, 0)
      assert.deepStrictEqual(JSON.parse(read("known.json")).findings, [])
    })
  )

  it.scoped("mends with --fix what can be mended, and leaves alone a file that is no UTF-8", () =>
    Effect.gen(function* () {
      const broken = new Uint8Array([...Buffer.from("var a "), 0xff])
      const { enforce, folder, read } = yield* project({
        "a.ts": "\uFEFFvar ä = 1\r\nvar b = 2 // todo\r\n",
        "z.ts": broken
      })
      assert.strictEqual((yield* enforce("--fix", "a.ts")).code, 0)
      assert.strictEqual(read("a.ts"), "\uFEFFlet ä = 1\r\nlet b = 2 // todo\r\n")
      assert.strictEqual((yield* enforce("--fix", "z.ts")).code, 1)
      assert.deepStrictEqual(new Uint8Array(Fs.readFileSync(Path.join(folder, "z.ts"))), broken)
    })
  )

  it.scoped("explains rules, lists packs, and runs their examples", () =>
    Effect.gen(function* () {
      const { enforce } = yield* project({})
      const explained = yield* enforce("explain", "house/no-var")
      assert.include(explained.text, "Write let or const.")
      assert.include((yield* enforce("packs")).text, "house@1.0.0  4 rules")
      const tested = yield* enforce("test-pack", "house")
      assert.strictEqual(tested.code, 1)
      assert.include(tested.text, "house/wrong: nothing is found in bad example 1")
      assert.include(tested.text, "house/crash has no examples")
    })
  )

  it.scoped("helps with its commands, and with itself behind paths", () =>
    Effect.gen(function* () {
      const { enforce } = yield* project({})
      assert.include((yield* enforce("--help")).text, "explain")
      assert.include((yield* enforce("src", "--help")).text, "--fail-fast")
    })
  )
})
