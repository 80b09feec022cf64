/** What ESLint throws: it is told apart by its text alone. */

/** In UTF-16 code units: what a rule throws may hold the file that it was judging. */
const maxLength = 200

export const textOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

export const firstLine = (thrown: unknown): string => {
  const [line = ""] = textOf(thrown).split("\n")
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line
}

export const isBadSelector = (thrown: unknown): boolean => /^Syntax error in selector /.test(textOf(thrown))

/** Nothing but the nesting of the text makes parsers and walks of these rules overflow. */
export const isTooDeep = (thrown: unknown): boolean =>
  thrown instanceof RangeError && /call stack/.test(thrown.message)

/** The name of the rule that threw, as ESLint knows it. */
export const ruleIdIn = (thrown: unknown): string | undefined => {
  if (!(thrown instanceof Error)) return undefined
  if ("ruleId" in thrown && typeof thrown.ruleId === "string") return thrown.ruleId
  return /(?:while loading rule|function for rule) '([^']+)'/.exec(thrown.message)?.[1]
}
