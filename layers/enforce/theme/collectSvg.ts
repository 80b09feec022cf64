/** Presentation attributes, `style` and `<style>` of an SVG file. Read by its tags; entities are not resolved. */
import { type Collected, declare, newGroup } from "./Collected.js"
import { collectCss } from "./collectCss.js"
import * as Mapped from "./Mapped.js"
import { presentation } from "./presentation.js"

/** What is skipped, a style element with its content, or a tag. None of it can be matched in two ways. */
const pieces =
  /<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)|<style\b[^>]*>([^<]*)|<[a-z][^\s>/]*((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi
const attributes = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

export const collectSvg = (source: string, into: Collected): void => {
  for (const match of source.matchAll(pieces)) {
    const [all, css, inside] = match
    const end = match.index + all.length
    if (css !== undefined) collectCss(Mapped.slice(source, end - css.length, end), into)
    if (inside === undefined) continue
    const shift = end - 1 - inside.length
    const group = newGroup()
    for (const attribute of inside.matchAll(attributes)) {
      const [whole, name = "", double, single] = attribute
      const value = double ?? single ?? ""
      const to = shift + attribute.index + whole.length - 1
      const text = Mapped.trim(Mapped.slice(source, to - value.length, to))
      if (name === "style") collectCss(text, into)
      else if (presentation.test(name) && text.text !== "") {
        declare(into, { property: name, value: text, group })
      }
    }
  }
}
