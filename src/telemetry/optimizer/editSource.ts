/** Changes of a layout, made in the text of the prompt's source. */
import * as Either from "effect/Either"
import type { LayoutChange } from "../../domain/Optimization.js"
import type { RequestBlock } from "../../domain/ProviderRequest.js"
import type { Layout, PromptMark } from "../../domain/ResolveInput.js"
import { layOut } from "../../prompt/layout.js"
import { endOfLine } from "../../prompt/position.js"
import { parsePrompt, type Section } from "../../prompt/source.js"
import { readTag } from "../../prompt/tag.js"
import type { Texts } from "./history.js"

/** A block as it shall be. `section` is the one that it comes from, undefined for a new one. */
interface Item extends Pick<Section, "type" | "name" | "content" | "include"> {
  readonly section: Section | undefined
}

/**
 * The source after the changes; changes that are none of the source (pings, marks on turns) are passed over.
 * The result was parsed and laid out again: its blocks are those that the changes ask for, in that order,
 * with their marks, or it is undefined. So it is where the source is not the one of these blocks, where a
 * line to be moved comes from an included file, where a layout cannot say it, and where its own marks would
 * come to stand behind other blocks.
 */
export const editSource = (
  text: string,
  file: string,
  changes: ReadonlyArray<LayoutChange>,
  blocks: ReadonlyArray<RequestBlock>,
  texts: Texts
): string | undefined => {
  const parsed = parsePrompt(text, file)
  if (Either.isLeft(parsed)) return undefined
  const { frontMatter, sections } = parsed.right
  const layouts: ReadonlyArray<Layout> =
    frontMatter.layout === undefined ? ["stable-first", "source"] : [frontMatter.layout]
  const layout = layouts.find((some) => sameNames(layOut(sections, some), blocks))
  if (layout === undefined) return undefined
  const wanted = itemsAfter(layOut(sections, layout), changes, blocks, texts)
  if (wanted === undefined) return undefined
  const moves = changes.some(({ _tag }) => _tag === "MoveBlock" || _tag === "SplitLines")
  const asked = marksAfter(wanted, changes)
  if (asked === undefined && moves && frontMatter.marks?.some(({ block }) => typeof block === "number")) {
    return undefined
  }
  const marks = asked ?? frontMatter.marks

  const attempts = [
    { layout, order: inTypes(sections, wanted) },
    { layout: "stable-first" as const, order: inTypes(sections, wanted) },
    { layout: "source" as const, order: wanted }
  ]
  for (const attempt of attempts) {
    for (const wrapped of [false, true]) {
      const written = write(text, sections, attempt.order, wrapped)
      const lines = [
        ...(attempt.layout === layout ? [] : [`layout: ${attempt.layout}`]),
        ...(asked === undefined ? [] : [`marks: ${JSON.stringify(asked)}`])
      ]
      const edited = lines.reduce<string | undefined>(withLine, written)
      if (edited !== undefined && gives(edited, file, attempt.layout, wanted, marks)) return edited
    }
  }
  return undefined
}

const sameNames = (sections: ReadonlyArray<Section>, blocks: ReadonlyArray<RequestBlock>): boolean =>
  sections.length === blocks.length &&
  sections.every(({ name, type }, i) => blocks[i]?.type === type && blocks[i]?.name === name)

/** The blocks after all changes, in layout order. */
const itemsAfter = (
  laidOut: ReadonlyArray<Section>,
  changes: ReadonlyArray<LayoutChange>,
  blocks: ReadonlyArray<RequestBlock>,
  texts: Texts
): ReadonlyArray<Item> | undefined => {
  let items: ReadonlyArray<Item> = laidOut.map((section) => ({ ...section, section }))
  for (const change of changes) {
    if (change._tag === "MoveBlock") {
      const item = items[change.block.index]
      if (item === undefined) return undefined
      items = items.toSpliced(change.block.index, 1).toSpliced(change.to, 0, item)
    } else if (change._tag === "SplitLines") {
      const { block, lines, to } = change
      const item = items[block.index]
      const hash = item?.section === undefined ? undefined : blocks[laidOut.indexOf(item.section)]?.hash
      const sent = hash === undefined ? undefined : texts(hash)
      if (item === undefined || sent === undefined || item.include !== undefined || to.type === undefined) {
        return undefined
      }
      const cut = cutLines(item.content, sent, lines)
      if (cut === undefined) return undefined
      const fresh: Item = {
        type: to.type,
        name: to.name,
        content: cut.gone,
        include: undefined,
        section: undefined
      }
      items = items.with(block.index, { ...item, content: cut.left }).toSpliced(to.index, 0, fresh)
    }
  }
  return items
}

/**
 * A text without the lines that `lines` (from 1) are in the text as it was sent, and those lines. All other
 * lines must be the same in both: the lines that go may differ, for the source may have a placeholder in
 * them. What was sent may have a frame around the text.
 */
const cutLines = (
  content: string,
  sent: string,
  lines: ReadonlyArray<number>
): { readonly left: string; readonly gone: string } | undefined => {
  const own = content.split("\n")
  const theirs = sent.split("\n")
  const going = new Set(lines.map((line) => line - 1))
  for (let start = 0; start + own.length <= theirs.length; start++) {
    const inside = (i: number): boolean => i >= start && i < start + own.length
    const fits =
      [...going].every(inside) && own.every((line, i) => going.has(start + i) || line === theirs[start + i])
    if (!fits) continue
    const whole = (some: ReadonlyArray<string>): string => some.join("\n").replace(/\r$/, "")
    return {
      left: whole(own.filter((_, i) => !going.has(start + i))),
      gone: whole(own.filter((_, i) => going.has(start + i)))
    }
  }
  return undefined
}

