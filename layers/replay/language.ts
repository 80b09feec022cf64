/** As what a source is to be read, by the ending of its path. */

export type Language = "ts" | "tsx" | "dts" | "jsx" | "cjs"

const endings: ReadonlyArray<readonly [RegExp, readonly [Language, ...ReadonlyArray<Language>]]> = [
  [/\.d\.[cm]?ts$/, ["dts"]],
  [/\.[cm]?ts$/, ["ts"]],
  [/\.tsx$/, ["tsx"]],
  [/\.(mjs|jsx)$/, ["jsx"]],
  // may return outside of functions, and use words that modules keep
  [/\.cjs$/, ["cjs"]],
  [/\.js$/, ["jsx", "cjs"]]
]

/** The languages to be tried, one after the other. */
export const languagesOf = (path: string | undefined): readonly [Language, ...ReadonlyArray<Language>] =>
  endings.find(([ending]) => path !== undefined && ending.test(path))?.[1] ?? ["ts", "tsx"]
