/**
 * Compiler options as TypeScript finds them through `extends` and in every project that is referenced. An option that nobody
 * set is one that is off, whatever the default of some version is; what cannot be read fails.
 */
import * as Either from "effect/Either"
import * as Path from "node:path"
import type TypeScript from "typescript"
import type { PackedRule } from "../../src/enforce/PackedRule.js"
import type { TsconfigRule } from "../../src/enforce/Rulepack.js"
import { type JsonText, parseJson, valueAt } from "./jsonText.js"
import { isWithin, realOf } from "./packFolder.js"
import { type Found, foundIn, readProjectFile } from "./projectFiles.js"

type Ts = typeof TypeScript

/** What `strict` turns on, each unless it is turned off by itself. */
export const strictFamily: ReadonlyArray<string> = [
  "noImplicitAny",
  "strictNullChecks",
  "strictFunctionTypes",
  "strictBindCallApply",
  "strictPropertyInitialization",
  "strictBuiltinIteratorReturn",
  "noImplicitThis",
  "useUnknownInCatchVariables",
  "alwaysStrict"
]

/** Problems that are none of the options: no files, as none are looked for. */
const noInputs = new Set([18002, 18003])

/** Whether TypeScript knows an option and takes such a value; what it says if not. */
export const optionProblem = (ts: Ts, name: string, value: unknown): string | undefined => {
  const [error] = ts.convertCompilerOptionsFromJson({ [name]: value }, "/").errors
  return error === undefined ? undefined : ts.flattenDiagnosticMessageText(error.messageText, " ")
}

/** One file of options, parsed by itself. */
const optionsIn = (text: string): JsonText | undefined => Either.getOrUndefined(parseJson(text))

const hasOption = (json: JsonText | undefined, name: string): boolean =>
  json !== undefined && valueAt(json.value, ["compilerOptions", name]) !== undefined

/** Judges the project of one tsconfig.json, and adds the projects that it refers to. */
const judgeOne = (
  ts: Ts,
  root: string,
  path: string,
  rule: PackedRule,
  file: TsconfigRule,
  refer: (path: string) => void
): ReadonlyArray<Found> => {
  const read = readProjectFile(root, path)
  if (Either.isLeft(read)) return [foundIn(rule, { path, text: "" }, read.left.problem)]
  const { source } = read.right
  const json = parseJson(source.text)
  if (Either.isLeft(json)) return [foundIn(rule, source, `${path} is no JSON`, json.left)]
  const { rangeOf, value } = json.right
  const full = Path.join(root, path)
  const parsedFile = ts.readJsonConfigFile(full, () => source.text)
  const {
    errors,
    options,
    projectReferences = []
  } = ts.parseJsonSourceFileConfigFileContent(
    parsedFile,
    {
      useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      // which files it is about does not change its options
      readDirectory: () => []
    },
    Path.dirname(full),
    undefined,
    full
  )
  const [error] = errors.filter(({ code }) => !noInputs.has(code))
  if (error !== undefined) {
    const said = ts.flattenDiagnosticMessageText(error.messageText, " ").replaceAll(`${root}/`, "")
    return [foundIn(rule, source, `TypeScript does not take it: ${said}`, rangeOf(["extends"]))]
  }
  const found: Array<Found> = []
  for (const reference of projectReferences) {
    const target = ts.resolveProjectReferencePath(reference)
    if (isWithin(root, target)) refer(Path.relative(root, target).split(Path.sep).join("/"))
    else
      found.push(foundIn(rule, source, "It refers to a project outside of this one", rangeOf(["references"])))
  }
  const ownFiles = valueAt(value, ["files"])?.value
  // a list of projects, and none itself
  if (projectReferences.length > 0 && Array.isArray(ownFiles) && ownFiles.length === 0) return found

  const bases = (parsedFile.extendedSourceFiles ?? []).map((base) => ({
    shown: isWithin(root, base) ? Path.relative(root, base).split(Path.sep).join("/") : Path.basename(base),
    json: optionsIn(ts.sys.readFile(base) ?? "")
  }))
  for (const [name, asked] of Object.entries(file.options)) {
    const wrong = wrongOption(ts, options, name, asked, Path.dirname(full))
    if (wrong === undefined) continue
    const isOwn = hasOption(json.right, wrong.name)
    const setters = isOwn ? [] : bases.filter((base) => hasOption(base.json, wrong.name))
    const by = setters.length === 0 ? "" : ` (by ${setters.map(({ shown }) => shown).join(", ")})`
    const keys = isOwn
      ? ["compilerOptions", wrong.name]
      : setters.length > 0
        ? ["extends"]
        : ["compilerOptions", name]
    const what = `"${wrong.name}" is ${wrong.is}${by}, "${name}": ${JSON.stringify(asked)} is asked for`
    found.push(foundIn(rule, source, what, rangeOf(keys)))
  }
  return found
}

/** The option that keeps another from being as it is asked for, and how it is. */
const wrongOption = (
  ts: Ts,
  options: TypeScript.CompilerOptions,
  name: string,
  asked: unknown,
  base: string
): { readonly name: string; readonly is: string } | undefined => {
  if (name === "strict" && asked === true) {
    const off = strictFamily.find((each) => options[each] === false)
    if (off !== undefined) return { name: off, is: "false" }
    const isWhole = options.strict === true || strictFamily.every((each) => options[each] === true)
    return isWhole ? undefined : { name, is: options.strict === false ? "false" : "not set" }
  }
  const own = options[name] ?? (strictFamily.includes(name) ? options.strict : undefined)
  const expected = ts.convertCompilerOptionsFromJson({ [name]: asked }, base).options[name]
  if ((own ?? false) === expected) return undefined
  return { name, is: own === undefined ? "not set" : typeof own === "boolean" ? String(own) : "another" }
}

export const judgeTsconfig = (
  ts: Ts,
  root: string,
  rule: PackedRule,
  file: TsconfigRule
): ReadonlyArray<Found> => {
  const realRoot = realOf(root) ?? root
  const pending = [file.config]
  const found: Array<Found> = []
  // grows while it is walked
  for (const path of pending) {
    found.push(
      ...judgeOne(ts, realRoot, path, rule, file, (next) => {
        if (!pending.includes(next)) pending.push(next)
      })
    )
  }
  return found
}
