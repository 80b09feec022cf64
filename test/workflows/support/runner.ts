/** A runner for the steps of workflows: what is to be run is run here, artifacts are folders, and each step that needs GitHub says why. */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { run } from "../../docs/workbench.js"
import { type Step, workflow } from "./workflow.js"

/** Why a step is not run here. */
const reasons: ReadonlyArray<readonly [RegExp, string]> = [
  [/^sudo apt-get /, "wants root on the runner; .ci/run does the same by itself"],
  [/^npm ci /, "installs, which .ci/run has done before this test"],
  [/^\.ci\/run$/, "is the run that this test is a part of"],
  [/^npm test$/, "is the run that this test is a part of"]
]
const actions: ReadonlyArray<readonly [RegExp, string]> = [
  [/^actions\/checkout@/, "asks GitHub for the commit"],
  [/^actions\/setup-node@/, "installs Node.js"],
  [/^actions\/github-script@/, "asks GitHub's API; comment.test.ts runs its script"],
  [/^github\/codeql-action\//, "writes to GitHub's security tab"]
]

export interface Runner {
  /** Where steps are run. */
  readonly project: string
  /** Where artifacts lie, each in a folder of its name. */
  readonly artifacts: string
  readonly env: Readonly<Record<string, string>>
  /** What expressions come to. One that is not here is a fault of the test. */
  readonly expressions: Readonly<Record<string, string>>
}

/** A step that was run, with its exit code and its output, or the reason why it was not. */
export interface Ran {
  readonly step: string
  readonly code: number | null
  readonly output: string
  readonly left?: string
}

const evaluated = ({ expressions }: Runner, text: string): string =>
  text.replaceAll(/\$\{\{ *(.+?) *\}\}/g, (_, expression: string) => {
    const value = expressions[expression]
    if (value === undefined) throw new Error(`nobody said what "${expression}" comes to`)
    return value
  })

const copy = (from: string, to: string): void => {
  Fs.mkdirSync(Path.dirname(to), { recursive: true })
  Fs.cpSync(from, to, { recursive: true })
}

const upload = (runner: Runner, { path = "", name = "" }: Step["with"]): void => {
  const words = String(path).trim().split("\n")
  const [only] = words
  // as the action does it: one folder is taken by what is in it, of several paths each keeps its own
  for (const word of words) {
    const from = Path.resolve(runner.project, word)
    const stat = Fs.statSync(from, { throwIfNoEntry: false })
    // the action warns, and goes on
    if (stat === undefined) continue
    const isFolder = stat.isDirectory()
    const inside = isFolder && word === only ? "." : words.length === 1 ? Path.basename(from) : word
    copy(from, Path.join(runner.artifacts, String(name), inside))
  }
}

const download = (runner: Runner, given: Step["with"]): void => {
  const to = Path.resolve(runner.project, String(given["path"]))
  const names = given["name"] === undefined ? Fs.readdirSync(runner.artifacts) : [String(given["name"])]
  if (given["name"] === undefined && given["merge-multiple"] !== true) {
    throw new Error("artifacts would lie in folders of their names")
  }
  for (const name of names) copy(Path.join(runner.artifacts, name), to)
}

const runStep = Effect.fnUntraced(function* (runner: Runner, step: Step) {
  const title = step.name ?? step.run ?? step.uses ?? ""
  const texts = (given: Step["with"]): Step["with"] =>
    Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        typeof value === "string" && key !== "github-token" && key !== "script"
          ? evaluated(runner, value)
          : value
      ])
    )
  const { uses = "" } = step
  if (step.run !== undefined) {
    const left = reasons.find(([pattern]) => pattern.test(step.run ?? ""))?.[1]
    if (left !== undefined) return { step: title, code: 0, output: "", left }
    const env = Object.fromEntries(
      Object.entries(texts(step.env)).map(([key, value]) => [key, String(value)])
    )
    const ran = yield* run("bash", ["-e", "-o", "pipefail", "-c", step.run], {
      cwd: runner.project,
      env: { ...runner.env, ...env }
    })
    return { step: title, ...ran }
  }
  const left = actions.find(([pattern]) => pattern.test(uses))?.[1]
  if (left !== undefined) return { step: title, code: 0, output: "", left }
  if (uses.startsWith("actions/upload-artifact@")) upload(runner, texts(step.with))
  else if (uses.startsWith("actions/download-artifact@")) download(runner, texts(step.with))
  else throw new Error(`nobody said what "${uses}" does`)
  return { step: title, code: 0, output: "" }
})

/** Runs the steps of all jobs of a workflow, one after the other. */
export const runWorkflow = (runner: Runner, file: string): Effect.Effect<ReadonlyArray<Ran>> =>
  Effect.forEach(
    Object.values(workflow(file).jobs).flatMap(({ steps }) => steps),
    (step) => Effect.map(runStep(runner, step), (ran): Ran => ran)
  )
