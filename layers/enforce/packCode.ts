/** Packs that are code: read as a pack that is data, with what their rules do beside it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { RulepackInvalid } from "../../src/domain/ComplianceErrors.js"
import type { Rule } from "../../src/enforce/CodePack.js"
import type { ApartCode } from "../../src/enforce/PackedRule.js"
import { PackFile } from "../../src/enforce/Rulepack.js"
import { builtInCode } from "./builtInPacks.js"
import { type PackFiles, textOf } from "./packFolder.js"
import * as RuleThread from "./RuleThread.js"

export interface Code {
  readonly file: PackFile
  readonly validators: ReadonlyMap<string, Rule["validate"]>
  readonly apart?: ApartCode
}

const invalid = (file: string, problem: string, fix: string): RulepackInvalid =>
  new RulepackInvalid({ file, line: 1, column: 1, problem, fix })

const decode = Schema.decodeUnknownEither(PackFile, { onExcessProperty: "error" })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** A pack as its code describes it, without its functions. */
const packFileOf = (described: unknown, file: string): Either.Either<PackFile, RulepackInvalid> => {
  if (!isRecord(described) || !Array.isArray(described.rules)) {
    return Either.left(
      invalid(
        file,
        "The default export is no Rulepack",
        "Write: export default { id, name, version, rules }."
      )
    )
  }
  const rules: ReadonlyArray<unknown> = described.rules
  return Either.flatMap(
    Either.mapLeft(
      decode({
        ...described,
        schemaVersion: 1,
        rules: rules.map((rule) => (isRecord(rule) ? { ...rule, kind: "code", uses: rule.id } : rule))
      }),
      (failed) => {
        const [issue] = ParseResult.ArrayFormatter.formatErrorSync(failed)
        const path = (issue?.path ?? []).map(String).join(".")
        const expected = (issue?.message ?? "").replace(/, actual .*$/s, "").replace(/^Expected /, "")
        return invalid(file, `"${path}" is not what it should be`, `Write ${expected}.`)
      }
    ),
    (pack) => {
      const ids = pack.rules.map(({ id }) => id)
      const second = ids.find((id, index) => ids.indexOf(id) !== index)
      return second === undefined
        ? Either.right(pack)
        : Either.left(invalid(file, `The rule "${second}" stands twice`, "Give it another id."))
    }
  )
}

/** The code of a pack that comes with Aegis. It runs in this process. */
export const loadBuiltIn = Effect.fnUntraced(function* (name: string, file: string) {
  const load = builtInCode.get(name)
  if (load === undefined) {
    return yield* invalid(file, "The code of the pack is not in this build", "Install aegis again.")
  }
  const { rules, ...pack } = yield* Effect.promise(load)
  const described = { ...pack, rules: rules.map(({ validate: _, ...rule }) => rule) }
  return {
    file: yield* packFileOf(described, file),
    validators: new Map(rules.map((rule) => [rule.id, rule.validate]))
  } satisfies Code
})

/** The files of a pack as modules that a thread can run: TypeScript and ES modules become CommonJS. */
const modulesOf = Effect.fnUntraced(function* (files: PackFiles, file: string) {
  const ts = (yield* Effect.promise(() => import("typescript"))).default
  const modules = new Map<string, string>()
  for (const [path, bytes] of files) {
    if (!/(?<!\.d)\.(ts|js|json)$/.test(path)) continue
    const text = yield* Effect.mapError(textOf(bytes, path), ({ fix, problem }) =>
      invalid(file, `${path}: ${problem}`, fix)
    )
    if (path.endsWith(".json")) {
      modules.set(path, text)
      continue
    }
    const { diagnostics = [], outputText } = ts.transpileModule(text, {
      fileName: path,
      reportDiagnostics: true,
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
        allowJs: true,
        ignoreDeprecations: "6.0"
      }
    })
    const [first] = diagnostics.filter(({ category }) => category === ts.DiagnosticCategory.Error)
    if (first !== undefined) {
      const at = first.file?.getLineAndCharacterOfPosition(first.start ?? 0) ?? { line: 0, character: 0 }
      return yield* new RulepackInvalid({
        file: `${file.slice(0, file.lastIndexOf("/"))}/${path}`,
        line: at.line + 1,
        column: at.character + 1,
        problem: ts.flattenDiagnosticMessageText(first.messageText, " ").replace(/\.$/, ""),
        fix: "Correct it."
      })
    }
    modules.set(path, outputText)
  }
  return modules
})

/** The code of a pack of the project that is trusted. It runs in a thread of its own from the start. */
export const loadTrusted = Effect.fnUntraced(function* (entry: string, files: PackFiles, file: string) {
  const apart: ApartCode = { entry, modules: yield* modulesOf(files, file) }
  const described = yield* Effect.mapError(
    Effect.scoped(
      Effect.flatMap(RuleThread.make(apart, RuleThread.defaultTimeLimit), (thread) =>
        thread.ask({ kind: "describe" })
      )
    ),
    ({ problem }) => invalid(file, `The code of the pack failed: ${problem}`, "Mend it.")
  )
  return { file: yield* packFileOf(described, file), validators: new Map(), apart } satisfies Code
})
