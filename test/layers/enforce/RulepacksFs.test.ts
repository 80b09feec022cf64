import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { execFileSync } from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { builtInCode, builtInFolder, sourcesOf } from "../../../layers/enforce/builtInPacks.js"
import { layer, make } from "../../../layers/enforce/RulepacksFs.js"
import { RulepackInvalid, RulepackNotFound } from "../../../src/domain/ComplianceErrors.js"
import * as AegisConfig from "../../../src/services/AegisConfig.js"
import { Rulepacks } from "../../../src/services/Rulepacks.js"
import { tempDir } from "../../support/tempDir.js"

const yaml = (id: string, more = "") =>
  `schemaVersion: 1\nid: ${id}\nversion: 1.2.0\n${more}rules:\n  - id: a\n    kind: pattern\n    pattern: TODO\n    message: Do it\n`

const code = (id: string, validate = "() => ({ valid: true, errors: [], warnings: [] })") =>
  `export default { id: "${id}", name: "${id}", version: "1.0.0", rules: [
    { id: "a", name: "A", description: "a", severity: "error", validate: ${validate} }] }`

/** Files of a project, by their paths. */
const project = (files: Readonly<Record<string, string>>) =>
  Effect.map(tempDir, (root) => {
    for (const [path, text] of Object.entries(files)) {
      Fs.mkdirSync(Path.dirname(Path.join(root, path)), { recursive: true })
      Fs.writeFileSync(Path.join(root, path), text)
    }
    return root
  })

type SettingsFile = Parameters<typeof AegisConfig.layer>[1]

const withPacks = <A, E, R>(root: string, use: Effect.Effect<A, E, R | Rulepacks>, settings?: SettingsFile) =>
  Effect.provide(use, Layer.provide(layer, AegisConfig.layer(root, settings)))

const load = (root: string, name: string, settings?: SettingsFile) =>
  withPacks(
    root,
    Effect.flatMap(Rulepacks, (packs) => packs.load(name)),
    settings
  )

const problemOf = (root: string, name: string, settings?: SettingsFile) =>
  Effect.map(Effect.flip(load(root, name, settings)), (error) => {
    assert.instanceOf(error, RulepackInvalid)
    return error.message
  })

