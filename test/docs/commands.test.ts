/** Everything that the README and the guides tell a reader to type is typed here. */
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "node:path"
import { disagreement, fencesOf, pages } from "./markdown.js"
import { commands, projectCopy, providers, terminal } from "./workbench.js"

/** Commands that .ci/run runs on a clean checkout, and that would take minutes here. */
const heavy: ReadonlyArray<string> = ["npm ci", "npm test"]

class Workbench extends Context.Tag("test/Workbench")<Workbench, Readonly<Record<string, string>>>() {
  static readonly layer = Layer.scoped(
    Workbench,
    Effect.map(Effect.all([commands, providers], { concurrency: 2 }), ([path, env]) => ({
      ...env,
      PATH: [path, Path.dirname(process.execPath), "/usr/bin", "/bin"].join(":")
    }))
  )
}

const isShell = ({ language }: { readonly language: string }): boolean =>
  language === "sh" || language === "bash"

/** The commands of a line that are joined by `&&`. */
const steps = (line: string): ReadonlyArray<string> => line.split(" && ")
const isHeavy = (step: string): boolean => heavy.includes(step.trim())

const light = (code: string): string =>
  code
    .split("\n")
    .map((line) =>
      steps(line)
        .filter((step) => !isHeavy(step))
        .join(" && ")
    )
    .join("\n")

/** `# exits 2` in a block says that it ends so. */
const exitOf = (code: string): number => Number(/# exits (\d+)/.exec(code)?.[1] ?? 0)

layer(Workbench.layer, { timeout: 120_000 })("the commands of the documentation", (it) => {
  for (const page of pages) {
    const blocks = fencesOf(page).filter(isShell)
    if (blocks.length === 0) continue
    it.scoped(
      `${page} does what it says`,
      () =>
        Effect.gen(function* () {
          const type = yield* terminal(yield* projectCopy, yield* Workbench)
          for (const { code, line, output } of blocks) {
            const ran = yield* type(light(code))
            assert.strictEqual(ran.code, exitOf(code), `${page}:${line}\n${code}\n${ran.output}`)
            if (output === undefined) continue
            const wrong = disagreement(output, ran.output)
            assert.isUndefined(wrong, `${page}:${line}: ${wrong ?? ""}\n${ran.output}`)
          }
        }),
      60_000
    )
  }
})

describe("what is compared", () => {
  const table = "┌────┐\n│ 12 │\n└────┘\nhit in 3 ms\nkey 0e7c905b5c64e037"

  it("does not depend on numbers, digests, times and the widths that follow from them", () => {
    const later = "┌───────┐\n│ 1,200 │\n└───────┘\nhit in 41.5 ms\nkey aaaaaaaaaaaaaaaa"
    assert.isUndefined(disagreement(table, later))
  })

  it("is told when a word differs, a line is missing or one is too many", () => {
    assert.match(disagreement(table, table.replace("hit", "miss")) ?? "", /documented "hit in 0 ms"/)
    assert.match(disagreement(table, "┌────┐") ?? "", /printed "nothing"/)
    assert.match(disagreement(table, `${table}\nwarn`) ?? "", /printed "warn", which is not documented/)
  })

  it("leaves out what `…` stands for, and nothing else", () => {
    assert.isUndefined(disagreement("┌─┐\n…\nkey 0e7c905b5c64e037", table))
    assert.isUndefined(disagreement("┌─┐\n…", table))
    assert.isDefined(disagreement("┌─┐\n…\nmiss", table))
  })

  it("ends with the fence it stands in, and needs one that is closed", () => {
    const text = "```sh\necho 1\n```\n\n```text\n1\n```\n\nProse.\n\n```text\n2\n```"
    assert.deepStrictEqual(
      fencesOf("a.md", text).map(({ output }) => output),
      ["1", undefined, undefined]
    )
    assert.throws(() => fencesOf("a.md", "```sh\necho 1"), /a\.md:1: the fence is not closed/)
  })
})

describe("commands that are left to .ci/run", () => {
  it("are those that the documentation names, and no others", () => {
    const typed = pages.flatMap((page) =>
      fencesOf(page)
        .filter(isShell)
        .flatMap(({ code }) => code.split("\n").flatMap(steps))
        .map((step) => step.trim())
    )
    const npm = new Set(typed.filter((step) => step.startsWith("npm ")))
    assert.deepStrictEqual([...npm].sort(), [...heavy].sort())
  })
})
