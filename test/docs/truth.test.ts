/** What the documentation lists is what there is: settings, errors, exit codes, warnings, and the pages it links to. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { readPack } from "../../src/enforce/readPack.js"
import { ruleKinds } from "../../src/enforce/Rulepack.js"
import { exitCodes } from "../../src/cli/exitCode.js"
import { schemaNames } from "../../src/cli/schema.js"
import { UsageError } from "../../src/cli/UsageError.js"
import * as BudgetErrors from "../../src/domain/BudgetErrors.js"
import * as ComplianceErrors from "../../src/domain/ComplianceErrors.js"
import { FileRefused } from "../../src/domain/FileRefused.js"
import * as PromptErrors from "../../src/domain/PromptErrors.js"
import * as ProviderErrors from "../../src/domain/ProviderErrors.js"
import { SourceInvalid } from "../../src/domain/DiffErrors.js"
import * as ReplayErrors from "../../src/domain/ReplayErrors.js"
import * as RunErrors from "../../src/domain/RunErrors.js"
import * as StoreErrors from "../../src/domain/StoreErrors.js"
import { ConfigInvalid, settingNames, Settings, variableOf } from "../../src/services/AegisConfig.js"
import { readPage, root } from "./markdown.js"

const filesIn = (folder: string, ending: string): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => Path.posix.join(folder, name.replaceAll(Path.sep, "/")))

const allPages: ReadonlyArray<string> = [
  ...Fs.readdirSync(root).filter((name) => name.endsWith(".md")),
  ...filesIn("docs", ".md"),
  "examples/README.md",
  "rulepacks/README.md"
]

/** The cells of the first column of every table row that begins with a name in backticks. */
const rowsOf = (page: string): ReadonlyMap<string, string> =>
  new Map([...readPage(page).matchAll(/^\| `([^`]+)`.*$/gm)].map(([row, name = ""]) => [name, row]))

/** As code hosts make them of headings. */
const anchorsOf = (page: string): ReadonlyArray<string> =>
  [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-")
  )

const brokenLinks = (page: string): ReadonlyArray<string> =>
  [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = "", anchor] = link.split("#")
    const target = path === "" ? page : Path.posix.join(Path.posix.dirname(page), path)
    if (!Fs.existsSync(Path.join(root, target))) return [`${page}: ${link}`]
    return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [`${page}: ${link}`]
  })

describe("the documentation", () => {
  it("links to nothing that is not there", () => {
    assert.deepStrictEqual(allPages.flatMap(brokenLinks), [])
  })

  it("lists every decision", () => {
    const listed = [...readPage("docs/README.md").matchAll(/\((decisions\/[^)]+)\)/g)].map(([, page]) => page)
    assert.deepStrictEqual(
      listed,
      filesIn("docs/decisions", ".md")
        .map((page) => page.replace("docs/", ""))
        .sort()
    )
  })

  it("lists every setting with its variable and its default", () => {
    const rows = rowsOf("docs/guides/configure.md")
    assert.deepStrictEqual([...rows.keys()], [...settingNames])
    const defaults: Readonly<Record<string, unknown>> = Schema.decodeSync(Settings)({})
    for (const name of settingNames) {
      const [, , variable = "", value = ""] = rows.get(name)?.split("|") ?? []
      const standard = defaults[name]
      assert.strictEqual(variable.trim(), `\`${variableOf(name)}\``)
      const shown = value.trim().replaceAll("`", "")
      const none = standard === undefined || (Array.isArray(standard) && standard.length === 0)
      if (none) assert.match(shown, /^none\b/, name)
      else assert.strictEqual(shown, String(standard), name)
    }
  })

  it("tells of every error what to do", () => {
    const { ValueReason: _, ...runErrors } = RunErrors
    const classes = [
      BudgetErrors,
      ComplianceErrors,
      PromptErrors,
      ProviderErrors,
      ReplayErrors,
      StoreErrors,
      runErrors
    ].flatMap((errors) => Object.values(errors))
    const tags = [...classes, ConfigInvalid, FileRefused, SourceInvalid, UsageError].map(
      (error) => error._tag
    )
    const rows = rowsOf("docs/guides/troubleshooting.md")
    assert.deepStrictEqual([...rows.keys()].sort(), [...tags].sort())
  })

  it("lists every exit code", () => {
    const codes = readPage("docs/guides/command-line.md")
      .split("\n")
      .flatMap((line) => /^\| ([\d, ]+?) +\|/.exec(line)?.[1]?.split(", ") ?? [])
      .map(Number)
    // 141 is what a shell reports for a broken pipe
    assert.deepStrictEqual(
      codes.sort((a, b) => a - b),
      [...new Set([...Object.values(exitCodes), 141])].sort((a, b) => a - b)
    )
  })

  it("explains every warning that a result can carry", () => {
    const codes = [...filesIn("src", ".ts"), ...filesIn("layers", ".ts")].flatMap((file) =>
      [...readPage(file).matchAll(/\bcode: "([a-z]+(?:-[a-z]+)+)"/g)].map(([, code = ""]) => code)
    )
    assert.isAbove(codes.length, 8)
    const explained = new Set([
      ...rowsOf("docs/guides/resolve-a-prompt.md").keys(),
      ...rowsOf("docs/guides/providers.md").keys()
    ])
    assert.deepStrictEqual(
      [...new Set(codes)].filter((code) => !explained.has(code)),
      []
    )
  })

  it("shows a rule of every kind that can be used as it stands", () => {
    const rows = rowsOf("docs/guides/enforce.md")
    assert.sameMembers([...rows.keys()], Object.keys(ruleKinds))
    for (const [kind, row] of rows) {
      const [, rule = ""] = /`(\{.*\})`/.exec(row) ?? []
      const pack = Either.getOrThrow(readPack(`rules:\n  - ${rule}\n`, kind, { id: "a", version: "1.0.0" }))
      assert.strictEqual(pack.rules[0].kind, kind)
    }
  })

  it("names only schemas that there are", () => {
    const named = allPages.flatMap((page) =>
      [...readPage(page).matchAll(/aegis schema ([A-Z]\w+)/g)].map(([, name = ""]) => name)
    )
    assert.deepStrictEqual(
      named.filter((name) => !schemaNames.includes(name)),
      ["NAME"].filter((name) => named.includes(name))
    )
  })
})
