/** Every step of the workflows that can be run without GitHub is run, in a small project, with the command as it was built. */
import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { repository } from "../layers/cli/support/repository.js"
import { root } from "../docs/markdown.js"
import { tempDir } from "../support/tempDir.js"
import { type Ran, type Runner, runWorkflow } from "./support/runner.js"
import { workflowFiles } from "./support/workflow.js"

const read = (path: string): string => Fs.readFileSync(Path.join(root, path), "utf8")

const counts = { covered: 95, total: 100, pct: 95 }
const coverage = JSON.stringify({
  total: { lines: counts, statements: counts, functions: counts, branches: counts }
})

/** What the steps need of this repository, in a repository of its own. */
const runner = Effect.gen(function* () {
  const repo = yield* repository({
    "package.json": read("package.json"),
    "aegis.config.json": JSON.stringify({
      rulepacks: ["prompt", "coverage"],
      programs: ["examples/agent/agent.ts"],
      rules: { "prompt/below-minimum": "off" }
    }),
    ".gitignore": "node_modules\ndist\n.aegis/\nreports/\ntold/\n",
    "coverage/coverage-summary.json": coverage,
    "examples/feature.prompt.md": read("examples/feature.prompt.md")
  })
  for (const folder of ["scripts", "examples"]) {
    Fs.cpSync(Path.join(root, folder), Path.join(repo.folder, folder), { recursive: true })
  }
  for (const folder of ["node_modules", "dist"]) {
    Fs.symlinkSync(Path.join(root, folder), Path.join(repo.folder, folder))
  }
  repo.commit("one")
  const temp = yield* tempDir
  const made: Runner = {
    project: repo.folder,
    artifacts: Path.join(temp, "artifacts"),
    env: {
      PATH: [Path.dirname(process.execPath), "/usr/bin", "/bin"].join(":"),
      HOME: temp,
      GITHUB_STEP_SUMMARY: Path.join(temp, "summary.md")
    },
    expressions: {
      "runner.temp": temp,
      "github.event.pull_request.base.sha": repo.git("rev-parse", "HEAD").trim(),
      "github.event.pull_request.number": "7",
      "github.event.workflow_run.id": "1"
    }
  }
  return { repo, runner: made, temp }
})

/** Those that are called before that which takes their artifacts. */
const order = [
  "ci.yml",
  "cache.yml",
  "standards.yml",
  "replay.yml",
  "pull-request.yml",
  "pull-request-comment.yml"
]

const failed = (ran: ReadonlyArray<Ran>): ReadonlyArray<Ran> => ran.filter(({ code }) => code !== 0)

describe("the steps of the workflows", { timeout: 300_000 }, () => {
  it.scoped("are all run from end to end, but for those that say why not", () =>
    Effect.gen(function* () {
      assert.sameMembers([...order], [...workflowFiles])
      const { runner: on, temp } = yield* runner
      for (const file of order) {
        const ran = yield* runWorkflow(on, file)
        for (const { left, step } of ran) {
          if (left !== undefined) yield* Console.log(`${file}: "${step}" is not run: it ${left}`)
        }
        assert.deepStrictEqual(failed(ran), [], file)
      }
      const told = Fs.readFileSync(Path.join(on.artifacts, "told/pr-summary.md"), "utf8")
      assert.include(told, "## Aegis: passed")
      assert.include(told, "| met | 95 % | identical |")
      assert.strictEqual(Fs.readFileSync(Path.join(on.artifacts, "told/number"), "utf8"), "7\n")
      assert.include(Fs.readFileSync(Path.join(temp, "summary.md"), "utf8"), "## Aegis: passed")
    })
  )

  it.scoped("fail a pull request that puts a timestamp into a style guide, and tell it so", () =>
    Effect.gen(function* () {
      const { repo, runner: on } = yield* runner
      repo.write(
        "examples/feature/style-guide.md",
        `It is 2026-11-26T10:00:00Z.\n${repo.read("examples/feature/style-guide.md")}`
      )
      repo.commit("two")
      const ran = [
        ...(yield* runWorkflow(on, "standards.yml")),
        ...(yield* runWorkflow(on, "pull-request.yml")),
        ...(yield* runWorkflow(on, "pull-request-comment.yml"))
      ]
      assert.deepStrictEqual(
        failed(ran).map(({ step }) => step),
        ["Required checks"]
      )
      const told = Fs.readFileSync(Path.join(on.artifacts, "told/pr-summary.md"), "utf8")
      assert.include(told, "## Aegis: failed")
      assert.match(told, /tokens are read again in each call/)
    })
  )
})
