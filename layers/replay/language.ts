/** As what a source is to be read, by the ending of its path. */

export type Language = "ts" | "tsx" | "dts"

const endings: ReadonlyArray<readonly [RegExp, ReadonlyArray<Language>]> = [
  [/\.d\.[cm]?ts$/, ["dts"]],
  [/\.[cm]?ts$/, ["ts"]],
  // JavaScript is TSX without types, but for `a<b>(c)`, which no one writes in it
  [/\.(tsx|jsx|[cm]?js)$/, ["tsx"]]
]

/** The languages to be tried, one after the other. */
export const languagesOf = (path: string | undefined): readonly [Language, ...ReadonlyArray<Language>] => {
  const [first = "ts", ...more] = endings.find(
    ([ending]) => path !== undefined && ending.test(path)
  )?.[1] ?? ["ts", "tsx"]
  return [first, ...more]
}
