/** What continuous integration runs: a step that names what is not there would only fail once it is merged. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { parseDocument } from "yaml"

const root = Path.resolve(import.meta.dirname, "../..")
const folder = Path.join(root, ".github/workflows")
const workflows = Fs.readdirSync(folder).sort()

const Step = Schema.Struct({
  if: Schema.optional(Schema.String),
  run: Schema.optional(Schema.String),
  uses: Schema.optional(Schema.String),
  with: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
})
const Workflow = Schema.Struct({
  name: Schema.String,
  on: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  permissions: Schema.Record({ key: Schema.String, value: Schema.String }),
  jobs: Schema.Record({
    key: Schema.String,
    value: Schema.Union(
      Schema.Struct({ steps: Schema.NonEmptyArray(Step) }),
      Schema.Struct({ uses: Schema.String })
    )
  })
})

const textOf = (path: string): string => Fs.readFileSync(Path.join(root, path), "utf8")

const workflow = (name: string): typeof Workflow.Type => {
  const document = parseDocument(textOf(`.github/workflows/${name}`), { strict: true, uniqueKeys: true })
  assert.deepStrictEqual([...document.errors, ...document.warnings], [])
  return Schema.decodeUnknownSync(Workflow)(document.toJS())
}

const stepsOf = (name: string): ReadonlyArray<typeof Step.Type> =>
  Object.values(workflow(name).jobs).flatMap((job) => ("steps" in job ? job.steps : []))

const { scripts } = Schema.decodeUnknownSync(
  Schema.parseJson(Schema.Struct({ scripts: Schema.Record({ key: Schema.String, value: Schema.String }) }))
)(textOf("package.json"))

/** Scripts that commands name: `npm test`, `npm run -s NAME`. */
const scriptsIn = (commands: string): ReadonlyArray<string> =>
  [...commands.matchAll(/\bnpm (?:run(?: -\S+)* (\S+)|(test))\b/g)].map((found) => found[1] ?? found[2] ?? "")

describe.each(workflows)("the workflow %s", (name) => {
  it("may only read, unless a job says more", () => {
    const { permissions } = workflow(name)
    assert.includeDeepMembers([{ contents: "read" }, {}], [permissions])
  })

  it("calls workflows that are there", () => {
    for (const job of Object.values(workflow(name).jobs))
      if ("uses" in job) assert.isTrue(Fs.existsSync(Path.join(root, job.uses)), job.uses)
  })

  it("runs scripts that package.json has, and files that are there", () => {
    for (const { run = "" } of stepsOf(name)) {
      for (const script of scriptsIn(run)) assert.property(scripts, script, run)
      if (run.startsWith(".")) assert.isTrue(Fs.existsSync(Path.join(root, run)), run)
    }
  })

  it("takes actions at a version, each doing or running something", () => {
    for (const { run, uses } of stepsOf(name)) {
      assert.strictEqual(Number(run !== undefined) + Number(uses !== undefined), 1)
      if (uses !== undefined) assert.match(uses, /^[\w-]+(\/[\w-]+)+@(v\d+|[0-9a-f]{40})$/)
    }
  })
})

describe("the gate of this repository", () => {
  it("is a step behind the tests wherever it runs", () => {
    const commands = stepsOf("standards.yml").flatMap(({ run }) => run ?? [])
    for (const lines of [commands, textOf(".ci/run").split("\n")]) {
      const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line))
      const gate = at(/npm run -s aegis:cache:enforce -- --ci --fail-fast( |$)/)
      assert.isAbove(at(/npm test$/), -1)
      assert.isAbove(gate, at(/npm test$/))
      assert.notMatch(lines[gate] ?? "", /--(rulepack|changed|baseline|fail-level)/)
    }
  })

  it("keeps what was found though it failed", () => {
    const kept = stepsOf("standards.yml").filter(({ uses = "" }) => /upload/.test(uses))
    assert.deepStrictEqual(
      kept.map((step) => step.with?.["path"] ?? step.with?.["sarif_file"]),
      ["compliance-report.json\ncoverage/coverage-summary.json\n", "compliance-report.sarif"]
    )
    for (const step of kept) assert.match(step.if ?? "", /^always\(\)/)
  })

  it("applies every pack that comes with Aegis", () => {
    const { rulepacks } = Schema.decodeUnknownSync(
      Schema.parseJson(Schema.Struct({ rulepacks: Schema.Array(Schema.String) }))
    )(textOf("aegis.config.json"))
    const packs = Fs.readdirSync(Path.join(root, "rulepacks"), { withFileTypes: true })
    assert.deepStrictEqual(
      [...rulepacks].sort(),
      packs.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort()
    )
  })

  it("makes no exemption for a rule that is not there", () => {
    const Rules = Schema.Struct({ rules: Schema.Record({ key: Schema.String, value: Schema.Unknown }) })
    const { rules } = Schema.decodeUnknownSync(Schema.parseJson(Rules))(textOf("aegis.config.json"))
    for (const rule of Object.keys(rules)) {
      const [pack = "", id] = rule.split("/")
      const files = ["pack.yaml", "pack.ts"].map((file) => Path.join(root, "rulepacks", pack, file))
      const text = files.flatMap((file) => (Fs.existsSync(file) ? Fs.readFileSync(file, "utf8") : [])).join()
      assert.match(text, new RegExp(`\\bid: "?${id}"?[,\\n]`), rule)
    }
  })
})
