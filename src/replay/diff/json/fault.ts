/** Where a text stops being JSON. The parser of JavaScript says so only sometimes, and quotes the text when it does. */

const token =
  /[ \t\r\n]*(?:([{}[\]:,])|("(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y

/** What may come next. */
type Wanted = "value" | "value or ]" | "key" | "key or }" | ":" | ", or end"

/** The offset of the first token that cannot stand where it does; the length of the text where one is missing. */
export const faultIn = (text: string): number => {
  const open: Array<"{" | "["> = []
  let wanted: Wanted = "value"
  token.lastIndex = 0
  for (;;) {
    const before = token.lastIndex
    const found = token.exec(text)
    if (found === null) return blanksEnd(text, before)
    const [whole, sign, string] = found
    const start = before + whole.length - whole.trimStart().length
    const next = follow(open, wanted, sign ?? (string === undefined ? "value" : "string"))
    if (next === undefined) return start
    wanted = next
  }
}

/** What is wanted behind a token, or undefined where it cannot stand. */
const follow = (open: Array<"{" | "[">, wanted: Wanted, kind: string): Wanted | undefined => {
  if (kind === "}" || kind === "]") {
    const isEmpty = wanted === (kind === "}" ? "key or }" : "value or ]")
    const isOwn = open.at(-1) === (kind === "}" ? "{" : "[")
    if (!isOwn || !(isEmpty || wanted === ", or end")) return undefined
    open.pop()
    return ", or end"
  }
  switch (wanted) {
    case ":":
      return kind === ":" ? "value" : undefined
    case "key":
    case "key or }":
      return kind === "string" ? ":" : undefined
    case ", or end":
      return kind === "," && open.length > 0 ? (open.at(-1) === "{" ? "key" : "value") : undefined
    default:
      if (kind === "{" || kind === "[") {
        open.push(kind)
        return kind === "{" ? "key or }" : "value or ]"
      }
      return kind === "value" || kind === "string" ? ", or end" : undefined
  }
}

const blanksEnd = (text: string, from: number): number => {
  let end = from
  while (end < text.length && " \t\r\n".includes(text.charAt(end))) end++
  return end
}
