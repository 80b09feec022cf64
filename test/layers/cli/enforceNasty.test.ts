/** What somebody would try who wants code through the gate: real packs, engines, files and git, in one process. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { enforceLive } from "../../../layers/cli/enforceLive.js"
import { Progress } from "../../../src/cli/Progress.js"
import { tempDir } from "../../support/tempDir.js"
import { commandLine, type Ended } from "./support/commandLine.js"
import { gitIn } from "./support/repository.js"

const any = "export const a: any = 1\n"
const canary = ["sk", "live", "4eC39HqLyjWDarjtT1zdp7dcXkPm"].join("_")
const pack = (id: string, rule: string) =>
  `schemaVersion: 1\nid: ${id}\nversion: 1.0.0\nrules:\n  - ${rule}\n`

/** A project with these files, judged by the packs `standards` and `redaction` unless its settings say otherwise. */
const project = (tree: Readonly<Record<string, string | Uint8Array>>) =>
  Effect.map(tempDir, (folder) => {
    const write = (path: string | Buffer, text: string | Uint8Array) => {
      const place = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path)])
      Fs.mkdirSync(Path.dirname(place.toString()), { recursive: true })
      Fs.writeFileSync(place, text)
    }
    const files = { "aegis.config.json": '{ "rulepacks": ["standards", "redaction"] }', ...tree }
    for (const [path, text] of Object.entries(files)) write(path, text)
    const labels: Array<string> = []
    const progress = Layer.succeed(Progress, {
      during: (label) => (effect) =>
        Effect.zipRight(
          Effect.sync(() => labels.push(label)),
          effect
        )
    })
    const enforce = (...words: ReadonlyArray<string>): Effect.Effect<Ended> =>
      commandLine({ folder, layers: { enforce: enforceLive }, progress }, ["enforce", ...words])
    /** Of everything that is found: the file and the rule. */
    const found = (...words: ReadonlyArray<string>) =>
      Effect.map(enforce("--json", ...words), ({ message, text }) => {
        assert.notStrictEqual(text, "", message)
        const { findings }: { findings: ReadonlyArray<{ path: string; rule: string; fix?: unknown }> } =
          JSON.parse(text)
        return findings
      })
    const foundIn = (...words: ReadonlyArray<string>) =>
      Effect.map(found(...words), (findings) => [...new Set(findings.map(({ path }) => path))])
    const git = gitIn(folder)
    const link = (to: string, path: string) => Fs.symlinkSync(to, Path.join(folder, path))
    const read = (path: string) => Fs.readFileSync(Path.join(folder, path), "utf8")
    return { folder, write, read, link, enforce, found, foundIn, git, labels }
  })

