/** Prompts as data, and how to write them down: what the parser must read back. */
import * as FastCheck from "effect/FastCheck"
import type { BlockType } from "../../../src/domain/PromptBlock.js"
import type { Section } from "../../../src/prompt/source.js"

type Written = Omit<Section, "offset">

/** Sections and how they are set: none of it may change what is read. */
export interface WrittenPrompt {
  readonly sections: ReadonlyArray<Written>
  readonly newline: "\n" | "\r\n"
  readonly mark: "" | "\ufeff"
  readonly indents: ReadonlyArray<number>
  readonly gaps: ReadonlyArray<number>
  readonly lastNewline: boolean
}

const word = FastCheck.constantFrom(
  "a",
  "Ü",
  "模型",
  "😀",
  "<",
  ">",
  "</context> inline",
  "x<context>",
  "`<div>`",
  "1 < 2",
  "&lt;"
)
const sentence = FastCheck.array(word, { minLength: 1, maxLength: 4 }).map((words) => `t ${words.join(" ")}`)
const line = FastCheck.oneof(
  { weight: 4, arbitrary: sentence },
  {
    weight: 2,
    arbitrary: FastCheck.constantFrom(
      "# Title",
      "- item",
      "    <context>",
      "\t</requirements>",
      "> quoted",
      "| a | b |",
      "***",
      "``code``",
      "```inline``` code",
      "text ``` text",
      "~~ not a fence",
      "<!-- comment -->",
      "<https://example.org>",
      "2 <\u00a03"
    )
  }
)

/** A fence that is closed, with anything in it that does not close it. */
const fence = FastCheck.record({
  mark: FastCheck.constantFrom("`", "~"),
  length: FastCheck.integer({ min: 3, max: 6 }),
  extra: FastCheck.integer({ min: 0, max: 2 }),
  indent: FastCheck.constantFrom("", " ", "   "),
  info: FastCheck.constantFrom("", "ts", " html title=x", "  "),
  body: FastCheck.array(
    FastCheck.constantFrom(
      "<context>",
      "</context>",
      "<requirements>",
      "<nope>",
      "code();",
      "",
      "--- ",
      "    ```",
      "x ~~~",
      "``",
      "~~"
    ),
    { maxLength: 4 }
  )
}).map(({ body, extra, indent, info, length, mark }) => [
  `${indent}${mark.repeat(length)}${info}`,
  ...body,
  // a shorter run does not close it, nor one of the other mark
  ...(length > 3 ? [mark.repeat(length - 1)] : []),
  (mark === "`" ? "~" : "`").repeat(length),
  `${mark.repeat(length + extra)}  `
])

const lines = FastCheck.array(
  FastCheck.oneof(
    { weight: 4, arbitrary: line.map((one) => [one]) },
    { weight: 1, arbitrary: fence },
    { weight: 1, arbitrary: FastCheck.constant([""]) }
  ),
  { minLength: 1, maxLength: 5 }
).map((parts) => parts.flat())

const name = FastCheck.option(FastCheck.stringMatching(/^[A-Za-z0-9_.:-]{1,64}$/), { nil: undefined })
const src = FastCheck.stringMatching(/^[a-zA-Z0-9_*./ {},<>-]{1,20}$/)
const type: FastCheck.Arbitrary<BlockType> = FastCheck.constantFrom(
  "requirements",
  "style_guide",
  "file_map",
  "context"
)

const detail: FastCheck.Arbitrary<"names" | "full"> = FastCheck.constantFrom("names", "full")
const newline: FastCheck.Arbitrary<"\n" | "\r\n"> = FastCheck.constantFrom("\n", "\r\n")
const mark: FastCheck.Arbitrary<"" | "\ufeff"> = FastCheck.constantFrom("", "\ufeff")

const tagged = FastCheck.record({ type, name, lines }).map(({ lines, name, type }) => ({
  type,
  name,
  lines,
  include: undefined
}))
const text = lines.map((lines) => ({
  type: "context" as const,
  name: undefined,
  lines,
  include: undefined,
  text: true
}))
const included = FastCheck.oneof(
  FastCheck.record({ src, content: detail, name }).map(({ content, name, src }) => ({
    type: "file_map" as const,
    name,
    lines: [],
    include: { src, content }
  })),
  FastCheck.record({ src, name }).map(({ name, src }) => ({
    type: "style_guide" as const,
    name,
    lines: [],
    include: { src, content: "full" as const }
  }))
)

/** A context block without a name is written as plain text, any other in tags, so two plain ones never touch. */
export const prompt: FastCheck.Arbitrary<WrittenPrompt> = FastCheck.record({
  drafts: FastCheck.array(FastCheck.oneof(tagged, text, included), { minLength: 1, maxLength: 6 }),
  newline,
  mark,
  indents: FastCheck.array(FastCheck.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
  gaps: FastCheck.array(FastCheck.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 }),
  lastNewline: FastCheck.boolean()
}).map(({ drafts, ...setting }) => ({
  ...setting,
  sections: drafts.flatMap((draft, i): ReadonlyArray<Written> => {
    const content = draft.lines.join(setting.newline)
    const { include, type } = draft
    if (include !== undefined) return [{ type, name: draft.name, content: "", include }]
    if (content.trim() === "") return [{ type, name: "n", content: `filled${setting.newline}`, include }]
    const plain = "text" in draft && !("text" in (drafts[i - 1] ?? {}))
    return plain
      ? [{ type, name: undefined, content: content.replace(/^(\r?\n)+/, "").trimEnd(), include }]
      : [{ type, name: draft.name ?? "named", content, include }]
  })
}))

/** The source of a prompt. */
export const write = ({ gaps, indents, lastNewline, mark, newline, sections }: WrittenPrompt): string => {
  const written = sections.map(({ content, include, name, type }, i) => {
    const gap = newline.repeat(gaps[i % gaps.length] ?? 0)
    if (type === "context" && name === undefined) return `${gap}${content}`
    const indent = " ".repeat(indents[i % indents.length] ?? 0)
    const id = name === undefined ? "" : ` id="${name}"`
    if (include === undefined)
      return `${gap}${indent}<${type}${id}>${newline}${content}${newline}${indent}</${type}> `
    const content_ = type === "file_map" ? ` content='${include.content}'` : ""
    return `${gap}${indent}<${type}${id}  src="${include.src}"${content_} />`
  })
  return mark + written.join(newline) + (lastNewline ? newline : "")
}
