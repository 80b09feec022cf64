/** Command lines so plain that they are understood without the parser, which takes longer to load than they to run. */

/**
 * `cache resolve FILE [--json]` and nothing else: what the parser would make of these words is known without it.
 */
export const plainResolve = (
  words: ReadonlyArray<string>
): { readonly file: string; readonly json: boolean } | undefined => {
  if (words[0] !== "cache" || words[1] !== "resolve") return undefined
  const rest = words.slice(2).filter((word) => word !== "--json")
  const [file] = rest
  if (
    words.length > 4 ||
    rest.length !== 1 ||
    file === undefined ||
    file === "" ||
    (file.startsWith("-") && file !== "-")
  ) {
    return undefined
  }
  return { file, json: words.includes("--json") }
}
