/**
 * ESLint and typescript-eslint themselves, which take longer to load than most texts to judge. Whoever needs them loads this module
 * with `import()`; the bundle of the command has them in it, with V8's compiled code of what they need to judge a file.
 */
import { Linter } from "eslint/universal"
import { builtinRules } from "eslint/use-at-your-own-risk"
import tseslint from "typescript-eslint"

export { builtinRules, Linter }
export const { parser, plugin } = tseslint
