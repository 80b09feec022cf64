/** What a request must know about a model before it is sent. Facts are data with their sources; unknown stays unknown. */

/** How texts are counted for a model that Aegis cannot ask. `factor` scales the counts of `encoding`. */
export interface Tokenizer {
  readonly encoding: Encoding
  readonly factor: number
  /** How the estimate is named where it is shown. */
  readonly label: string
  /** The relative error to expect: 0.1 means ±10 %. */
  readonly errorBand: number
}
export type Encoding = "o200k_base" | "cl100k_base"

export interface ModelFacts {
  /** `marked` keeps prefixes up to marks in the request, `automatic` whatever it finds, `none` nothing. */
  readonly caching: "marked" | "automatic" | "none"
  /** The shortest prefix that is kept, in tokens; null where nobody says. */
  readonly minimumCacheTokens: number | null
  readonly takesTemperature: boolean
  readonly takesSeed: boolean
  readonly tokenizer: Tokenizer
}

const datedSuffix = /^-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/

/**
 * Whether `asked` names the model `id`: the id itself, or the id with the date of a snapshot or `-latest` behind it. A
 * prefix is never enough: claude-sonnet-5-5 is another model than claude-sonnet-5.
 *
 * @example isModel("claude-haiku-4-5", "claude-haiku-4-5-20251001") // true
 */
export const isModel = (id: string, asked: string): boolean =>
  asked === id || (asked.startsWith(id) && datedSuffix.test(asked.slice(id.length)))

/** The row of the model, if the table has it. */
export const findModel = <A>(table: ReadonlyMap<string, A>, asked: string): A | undefined => {
  const exact = table.get(asked)
  if (exact !== undefined) return exact
  for (const [id, row] of table) if (isModel(id, asked)) return row
  return undefined
}
