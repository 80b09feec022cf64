/** What the children of a JSX element are, by the rules that compilers of JSX follow: layout is no content. */
import { decodeEntities } from "./entities.js"
import { endOf, type EsNode, isNode, startOf } from "./Parsed.js"

/**
 * The text that is rendered. Lines are trimmed where they were broken, lines of blanks are none, and the rest is joined by one blank.
 * Entities are decoded afterwards, so a blank that was written as one stays.
 */
export const renderedText = (raw: string): string => {
  if (!/[\r\n]/.test(raw)) return decodeEntities(raw)
  const lines = raw.split(/\r\n|\r|\n/)
  const kept = lines.map((line, index) => {
    const left = index === 0 ? line : line.replace(/^[ \t]+/, "")
    return index === lines.length - 1 ? left : trimmedEnd(left)
  })
  return decodeEntities(kept.filter((line) => line !== "").join(" "))
}

/** As a regular expression this is quadratic in the blanks inside of a line. */
const trimmedEnd = (line: string): string => {
  let end = line.length
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end--
  return line.slice(0, end)
}

/** `{" "}`, which formatters put where a line would lose a blank. */
const blankOf = (node: EsNode): string | undefined => {
  const { expression } = node
  if (node.type !== "JSXExpressionContainer" || !isNode(expression) || expression.type !== "Literal") {
    return undefined
  }
  const { value } = expression
  return typeof value === "string" && /^ *$/.test(value) ? value : undefined
}

/** Whether a container holds nothing but comments. */
const isEmpty = ({ expression, type }: EsNode): boolean =>
  type === "JSXExpressionContainer" && isNode(expression) && expression.type === "JSXEmptyExpression"

/** The children that are rendered. Texts that meet are one; `text` is the source. */
export const renderedChildren = (children: ReadonlyArray<EsNode>, text: string): ReadonlyArray<EsNode> => {
  const rendered: Array<EsNode> = []
  let run: { value: string; start: number; end: number } | undefined
  const close = (): void => {
    if (run !== undefined && run.value !== "") rendered.push({ type: "JSXText", ...run })
    run = undefined
  }
  for (const child of children) {
    if (isEmpty(child)) continue
    const value =
      child.type === "JSXText" ? renderedText(text.slice(startOf(child), endOf(child))) : blankOf(child)
    if (value === undefined) {
      close()
      rendered.push(child)
    } else if (run === undefined) run = { value, start: startOf(child), end: endOf(child) }
    else run = { value: run.value + value, start: run.start, end: endOf(child) }
  }
  close()
  return rendered
}

/** The value of an attribute: `{"a"}` is `"a"`, and what is quoted may have entities. */
export const attributeValue = (value: EsNode, text: string): EsNode => {
  const range = { start: startOf(value), end: endOf(value) }
  if (value.type === "Literal") {
    return { type: "Literal", value: decodeEntities(text.slice(range.start + 1, range.end - 1)), ...range }
  }
  const { expression } = value
  if (value.type !== "JSXExpressionContainer" || !isNode(expression)) return value
  const plain = plainString(expression)
  return plain === undefined ? value : { type: "Literal", value: plain, ...range }
}

/** The string that an expression is by its looks: a literal, or a template without expressions. */
const plainString = (node: EsNode): string | undefined => {
  if (node.type === "Literal") return typeof node["value"] === "string" ? node["value"] : undefined
  const { expressions, quasis } = node
  if (node.type !== "TemplateLiteral" || !Array.isArray(expressions) || expressions.length > 0)
    return undefined
  const first: unknown = Array.isArray(quasis) ? quasis[0] : undefined
  return isNode(first) ? cookedOf(first) : undefined
}

/** The text of a part of a template; undefined where an escape has no meaning. */
export const cookedOf = ({ value }: EsNode): string | undefined =>
  typeof value === "object" && value !== null && "cooked" in value && typeof value.cooked === "string"
    ? value.cooked.replaceAll(/\r\n?/g, "\n")
    : undefined
