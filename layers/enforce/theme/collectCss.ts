/**
 * Declarations and media queries of CSS, nested or not. It goes by the tokens, so a mistake in one
 * declaration hides no other,
 * depth costs nothing, and what styled templates hold (a mixin without a semicolon, a comment of one line)
 * is met too.
 */
import { tokenTypes, tokenize } from "css-tree"
import { type Collected, declare, type Group, newGroup } from "./Collected.js"
import * as Mapped from "./Mapped.js"

/** Blocks whose declarations describe fonts and properties, and style nothing. */
const descriptions = /^@(font-face|property|counter-style|font-palette-values|page)\b/i
const conditions = /^@(media|container)\b/i

interface Block {
  readonly group: Group
  readonly isDescription: boolean
}

/** What a part of CSS is made of: where it begins, and where the first colon after a name is. */
interface Chunk {
  readonly start: number
  readonly property?: { readonly name: string; readonly valueFrom: number } | undefined
}

export const collectCss = (css: Mapped.Mapped, into: Collected): void => {
  const { text } = css
  const blocks: Array<Block> = [{ group: newGroup(), isDescription: false }]
  let chunk: Chunk = { start: 0 }
  let name = ""
  let parens = 0

  const closeDeclaration = (end: number): void => {
    const { property } = chunk
    const block = blocks.at(-1)
    if (property === undefined || block === undefined || block.isDescription) return
    const value = withoutComments(Mapped.part(css, property.valueFrom, end))
    if (value.text === "") return
    const isOwn = property.name.startsWith("--")
    const named = isOwn ? property.name : property.name.toLowerCase()
    declare(into, { property: named, value, group: block.group })
  }
  const openBlock = (end: number): void => {
    const outer = blocks.at(-1)
    const prelude = Mapped.trim(withoutComments(Mapped.part(css, chunk.start, end)))
    const isConditional = conditions.test(prelude.text)
    if (/^@media\b/i.test(prelude.text)) into.queries.push(prelude)
    blocks.push({
      group: newGroup(isConditional || outer?.group.isConditional === true),
      isDescription: descriptions.test(prelude.text)
    })
  }

  const { Colon, Comment, Function, Ident, LeftCurlyBracket, LeftParenthesis, LeftSquareBracket } = tokenTypes
  const { RightCurlyBracket, RightParenthesis, RightSquareBracket, Semicolon, Url, WhiteSpace } = tokenTypes
  tokenize(text, (type, start, end) => {
    if (type === Function || type === LeftParenthesis || type === LeftSquareBracket) parens += 1
    else if (type === RightParenthesis || type === RightSquareBracket) parens = Math.max(0, parens - 1)
    else if (type === LeftCurlyBracket) {
      openBlock(start)
      chunk = { start: end }
      parens = 0
    } else if (type === RightCurlyBracket || (type === Semicolon && parens === 0)) {
      closeDeclaration(start)
      if (type === RightCurlyBracket && blocks.length > 1) blocks.pop()
      chunk = { start: end }
      parens = 0
    } else if (type === Colon && parens === 0 && name !== "" && chunk.property === undefined) {
      chunk = { ...chunk, property: { name, valueFrom: end } }
    }
    if (type === Ident) name = text.slice(start, end)
    else if (type !== WhiteSpace && type !== Comment && type !== Url) name = ""
  })
  closeDeclaration(text.length)
}

/** Comments as blanks, so that all places stay; without `!important` and the space around. */
const withoutComments = (value: Mapped.Mapped): Mapped.Mapped => {
  const blank = value.text
    .replace(/"(?:[^"\\]|\\[^])*(?:"|\\?$)|'(?:[^'\\]|\\[^])*(?:'|\\?$)|\/\*[^]*?(?:\*\/|$)/g, (found) =>
      found.startsWith("/*") ? " ".repeat(found.length) : found
    )
    .replace(/!\s*important\s*$/i, (found) => " ".repeat(found.length))
  return Mapped.trim(Mapped.withText(value, blank))
}

/** CSS in a template of a script, where a comment may run to the end of its line. */
export const withoutLineComments = (css: Mapped.Mapped): Mapped.Mapped =>
  Mapped.withText(
    css,
    css.text.replace(/(?<=^|[\s;{}])\/\/[^\n]*/g, (found) => " ".repeat(found.length))
  )
