/**
 * Classes with arbitrary values (`text-[#f00]`, `mt-[13px]`, `[color:red]`) as the declarations that
 * they stand for.
 */
import { type Collected, declare, type Group, newGroup } from "./Collected.js"
import * as Mapped from "./Mapped.js"
import { toProperty } from "./properties.js"

/** Which property a utility sets. One that may set two is told by the value: a length is the second. */
const utilities: ReadonlyArray<readonly [RegExp, color: string, length?: string]> = [
  [/^text$/, "color", "font-size"],
  [/^bg$/, "background-color"],
  [/^border(-[xytrblse])?$/, "border-color", "border-width"],
  [/^(ring|ring-offset)$/, "outline-color", "outline-width"],
  [/^inset-ring$/, "outline-color", "outline-width"],
  [/^outline$/, "outline-color", "outline-width"],
  [/^fill$/, "fill"],
  [/^stroke$/, "stroke", "stroke-width"],
  [/^(from|via|to|placeholder)$/, "color"],
  [/^accent$/, "accent-color"],
  [/^caret$/, "caret-color"],
  [/^decoration$/, "text-decoration-color"],
  [/^divide$/, "border-color"],
  [/^(shadow|inset-shadow|drop-shadow)$/, "color", "box-shadow"],
  [/^text-shadow$/, "color", "text-shadow"],
  [/^(m|p)[trblxyse]?$/, ""],
  [/^scroll-(m|p)[trblxyse]?$/, "scroll-margin"],
  [/^gap$/, "gap"],
  [/^gap-[xy]$/, "column-gap"],
  [/^space-[xy]$/, "margin"],
  [/^inset(-[xy])?$/, "inset"],
  [/^(top|right|bottom|left)$/, ""],
  [/^(start|end)$/, "inset-inline"],
  [/^rounded(-[a-z]{1,2})?$/, "border-radius"],
  [/^leading$/, "line-height"],
  [/^tracking$/, "letter-spacing"],
  [/^font$/, "font-weight"],
  [/^(w|h|min-w|max-w|min-h|max-h)$/, ""],
  [/^size$/, "width"]
]

const propertyOf = (utility: string, value: string): string | undefined => {
  const found = utilities.find(([pattern]) => pattern.test(utility))
  if (found === undefined) return undefined
  const [, first, second] = found
  return second !== undefined && /^[-+.\d]/.test(value) ? second : first === "" ? toProperty(utility) : first
}

/** Classes of one list: those of an attribute, or of all arguments of a call. */
export const collectClasses = (texts: ReadonlyArray<Mapped.Mapped>, into: Collected): void => {
  const words = texts.flatMap(wordsOf)
  if (words.length === 0) return
  into.classes.push(words)
  const always = newGroup()
  const sometimes = newGroup(true)
  for (const word of words) collectWord(word, always, sometimes, into)
}

const wordsOf = (list: Mapped.Mapped): ReadonlyArray<Mapped.Mapped> =>
  [...list.text.matchAll(/\S+/g)].map((match) =>
    Mapped.part(list, match.index, match.index + match[0].length)
  )

/** Where the variants of a class end and its utility begins: after the last colon outside of brackets. */
const endOfVariants = (text: string): number => {
  let depth = 0
  let end = 0
  for (const [index, letter] of [...text.split("")].entries()) {
    if (letter === "[" || letter === "(") depth += 1
    else if (letter === "]" || letter === ")") depth -= 1
    else if (letter === ":" && depth === 0) end = index + 1
  }
  return end
}

/** The variants of a class, each without the colon. */
export const variantsOf = (text: string): ReadonlyArray<string> =>
  text.slice(0, endOfVariants(text)).split(":").filter(Boolean)

export const isBreakpoint = (variant: string): boolean =>
  /^@?((min|max)-)?(xs|sm|md|lg|[2-9]?xl)$/.test(variant) || /^@?(min|max)-\[/.test(variant)

const collectWord = (word: Mapped.Mapped, always: Group, sometimes: Group, into: Collected): void => {
  const from = endOfVariants(word.text)
  const group = variantsOf(word.text).some(isBreakpoint) ? sometimes : always
  const { text } = Mapped.part(word, from, word.text.length)
  const plain = /^max-w-(?!\[)/.exec(text)
  if (plain !== null) group.properties.add("max-width")
  const arbitrary = /^!?(-?[a-z][a-z-]*)?(-?)\[(.+)\](?:\/\S+)?!?$/.exec(text)
  if (arbitrary === null) return
  const [, prefix = "", dash = "", inner = ""] = arbitrary
  let at = from + text.indexOf("[") + 1
  let value = inner
  let property: string | undefined
  const named = /^(--[\w-]+|[a-z][a-z-]*):/.exec(inner)
  if (named !== null) {
    at += named[0].length
    value = inner.slice(named[0].length)
  }
  if (prefix === "") property = named?.[1]
  else if (dash === "-" || prefix.endsWith("-")) {
    property = propertyOf(prefix.replace(/^-|-$/g, ""), named?.[1] === "length" ? "0" : value)
  }
  if (property === undefined || value === "") return
  const place = Mapped.part(word, at, at + value.length)
  declare(into, {
    property,
    value: Mapped.trim(Mapped.withText(place, value.replace(/(?<!\\)_/g, " "))),
    group,
    className: word.text
  })
}