describe("the gate is not passed by", { timeout: 60_000 }, () => {
  it.scoped("comments that switch linters, types and searches off", () =>
    Effect.gen(function* () {
      const { found } = yield* project({
        "a.ts": `/* eslint-disable */\n// @ts-nocheck\n// oxlint-disable\n// secretlint-disable\n${any}export const b = "${canary}"\n`
      })
      assert.deepStrictEqual(
        (yield* found()).map(({ rule }) => rule),
        ["standards/no-explicit-any", "redaction/secrets"]
      )
    })
  )

  it.scoped("the name of a file", () =>
    Effect.gen(function* () {
      const names = ["--fix.ts", "[x].ts", "back\\slash.ts", "new\nline.ts", "{a,b}.ts", "\u001b[31mred.ts"]
      const { enforce, foundIn, write } = yield* project(Object.fromEntries(names.map((name) => [name, any])))
      assert.sameMembers(yield* foundIn(), names)
      assert.deepStrictEqual(yield* foundIn("./--fix.ts", "[x].ts"), ["--fix.ts", "[x].ts"])
      write(Buffer.from([0xff, 0x2e, 0x74, 0x73]), any)
      const { code, message } = yield* enforce()
      assert.strictEqual(code, 2)
      assert.include(message, "no UTF-8")
      // what fails before it has failed
      assert.strictEqual((yield* enforce("--fail-fast")).code, 1)
    })
  )

  it.scoped("links: what they lead to is judged in its own place, and never shown from outside", () =>
    Effect.gen(function* () {
      const outside = yield* project({ "secret.ts": `${any}// ${canary}\n`, "d/x.ts": any })
      const { enforce, foundIn, link } = yield* project({ "real.ts": any })
      link(Path.join(outside.folder, "secret.ts"), "out.ts")
      link(Path.join(outside.folder, "d"), "d")
      link(".", "loop")
      link("self.ts", "self.ts")
      link("nowhere", "gone.ts")
      link("real.ts", "inside.ts")
      assert.deepStrictEqual(yield* foundIn(), ["real.ts"])
      assert.deepStrictEqual(yield* foundIn("inside.ts"), ["inside.ts"])
      for (const word of ["out.ts", "d", "d/x.ts", "loop/out.ts"]) {
        const { code, text } = yield* enforce(word)
        assert.deepStrictEqual([code, text], [2, ""], word)
      }
    })
  )

  it.scoped(
    ".gitignore, folders that are left out, and links that become files: what git tracks is judged",
    () =>
      Effect.gen(function* () {
        const { folder, foundIn, git, link, write } = yield* project({
          ".gitignore": "x/\n",
          "a.ts": "export {}\n"
        })
        git("init")
        link("a.ts", "link.ts")
        git("add", "-A")
        git("commit", "-m", "one")
        write(".gitignore", "x/\n*.ts\ndist\n")
        Fs.rmSync(Path.join(folder, "link.ts"))
        for (const path of ["a.ts", "link.ts", "src/dist/b.ts", "new.ts", "ours.ts"]) write(path, any)
        git("add", "-f", "src/dist/b.ts", "new.ts")
        // `ours.ts` is ignored and tracked by nobody: no change brings it along
        const judged = ["a.ts", "link.ts", "new.ts", "src/dist/b.ts"]
        assert.deepStrictEqual(yield* foundIn(), judged)
        assert.deepStrictEqual(yield* foundIn("--changed"), judged)
        assert.deepStrictEqual(yield* foundIn("src"), ["src/dist/b.ts"])
      })
  )

  it.scoped("UTF-16, zero bytes, or an ending that nobody knows", () =>
    Effect.gen(function* () {
      const text = `${any}export const b = "${canary}"\n`
      const little = Buffer.from(text, "utf16le")
      const { found, read } = yield* project({
        ".env": little,
        "big.ts": Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(little).swap16()]),
        "little.ts": Buffer.concat([Buffer.from([0xff, 0xfe]), little]),
        "mixed.ts": Buffer.concat([Buffer.from("/*"), Buffer.alloc(9000, "\0x"), Buffer.from(`*/${text}`)]),
        "zero.ts": `\0${text}`,
        "zero.unknown": `\0${text}`,
        "a.ts.bak": text,
        "picture.png": Buffer.concat([Buffer.from([0x89, 0x50, 0, 0xff]), Buffer.from(canary)])
      })
      const findings = yield* found()
      const by = (rule: string) => findings.filter((each) => each.rule === rule).map(({ path }) => path)
      const code = ["big.ts", "little.ts", "mixed.ts"]
      assert.deepStrictEqual(by("standards/no-explicit-any"), code)
      assert.deepStrictEqual(by("aegis/parse-error"), ["zero.ts"])
      assert.deepStrictEqual(by("redaction/secrets"), [
        ".env",
        "a.ts.bak",
        ...code,
        "zero.ts",
        "zero.unknown"
      ])
      const before = read("little.ts")
      yield* found("--fix")
      assert.strictEqual(read("little.ts"), before)
    })
  )

  it.scoped("a pack of the project that calls itself as a built-in one does", () =>
    Effect.gen(function* () {
      const empty = pack("standards", "{ id: none, kind: pattern, pattern: zzzzzz, message: No. }")
      const { enforce, write } = yield* project({ "a.ts": any, "rulepacks/standards/pack.yaml": empty })
      assert.strictEqual((yield* enforce()).code, 3)
      write("aegis.config.json", '{ "rulepacks": ["./mine"] }')
      write("mine/pack.yaml", empty)
      const { code, message } = yield* enforce()
      assert.strictEqual(code, 3)
      assert.include(message, 'There is another pack "standards"')
    })
  )

  it.scoped("settings that name no pack", () =>
    Effect.gen(function* () {
      const { enforce } = yield* project({ "a.ts": any, "aegis.config.json": '{ "rulepacks": [] }' })
      const { code, message } = yield* enforce()
      assert.strictEqual(code, 3)
      assert.include(message, '"rulepacks" must be a list with something in it')
    })
  )

  it.scoped("its settings without a trace: reports name the packs that judged", () =>
    Effect.gen(function* () {
      const { enforce, read } = yield* project({
        "a.ts": any,
        "aegis.config.json": '{ "rulepacks": ["redaction"] }'
      })
      const { code, text } = yield* enforce("--ci", "--format", "human,sarif")
      assert.strictEqual(code, 0)
      assert.match(text, /; by redaction@\d+\.\d+\.\d+$/m)
      for (const name of ["compliance-report.json", "compliance-report.sarif"]) {
        assert.match(
          read(name),
          /"packs": \[\s*\{\s*"id": "redaction",\s*"version": "[\d.]+",\s*"hash": "[0-9a-f]{64}"/
        )
      }
    })
  )

  it.scoped("code that is too long to be parsed, which all engines say once", () =>
    Effect.gen(function* () {
      const { found } = yield* project({
        "a.tsx": `${any}${"const x=1;\n".repeat(190_000)}`,
        "aegis.config.json": '{ "rulepacks": ["standards", "theme", "responsive"] }'
      })
      assert.deepStrictEqual(
        (yield* found()).map(({ path, rule }) => [path, rule]),
        [["a.tsx", "aegis/parse-error"]]
      )
    })
  )
})

