/**
 * Presentation attributes, `style` and `<style>` of an SVG file. Read by its tags; entities are not
 * resolved.
 */
import { type Collected, declare, newGroup } from "./Collected.js"
import { collectCss } from "./collectCss.js"
import * as Mapped from "./Mapped.js"
import { presentation } from "./presentation.js"

const attributes = /(?<![\w:-])([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

export const collectSvg = (source: string, into: Collected): void => {
  let at = source.indexOf("<")
  while (at !== -1) {
    const end = endOf(source, at)
    // cut off in the middle: nothing more is in it
    if (end === undefined) return
    const name = /[^\s/>]*/y
    name.lastIndex = at + 1
    const tag = name.exec(source)?.[0] ?? ""
    let next = end
    if (tag.toLowerCase() === "style" && source[end - 2] !== "/") {
      const close = source.indexOf("</", end)
      next = close === -1 ? source.length : close
      collectCss(Mapped.slice(source, end, next), into)
    } else if (/^[a-z]/i.test(tag)) {
      collectTag(source, at + 1 + tag.length, end - 1, into)
    }
    at = source.indexOf("<", next)
  }
}

/**
 * Where a tag, a comment or a CDATA section that begins at `start` has ended. One pass, whatever is
 * in it.
 */
const endOf = (source: string, start: number): number | undefined => {
  for (const [opens, closes] of sections) {
    if (!source.startsWith(opens, start)) continue
    const end = source.indexOf(closes, start)
    return end === -1 ? undefined : end + closes.length
  }
  let quote = ""
  for (let at = start; at < source.length; at += 1) {
    const letter = source.charAt(at)
    if (quote !== "") quote = letter === quote ? "" : quote
    else if (letter === ">") return at + 1
    else if (letter === '"' || letter === "'") quote = letter
  }
  return undefined
}

const sections = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"]
] as const

const collectTag = (source: string, start: number, end: number, into: Collected): void => {
  const group = newGroup()
  for (const attribute of source.slice(start, end).matchAll(attributes)) {
    const [whole, name = "", double, single] = attribute
    const value = double ?? single ?? ""
    const to = start + attribute.index + whole.length - 1
    const text = Mapped.trim(Mapped.slice(source, to - value.length, to))
    if (name === "style") collectCss(text, into)
    else if (presentation.test(name) && text.text !== "")
      declare(into, { property: name, value: text, group })
  }
}