describe("RulepacksFs", () => {
  it.scoped(
    "takes what a pack does not say of itself from its folder: the name, and a version of its content",
    () =>
      Effect.gen(function* () {
        const rule = (word: string) => `rules:\n  - id: a\n    pattern: ${word}\n    message: Do it\n`
        const root = yield* project({
          "rulepacks/ours/pack.yaml": rule("TODO"),
          "Odd Name/pack.yaml": rule("A")
        })
        const first = yield* load(root, "ours")
        assert.deepInclude(first.file, { schemaVersion: 1, id: "ours" })
        assert.match(first.file.version, /^0\.0\.0-h[0-9a-f]{12}$/)
        assert.strictEqual(first.file.rules[0]?.kind, "pattern")
        assert.strictEqual((yield* load(root, "ours")).file.version, first.file.version)
        assert.strictEqual((yield* load(root, `ours@${first.file.version}`)).file.id, "ours")
        Fs.writeFileSync(Path.join(root, "rulepacks/ours/pack.yaml"), rule("FIXME"))
        assert.notStrictEqual((yield* load(root, "ours")).file.version, first.file.version)
        assert.include(yield* problemOf(root, "./Odd Name"), '"id" is missing')
        Fs.writeFileSync(Path.join(root, "pack.yaml"), rule("TODO"))
        assert.include(yield* problemOf(root, "."), '"id" is missing')
      })
  )

  it.scoped("finds built-in packs by name, and packs of the project by name and by path", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "rulepacks/ours/pack.yaml": yaml("ours"),
        "rules/pack.yaml": yaml("mine")
      })
      const packs = yield* withPacks(
        root,
        Effect.gen(function* () {
          const { load, names } = yield* Rulepacks
          const known = yield* names
          assert.include(known, "ours")
          assert.include(known, "coverage")
          assert.notInclude(known, "mine")
          assert.deepStrictEqual([...known], [...known].sort())
          return yield* Effect.forEach(["coverage", "ours", "ours@1.2.0", "./rules"], load)
        })
      )
      assert.deepStrictEqual(
        packs.map(({ file, origin }) => [file.id, origin]),
        [
          ["coverage", "aegis/rulepacks/coverage/pack.yaml"],
          ["ours", "rulepacks/ours/pack.yaml"],
          ["ours", "rulepacks/ours/pack.yaml"],
          ["mine", "rules/pack.yaml"]
        ]
      )
    })
  )

  it.scoped("reads every built-in pack, and has the code of those that are code", () =>
    Effect.gen(function* () {
      const folder = builtInFolder()
      const root = yield* tempDir
      yield* withPacks(
        root,
        Effect.gen(function* () {
          const { load, names } = yield* Rulepacks
          const packs = yield* Effect.forEach(yield* names, load)
          assert.isAbove(packs.length, 0)
        })
      )
      const withCode = Fs.readdirSync(folder).filter((name) =>
        Fs.existsSync(Path.join(folder, name, "pack.ts"))
      )
      assert.deepStrictEqual([...builtInCode.keys()].sort(), withCode.sort())
    })
  )

  it("looks for built-in packs beside layers and beside bin, and knows their sources", () => {
    const root = Path.resolve(import.meta.dirname, "../../..")
    assert.strictEqual(
      builtInFolder(`file://${root}/layers/enforce/builtInPacks.ts`),
      Path.join(root, "rulepacks")
    )
    assert.strictEqual(builtInFolder(`file://${root}/layers/x.cjs`), Path.join(root, "rulepacks"))
    assert.strictEqual(sourcesOf("/x/dist/rulepacks"), Path.normalize("/x/rulepacks"))
    assert.strictEqual(sourcesOf("/x/rulepacks"), "/x/rulepacks")
  })

  it.scoped("takes the sources of the built-in packs for no second set of them", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "rulepacks/ours/pack.yaml": yaml("ours"),
        "dist/rulepacks/ours/pack.yaml": yaml("ours")
      })
      const { load, names } = yield* Effect.provide(
        make(Path.join(root, "dist/rulepacks")),
        AegisConfig.layer(root)
      )
      assert.deepStrictEqual(yield* names, ["ours"])
      assert.strictEqual((yield* load("ours")).origin, "aegis/rulepacks/ours/pack.yaml")
      assert.strictEqual((yield* load("./rulepacks/ours")).origin, "rulepacks/ours/pack.yaml")
    })
  )

  it.scoped("says what there is where a name, or a version of it, is not there", () =>
    Effect.gen(function* () {
      const root = yield* project({ "rulepacks/ours/pack.yaml": yaml("ours") })
      for (const name of ["nobody", "OURS", "", "ours@2.0.0", "ours@latest", "./nowhere", "https://a.b/c"]) {
        const error = yield* Effect.flip(load(root, name))
        assert.instanceOf(error, RulepackNotFound)
        assert.match(error.message, /ours|coverage/)
      }
    })
  )

  it.scoped("refuses a path that leads out of the project, written or by a link", () =>
    Effect.gen(function* () {
      const outside = yield* project({ "evil/pack.yaml": yaml("evil") })
      const root = yield* project({
        "rulepacks/ours/pack.yaml": yaml("ours"),
        "part/pack.yaml": yaml("part")
      })
      Fs.symlinkSync(Path.join(outside, "evil"), Path.join(root, "rulepacks/evil"))
      Fs.symlinkSync(outside, Path.join(root, "linked"))
      Fs.symlinkSync(Path.join(outside, "evil/pack.yaml"), Path.join(root, "part/other.yaml"))
      assert.match(yield* problemOf(root, "./rulepacks/../../evil"), /leads upwards/)
      assert.match(yield* problemOf(root, "../evil"), /leads upwards/)
      assert.match(yield* problemOf(root, `./rules\\..\\..`), /leads upwards/)
      assert.match(yield* problemOf(root, Path.join(outside, "evil")), /outside of the project/)
      assert.match(yield* problemOf(root, "evil"), /outside of the project/)
      assert.match(yield* problemOf(root, "./linked/evil"), /outside of the project/)
      assert.match(yield* problemOf(root, "./part"), /part\/other\.yaml:1:1: The link leads out of the pack/)
      assert.match(yield* problemOf(root, "ours", { rulepackDirs: ["../"] }), /leads upwards/)
    })
  )

  it.scoped("refuses what is no file, too much, too deep or a circle, instead of reading without end", () =>
    Effect.gen(function* () {
      const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`many/${n}.md`, ""]))
      const root = yield* project({
        "circle/pack.yaml": yaml("circle"),
        "pipe/pack.yaml": yaml("pipe"),
        "large/pack.yaml": yaml("large"),
        "large/data.json": "x".repeat(5_000_000),
        "many/pack.yaml": yaml("many"),
        ...many,
        "gone/pack.yaml": yaml("gone"),
        "latin/pack.yaml": ""
      })
      Fs.symlinkSync(Path.join(root, "circle"), Path.join(root, "circle/again"))
      Fs.symlinkSync(Path.join(root, "nothing"), Path.join(root, "gone/link"))
      Fs.writeFileSync(Path.join(root, "latin/pack.yaml"), Buffer.from([0x69, 0xe4, 0x0a]))
      execFileSync("mkfifo", [Path.join(root, "pipe/fifo")])
      assert.match(yield* problemOf(root, "./circle"), /more than 8 deep/)
      assert.match(yield* problemOf(root, "./pipe"), /pipe\/fifo:1:1: It is no file/)
      assert.match(yield* problemOf(root, "./large"), /larger than/)
      assert.match(yield* problemOf(root, "./many"), /more than 256 files/)
      assert.match(yield* problemOf(root, "./gone"), /leads nowhere/)
      assert.match(yield* problemOf(root, "./latin"), /not UTF-8/)
      assert.match(yield* problemOf(root, "."), /There is no pack\.yaml/)
    })
  )

  it.scoped("tells the place of a field that is not known, a severity that is none, and a rule twice", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "a/pack.yaml": yaml("a", "colour: red\n"),
        "d/pack.yaml": yaml("d", "metadata:\n  a: *b\n"),
        "b/pack.yaml": `${yaml("b")}    severity: fatal\n`,
        "c/pack.yaml": `${yaml("c")}  - id: a\n    kind: pattern\n    pattern: x\n    message: x\n`
      })
      assert.match(yield* problemOf(root, "./d"), /^d\/pack\.yaml:5:6: The pack holds an alias/)
      assert.match(yield* problemOf(root, "./a"), /^a\/pack\.yaml:\d+:\d+: "colour" is not known/)
      assert.match(yield* problemOf(root, "./b"), /^b\/pack\.yaml:9:15: "severity" is not what it should be/)
      assert.match(yield* problemOf(root, "./c"), /^c\/pack\.yaml:9:9: The rule "a" stands twice/)
    })
  )

  it.scoped("refuses a pack that is for another version of aegis", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "new/pack.yaml": yaml("new", "engine: '>=99'\n"),
        "odd/pack.yaml": yaml("odd", "engine: soon\n"),
        "now/pack.yaml": yaml("now", "engine: '>=0.1.0 <99'\n")
      })
      assert.match(yield* problemOf(root, "./new"), /^new\/pack\.yaml:4:1: The pack is for aegis >=99/)
      assert.match(yield* problemOf(root, "./odd"), /^odd\/pack\.yaml:4:1: "engine" is no range/)
      assert.strictEqual((yield* load(root, "./now")).file.id, "now")
    })
  )

  it.scoped("refuses two packs of one name, wherever they lie", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "rulepacks/coverage/pack.yaml": yaml("coverage"),
        "rulepacks/ours/pack.yaml": yaml("ours"),
        "more/ours/pack.yaml": yaml("ours"),
        "rulepacks/wrong/pack.yaml": yaml("right"),
        "copy/pack.yaml": yaml("ours"),
        "one/pack.yaml": yaml("same"),
        "two/pack.yaml": yaml("same")
      })
      assert.match(yield* problemOf(root, "coverage"), /another pack "coverage": aegis\/rulepacks\/coverage/)
      assert.match(
        yield* problemOf(root, "ours", { rulepackDirs: ["rulepacks", "more"] }),
        /^more\/ours:1:1: There is another pack "ours": rulepacks\/ours/
      )
      assert.match(yield* problemOf(root, "wrong"), /called "right", its folder "wrong"/)
      assert.match(yield* problemOf(root, "./copy"), /another pack "ours"/)
      const both = Effect.flatMap(Rulepacks, ({ load }) => Effect.forEach(["./one", "./one", "./two"], load))
      assert.match((yield* Effect.flip(withPacks(root, both))).message, /^two\/.*another pack "same": one/)
    })
  )

  it.scoped("gives a built-in pack of code the hash of its sources, in a build too", () =>
    Effect.gen(function* () {
      const sources = builtInFolder()
      const root = yield* tempDir
      const from = (folder: string) =>
        Effect.flatMap(Effect.provide(make(folder), AegisConfig.layer(root)), (packs) => packs.load("prompt"))
      const { hash } = yield* from(sources)
      const built = yield* project({
        "dist/rulepacks/prompt/pack.js": "export const compiled = true",
        "dist/rulepacks/prompt/.hash": `${hash}\n`
      })
      const folder = Path.join(built, "dist/rulepacks")
      assert.strictEqual((yield* from(folder)).hash, hash)
      Fs.writeFileSync(Path.join(folder, "prompt/.hash"), "none")
      assert.notStrictEqual((yield* from(folder)).hash, hash)
      // what a pack of the project says of itself counts for nothing
      const other = yield* project({ "p/pack.yaml": yaml("p"), "p/.hash": hash })
      assert.notStrictEqual((yield* load(other, "./p")).hash, hash)
    })
  )

  it.scoped("names a pack by everything in it", () =>
    Effect.gen(function* () {
      const one = yield* project({ "p/pack.yaml": yaml("p"), "p/README.md": "a", "p/.hidden": "1" })
      const same = yield* project({ "p/README.md": "a", "p/pack.yaml": yaml("p"), "p/.hidden": "2" })
      const other = yield* project({ "p/pack.yaml": yaml("p"), "p/README.md": "b" })
      const moved = yield* project({ "p/pack.yaml": yaml("p"), "p/README2.md": "a" })
      const hashes = yield* Effect.forEach([one, same, other, moved], (root) =>
        Effect.map(load(root, "./p"), ({ hash }) => hash)
      )
      assert.strictEqual(hashes[0], hashes[1])
      assert.strictEqual(new Set(hashes).size, 3)
    })
  )

  it.scoped("runs code only of folders that are trusted, and says how to trust one", () =>
    Effect.gen(function* () {
      const root = yield* project({
        "rulepacks/ours/pack.ts": code("ours"),
        "mixed/pack.yaml": `${yaml("mixed")}  - id: b\n    kind: code\n    uses: a\n`,
        "mixed/pack.js": code("mixed"),
        "both/pack.ts": code("both"),
        "both/pack.js": code("both"),
        "unknown/pack.yaml": `${yaml("unknown")}  - id: b\n    kind: code\n    uses: z\n`,
        "unknown/pack.ts": code("unknown")
      })
      assert.strictEqual(
        yield* problemOf(root, "ours"),
        'rulepacks/ours/pack.ts:1:1: The pack is code, and its folder is not trusted. Read it, then add "rulepacks/ours" to "trustedRulepacks" in aegis.config.json.'
      )
      assert.match(yield* problemOf(root, "./mixed", { trustedRulepacks: ["both"] }), /not trusted/)
      assert.match(yield* problemOf(root, "ours", { trustedRulepacks: ["rulepacks"] }), /not trusted/)
      const ours = yield* load(root, "ours", { trustedRulepacks: ["./rulepacks/ours/"] })
      assert.deepStrictEqual(
        ours.file.rules.map(({ id, kind }) => [id, kind]),
        [["a", "code"]]
      )
      assert.strictEqual(ours.code.size, 0)
      const mixed = yield* load(root, "./mixed", { trustedRulepacks: ["mixed"] })
      assert.deepStrictEqual(
        mixed.file.rules.map(({ kind }) => kind),
        ["pattern", "code"]
      )
      const trusted = { trustedRulepacks: ["both", "unknown"] }
      assert.match(yield* problemOf(root, "./both", trusted), /pack\.js:1:1: There is pack\.ts and pack\.js/)
      assert.match(yield* problemOf(root, "./unknown", trusted), /Rule "b" uses "z"/)
    })
  )

  it.scoped("tells what is wrong with code that cannot be a pack", () =>
    Effect.gen(function* () {
      const bad = {
        syntax: "export default {\n  id: ;\n}",
        throws: 'throw new Error("no disk")',
        nothing: "export default undefined",
        empty: "export default { id: 'empty', version: '1.0.0', name: 'e', rules: [] }",
        severity: code("severity").replace('"error"', '"fatal"'),
        bare: `import "effect"\n${code("bare")}`,
        outside: `import "../bare/pack.js"\n${code("outside")}`,
        functionless: code("functionless", "1"),
        exits: "process.exit(0)"
      }
      const root = yield* project(
        Object.fromEntries(Object.entries(bad).map(([name, text]) => [`${name}/pack.ts`, text]))
      )
      const problem = (name: keyof typeof bad) =>
        problemOf(root, `./${name}`, { trustedRulepacks: Object.keys(bad) })
      assert.match(yield* problem("syntax"), /^syntax\/pack\.ts:2:7: Expression expected/)
      assert.match(yield* problem("throws"), /it threw Error: no disk/)
      assert.match(yield* problem("nothing"), /threw|no Rulepack/)
      assert.match(yield* problem("empty"), /"rules/)
      assert.match(yield* problem("severity"), /"rules\.0.*severity/)
      assert.match(yield* problem("bare"), /"effect" is no file of the pack/)
      assert.match(yield* problem("outside"), /"\.\.\/bare\/pack\.js" is no file of the pack/)
      assert.match(yield* problem("functionless"), /has no function validate/)
      assert.match(yield* problem("exits"), /it ended its thread/)
    })
  )
})
