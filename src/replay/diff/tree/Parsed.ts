/** A source text as a parser gives it: ESTree in the shape of TypeScript ESTree, and the comments beside it. */

export interface EsNode {
  readonly type: string
  readonly [key: string]: unknown
}

export interface Comment {
  readonly type: "Line" | "Block"
  /** Without its delimiters. */
  readonly value: string
  readonly start: number
  readonly end: number
}

/** Offsets are UTF-16 code units from the start of `text`, which has no byte order mark. */
export interface Parsed {
  readonly text: string
  readonly program: EsNode
  /** By type of node: the properties that hold its children, in the order in which they are visited. */
  readonly visitorKeys: Readonly<Record<string, ReadonlyArray<string> | undefined>>
  readonly comments: ReadonlyArray<Comment>
}

export const isNode = (value: unknown): value is EsNode =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"

/** Parsers say where a node begins in one of two ways. */
export const startOf = (node: EsNode): number => offset(node["start"], node["range"], 0)
export const endOf = (node: EsNode): number => offset(node["end"], node["range"], 1)

const offset = (plain: unknown, range: unknown, side: 0 | 1): number => {
  if (typeof plain === "number") return plain
  const ranged: unknown = Array.isArray(range) ? range[side] : undefined
  return typeof ranged === "number" ? ranged : 0
}