/**
 * The blocks in an order of the source that the layout stable-first turns into the wanted one: each type
 * keeps its places.
 */
const inTypes = (sections: ReadonlyArray<Section>, wanted: ReadonlyArray<Item>): ReadonlyArray<Item> => {
  const left = wanted.filter(({ section }) => section !== undefined)
  const placed = sections.flatMap(({ type }) => {
    const at = left.findIndex((item) => item.type === type)
    return at === -1 ? [] : left.splice(at, 1)
  })
  // what is new stands before the next of its type, or at the end
  return wanted.reduceRight<ReadonlyArray<Item>>((order, item, i) => {
    if (item.section !== undefined) return order
    const next = wanted.slice(i + 1).find(({ type }) => type === item.type)
    return order.toSpliced(next === undefined ? order.length : order.indexOf(next), 0, item)
  }, placed)
}

/**
 * Where a section stands in the source, its tags with it; `inner` is where its content does, for one that has
 * tags.
 */
const spanOf = (
  text: string,
  { content, offset }: Section
): { readonly start: number; readonly end: number; readonly inner: number | undefined } => {
  const tag = readTag(text, offset)
  if (tag?.type === undefined) return { start: offset, end: offset + content.length, inner: undefined }
  if (tag.selfClosing) return { start: tag.lineStart, end: tag.end, inner: tag.end }
  const behind = tag.end + content.length
  const closing = text.startsWith("</", behind) ? behind : endOfLine(text, behind)
  return { start: tag.lineStart, end: endOfLine(text, closing), inner: tag.end }
}

/** The source with its blocks in another order; what stands between two places stays there. */
const write = (
  text: string,
  sections: ReadonlyArray<Section>,
  order: ReadonlyArray<Item>,
  wrapped: boolean
): string => {
  const eol = text.includes("\r\n") ? "\r\n" : "\n"
  const spans = sections.map((section) => spanOf(text, section))
  const tagged = ({ content, name, type }: Item): string =>
    `<${type}${name === undefined ? "" : ` id="${name}"`}>${eol}${content}${eol}</${type}>${eol}`
  const written = (item: Item): string => {
    const at = item.section === undefined ? undefined : spans[sections.indexOf(item.section)]
    if (item.section === undefined || at === undefined) return tagged(item)
    if (at.inner === undefined) return wrapped ? tagged(item) : item.content
    // only what is between the tags may be another
    const behind = at.inner + item.section.content.length
    return text.slice(at.start, at.inner) + item.content + text.slice(behind, at.end)
  }
  let out = text.slice(0, spans[0]?.start ?? text.length)
  let place = 0
  order.forEach((item, i) => {
    out += written(item)
    const last = i === order.length - 1
    if (item.section === undefined && !last) {
      out += eol
      return
    }
    const gap = text.slice(spans[place]?.end ?? text.length, spans[place + 1]?.start ?? text.length)
    place++
    const behind = order[i + 1]
    out +=
      behind !== undefined && behind.section === undefined && place === sections.length
        ? `${gap}${out.endsWith(eol) || gap.endsWith(eol) ? "" : eol}${eol}`
        : gap
  })
  return out
}

/** The marks that the changes end with, by names where those tell blocks apart; undefined where they ask for none of the source. */
const marksAfter = (
  wanted: ReadonlyArray<Item>,
  changes: ReadonlyArray<LayoutChange>
): ReadonlyArray<PromptMark> | undefined => {
  const last = changes.findLast(({ _tag }) => _tag !== "KeepWarm" && _tag !== "Batch")
  if (last?._tag !== "Mark" && last?._tag !== "TimeToLive") return undefined
  // from the end count those of turns, which no source has
  if (last.marks.some(({ block }) => block < 0 || block >= wanted.length)) return undefined
  return last.marks.map(({ block, ttl }) => {
    const name = wanted[block]?.name
    const isOnly = name !== undefined && wanted.filter((item) => item.name === name).length === 1
    return { block: isOnly ? name : block + 1, ttl }
  })
}

/** The source with this line in its front matter, in the place of one for the same field and what is indented under it. */
const withLine = (text: string | undefined, line: string): string | undefined => {
  if (text === undefined) return undefined
  const eol = text.includes("\r\n") ? "\r\n" : "\n"
  const head = /^---[ \t]*\r?\n/.exec(text)
  if (head === null) return `---${eol}${line}${eol}---${eol}${eol}${text}`
  const close = /\n---[ \t]*(?:\r?\n|$)/.exec(text)
  if (close === null) return undefined
  const field = new RegExp(
    `^${line.slice(0, line.indexOf(":"))}:.*\\r?\\n(?:[ \\t]+.*\\r?\\n|- .*\\r?\\n)*`,
    "m"
  )
  const front = text.slice(0, close.index + 1).replace(field, "")
  return `${front}${line}${eol}${text.slice(close.index + 1)}`
}

/** Whether a source gives these blocks and marks. */
const gives = (
  text: string,
  file: string,
  layout: Layout,
  wanted: ReadonlyArray<Item>,
  marks: ReadonlyArray<PromptMark> | undefined
): boolean => {
  const parsed = parsePrompt(text, file)
  if (Either.isLeft(parsed)) return false
  const { frontMatter, sections } = parsed.right
  const laidOut = layOut(sections, frontMatter.layout ?? layout)
  return (
    JSON.stringify(frontMatter.marks) === JSON.stringify(marks) &&
    laidOut.length === wanted.length &&
    laidOut.every(({ content, include, name, type }, i) => {
      const item = wanted[i]
      return (
        item !== undefined &&
        type === item.type &&
        name === item.name &&
        content === item.content &&
        include?.src === item.include?.src &&
        include?.content === item.include?.content
      )
    })
  )
}