describe("aegis enforce with real packs", { timeout: 60_000 }, () => {
  it.scoped("keeps what two packs find in the same place as a finding of each", () =>
    Effect.gen(function* () {
      const rule = "{ id: any, kind: eslint, rule: '@typescript-eslint/no-explicit-any' }"
      const { found } = yield* project({
        "a.ts": any,
        "rulepacks/house/pack.yaml": pack("house", rule),
        "aegis.config.json": '{ "rulepacks": ["standards", "house", "standards"] }'
      })
      assert.deepStrictEqual(
        (yield* found()).map((each) => each.rule),
        ["house/any", "standards/no-explicit-any"]
      )
    })
  )

  it.scoped("leaves secrets in files where they are with --fix, offers no such fix, and shows none", () =>
    Effect.gen(function* () {
      const text = `// ${canary}\nvar b = "${canary}"\nexport { b }\n`
      const { enforce, found, read } = yield* project({ "a.ts": text })
      const secrets = (yield* found()).filter(({ rule }) => rule === "redaction/secrets")
      assert.deepStrictEqual(
        secrets.map(({ fix }) => fix),
        [undefined, undefined]
      )
      const shown = yield* enforce("--fix")
      assert.strictEqual(shown.code, 1)
      assert.include(shown.text, `const b = "${"*".repeat(canary.length)}"`)
      assert.notInclude(shown.text, canary.slice(8))
      assert.strictEqual(read("a.ts"), text.replace("var", "const"))
    })
  )

  it.scoped("lists the packs that can be used beside those that cannot, and ends with 3", () =>
    Effect.gen(function* () {
      const { enforce, write } = yield* project({})
      assert.strictEqual((yield* enforce("packs")).code, 0)
      write("rulepacks/broken/pack.yaml", "schemaVersion: 1\nid: broken\n")
      write("rulepacks/code/pack.ts", "export default {}")
      const { code, text } = yield* enforce("packs")
      assert.strictEqual(code, 3)
      assert.match(text, /^broken {2}cannot be used {2}rulepacks\/broken\/pack\.yaml:1:1: /m)
      assert.match(text, /^code {2}cannot be used .*trustedRulepacks/m)
      assert.match(text, /^standards@/m)
      const listed: ReadonlyArray<{ id: string; error?: string }> = JSON.parse(
        (yield* enforce("packs", "--json")).text
      )
      assert.deepStrictEqual(
        listed.filter(({ error }) => error !== undefined).map(({ id }) => id),
        ["broken", "code"]
      )
    })
  )

  it.scoped("explains where a rule of ESLint is documented, as findings and SARIF do", () =>
    Effect.gen(function* () {
      const { enforce, read } = yield* project({ "a.ts": any })
      const url = "https://typescript-eslint.io/rules/no-explicit-any"
      assert.include((yield* enforce("explain", "standards/no-explicit-any")).text, url)
      yield* enforce("--ci", "--format", "sarif")
      assert.include(read("compliance-report.sarif"), `"helpUri": "${url}"`)
    })
  )

  it.scoped("shows a sign of life while files are judged", () =>
    Effect.gen(function* () {
      const { enforce, labels } = yield* project({ "a.ts": "export {}\n" })
      yield* enforce()
      assert.deepStrictEqual(labels, ["judging 2 files"])
    })
  )
})
