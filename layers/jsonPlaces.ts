/** Where the keys of a JSON object stand in its text, for messages that point at them. */

export interface Place {
  readonly key: string
  /** In UTF-16 code units from the start of the text. */
  readonly offset: number
}

/** The keys of the outermost object in the order in which they stand, repeated ones included. The text is valid JSON. */
export const topLevelKeys = (text: string): ReadonlyArray<Place> => {
  const places: Array<Place> = []
  let depth = 0
  let expectsKey = false
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const [found] = token
    if (found === "{" || found === "[") {
      depth += 1
      expectsKey = depth === 1 && found === "{"
    } else if (found === "}" || found === "]") {
      depth -= 1
      expectsKey = false
    } else if (found === ",") {
      expectsKey = depth === 1
    } else if (expectsKey) {
      // a JSON string by the pattern, so it parses, and to a string
      places.push({ key: JSON.parse(found) as string, offset: token.index })
      expectsKey = false
    }
  }
  return places
}

/** Line and column of an offset, both from 1; columns are UTF-16 code units. */
export const placeOf = (text: string, offset: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf("\n") + 1
  return { line: before.split("\n").length, column: offset - lineStart + 1 }
}

/** Where `JSON.parse` stopped: it says so in its message, in words that differ between versions of Node. */
export const syntaxErrorOffset = (text: string, error: unknown): number => {
  const position = error instanceof SyntaxError ? /position (\d+)/.exec(error.message)?.[1] : undefined
  return position === undefined ? text.length : Number(position)
}
