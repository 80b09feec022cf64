/**
 * Command lines so plain that they are understood without the parser, which takes longer to load than they take to run:
 * what it would make of these words is known.
 */

/** `cache resolve FILE` or `cache why FILE`; `-` is stdin. */
export interface PlainPrompt {
  readonly json: boolean
  readonly command: "resolve" | "why"
  readonly file: string
}

/** What keeps the cache up, with the configured limits. Only `prune` has a dry run. */
export interface PlainUpkeep {
  readonly json: boolean
  readonly command: "stats" | "verify" | "prune"
  readonly dryRun: boolean
}

/** `init`, for the defaults. */
export interface PlainInit {
  readonly json: boolean
  readonly command: "init"
}

/** `schema NAME`. */
export interface PlainSchema {
  readonly json: boolean
  readonly command: "schema"
  readonly name: string
}

/** What the words mean, if they are plain; undefined leaves them to the parser. */
export const plainCommand = (
  words: ReadonlyArray<string>
): PlainPrompt | PlainUpkeep | PlainInit | PlainSchema | undefined => {
  const rest = words.filter((word) => word !== "--json")
  if (words.length > rest.length + 1 || words[0] !== rest[0]) return undefined
  const json = words.length > rest.length
  const [group, command, argument] = rest
  const operand = argument !== undefined && /^(-|[^-].*)$/s.test(argument) ? argument : undefined
  if (group === "init" && rest.length === 1) return { command: "init", json }
  if (group === "schema") {
    const named = rest.length === 2 && command !== undefined && /^[^-]/.test(command)
    return named ? { command: "schema", name: command, json } : undefined
  }
  if (group !== "cache" || words[1] !== command) return undefined
  if (command === "resolve" || command === "why") {
    return rest.length === 3 && operand !== undefined ? { command, file: operand, json } : undefined
  }
  if (command === "stats" || command === "verify") {
    return rest.length === 2 ? { command, dryRun: false, json } : undefined
  }
  if (command !== "prune") return undefined
  const dryRun = argument === "--dry-run"
  return rest.length === (dryRun ? 3 : 2) ? { command, dryRun, json } : undefined
}
