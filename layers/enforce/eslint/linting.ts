/** ESLint's Linter, set up so that nothing in the text that it judges can change how it judges. */
import type { Linter } from "eslint"
import * as nodePath from "node:path"
import type { Entry } from "./entry.js"
import type { RuleBook } from "./ruleBook.js"

/** A text as ESLint shall read it. */
export interface Reading {
  readonly text: string
  readonly path: string
  /** The project's root, where types are needed. Without it no file is looked at. */
  readonly root?: string | undefined
  /** Checks the options of the rules, and runs none. */
  readonly optionsOnly?: boolean
}

/** A message is of the entry whose place in the list it names. */
export type Lint = (entries: ReadonlyArray<Entry>, reading: Reading) => ReadonlyArray<Linter.LintMessage>

const plugin = "aegis"
const extension = /(?:\.d)?\.[cm]?[jt]sx?$/i

/** Whether it is a file of TypeScript or JavaScript. */
export const isCode = (path: string): boolean => extension.test(path)

/** The place, in the list of entries, that a name that `makeLint` gave to a rule stands for. */
export const placeOf = (ruleId: string): number => Number(ruleId.slice(plugin.length + 1))

/** `Engine` is ESLint's Linter. Throws what ESLint and its rules throw. */
export const makeLint = (Engine: typeof Linter, { parser }: RuleBook): Lint => {
  const configs = new Map<string, Array<Linter.Config>>()
  const numbers = new WeakMap<Entry, number>()
  let known = 0
  const numberOf = (entry: Entry): number => {
    const number = numbers.get(entry) ?? known++
    numbers.set(entry, number)
    return number
  }

  const configOf = (entries: ReadonlyArray<Entry>, root: string | undefined): Array<Linter.Config> => {
    const key = `${root ?? ""}\n${entries.map(numberOf).join()}`
    const config = configs.get(key) ?? [makeConfig(entries, root, parser)]
    configs.set(key, config)
    return config
  }

  return (entries, { optionsOnly = false, path, root, text }) => {
    const cwd = root ?? nodePath.parse(process.cwd()).root
    // only the kind of a file counts where no types do: folders that ESLint leaves out by itself do not
    // matter then
    const ending = extension.exec(path)?.[0].toLowerCase() ?? ""
    const filename = root === undefined ? nodePath.join(cwd, `file${ending}`) : nodePath.resolve(root, path)
    return new Engine({ cwd, configType: "flat" }).verify(text, configOf(entries, root), {
      filename,
      allowInlineConfig: false,
      ...(optionsOnly ? { ruleFilter: () => false } : {})
    })
  }
}

const makeConfig = (
  entries: ReadonlyArray<Entry>,
  root: string | undefined,
  parser: Linter.Parser
): Linter.Config => ({
  files: ["**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}"],
  plugins: { [plugin]: { rules: Object.fromEntries(entries.map(({ module }, index) => [index, module])) } },
  languageOptions: {
    parser,
    parserOptions: {
      jsDocParsingMode: "none",
      loggerFn: false,
      ...(root === undefined ? {} : { projectService: true, tsconfigRootDir: root })
    }
  },
  linterOptions: {
    noInlineConfig: true,
    reportUnusedDisableDirectives: "off",
    reportUnusedInlineConfigs: "off"
  },
  rules: Object.fromEntries(
    entries.map(({ options }, index) => [`${plugin}/${index}`, ["error", ...options]])
  )
})
