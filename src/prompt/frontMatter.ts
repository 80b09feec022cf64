/** YAML front matter: what a prompt file says of itself. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isAlias, isMap, isScalar, LineCounter, parseDocument, visit, type Document, type Node } from "yaml"
import { JsonObject } from "../domain/Json.js"
import { PromptSyntaxError } from "../domain/PromptErrors.js"
import { Provider } from "../domain/Provider.js"
import { Layout, PromptMark, Temperature } from "../domain/ResolveInput.js"
import { plainFrontMatter } from "./plainFrontMatter.js"
import { endOfLine, hasByteOrderMark } from "./position.js"

/** The fields of a ResolveInput that a file may set for itself. */
export const FrontMatter = Schema.Struct({
  provider: Schema.optional(Provider),
  model: Schema.optional(Schema.NonEmptyString),
  temperature: Schema.optional(Temperature),
  seed: Schema.optional(Schema.Finite),
  rulepacks: Schema.optional(Schema.Array(Schema.String)),
  context: Schema.optional(JsonObject),
  layout: Schema.optional(Layout),
  marks: Schema.optional(Schema.Array(PromptMark))
}).annotations({ identifier: "FrontMatter" })
export interface FrontMatter extends Schema.Schema.Type<typeof FrontMatter> {}

const decode = Schema.decodeUnknownEither(FrontMatter, { onExcessProperty: "error" })
const opening = /^---[ \t]*\r?\n/
const closing = /\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/g
/** In UTF-16 code units: some of what the YAML parser does takes time that grows with the square of the length. */
const maxLength = 65_536

/** What is wrong, and where it stands in the YAML. */
interface Problem {
  readonly offset: number
  readonly what: string
  readonly fix: string
}

/** The front matter, and where the text behind it starts. A source without any starts behind its byte order mark. */
export const parseFrontMatter = (
  text: string,
  file: string
): Either.Either<{ readonly frontMatter: FrontMatter; readonly end: number }, PromptSyntaxError> => {
  const start = hasByteOrderMark(text) ? 1 : 0
  const open = text.startsWith("---", start) ? opening.exec(text.slice(start, endOfLine(text, start))) : null
  if (open === null) return Either.right({ frontMatter: {}, end: start })

  const refuse = (
    line: number,
    column: number,
    problem: string,
    fix: string
  ): Either.Either<never, PromptSyntaxError> =>
    Either.left(new PromptSyntaxError({ file, line, column, reason: "front-matter", problem, fix }))

  const bodyStart = start + open[0].length
  // the line break before the closing line may be that of the opening one
  closing.lastIndex = bodyStart - 1
  const close = closing.exec(text)
  if (close === null) {
    return refuse(
      1,
      1,
      "The front matter is never closed",
      "End it with --- on a line of its own, or do not start with ---."
    )
  }
  if (close.index - bodyStart > maxLength) {
    return refuse(
      1,
      1,
      `The front matter is longer than ${maxLength} characters`,
      "Give a large context with the input instead."
    )
  }
  const body = text.slice(bodyStart, close.index + 1)
  const end = close.index + close[0].length
  const plain = plainFrontMatter(body)
  if (plain !== undefined) return Either.right({ frontMatter: plain, end })
  const lines = new LineCounter()
  const document = parseDocument(body, {
    lineCounter: lines,
    schema: "core",
    logLevel: "error",
    // its own check compares each key with each other one
    uniqueKeys: false
  })
  const read = readDocument(document)
  if (Either.isLeft(read)) {
    const { line, col } = lines.linePos(read.left.offset)
    return refuse(line + 1, col, read.left.what, read.left.fix)
  }
  return Either.right({ frontMatter: read.right, end })
}

const readDocument = (document: Document): Either.Either<FrontMatter, Problem> => {
  const syntax = document.errors[0]
  if (syntax !== undefined) {
    return Either.left({
      offset: syntax.pos[0],
      what: `The front matter is not YAML (${syntax.code})`,
      fix: "Mend it; values with special characters want quotes."
    })
  }
  const unfit = unfitNode(document)
  if (unfit !== undefined) return Either.left(unfit)
  return Either.flatMap(toData(document), (data) =>
    Either.mapLeft(decode(data), (error) => misfit(document, error))
  )
}

/** The document as data. A source whose aliases would grow without bounds is refused by the parser's limit. */
const toData = (document: Document): Either.Either<unknown, Problem> =>
  Either.try({
    try: (): unknown => document.toJS({ maxAliasCount: 100 }) ?? {},
    catch: () => ({
      offset: 0,
      what: "The front matter has too many aliases",
      fix: "Write the values out."
    })
  })

/** What YAML can say and JSON cannot, or not without a loss that nobody would see. */
const unfitNode = (document: Document): Problem | undefined => {
  let problem: Problem | undefined
  const anchors = new Set<string>()
  const refuse = (node: unknown, what: string, fix: string): symbol => {
    problem = { offset: startOf(node), what, fix }
    return visit.BREAK
  }
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        return anchors.has(node.source)
          ? undefined
          : refuse(node, "An alias in the front matter stands for nothing", "Write the value out.")
      }
      if (node.anchor !== undefined) anchors.add(node.anchor)
      if (!isJson(node)) {
        return refuse(
          node,
          "A tag in the front matter stands for what JSON cannot hold",
          "Leave the tag out; dates and the like are written as texts."
        )
      }
      if (isMap(node)) {
        const seen = new Set<string>()
        for (const { key } of node.items) {
          if (!isScalar(key)) return refuse(key, "A key in the front matter is not a text", "Write it out.")
          const name = String(key.value)
          if (seen.has(name)) return refuse(key, "A key in the front matter stands twice", "Keep one.")
          seen.add(name)
        }
      }
      return isScalar(node) && typeof node.value === "number" && !isExact(node.value)
        ? refuse(node, "A number in the front matter cannot be held exactly", "Put it in quotes.")
        : undefined
    }
  })
  return problem
}

const core = "tag:yaml.org,2002:"

/** What a tag may say a value is, and whether it then is. Without a tag the parser finds nothing else. */
const jsonTags = new Map<string | undefined, (value: unknown) => boolean>([
  [undefined, () => true],
  ["!", () => true],
  [`${core}map`, () => true],
  [`${core}seq`, () => true],
  [`${core}str`, (value) => typeof value === "string"],
  [`${core}int`, (value) => typeof value === "number"],
  [`${core}float`, (value) => typeof value === "number"],
  [`${core}bool`, (value) => typeof value === "boolean"],
  [`${core}null`, (value) => value === null]
])

/** Binary data, dates, sets and ordered maps are made by tags; the parser takes one that it does not know for none. */
const isJson = (node: Node): boolean =>
  jsonTags.get(node.tag)?.(isScalar(node) ? node.value : undefined) ?? false

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value))

const fieldNames = "It takes provider, model, temperature, seed, rulepacks, context, layout and marks."
const fixes = new Map<PropertyKey, string>([
  ["provider", "Use openai, anthropic, vllm, sglang, llama-cpp, or x-… for one added as a layer."],
  ["model", "Use the model's name as its provider writes it."],
  ["temperature", "Use a number from 0 to 2."],
  ["seed", "Use a number."],
  ["rulepacks", "Use a list of names, each with @version or without."],
  ["context", "Use a mapping."],
  ["layout", "Use stable-first or source."],
  ["marks", "Use a list of { block: NAME or PLACE, ttl: 5m, 30m, 1h or 12h }; an empty one for none."]
])

const misfit = (document: Document, error: ParseResult.ParseError): Problem => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const path = issue?.path ?? []
  const field = path[0]
  if (field === undefined) {
    return { offset: 0, what: "The front matter is not a mapping", fix: `Write name: value. ${fieldNames}` }
  }
  return {
    offset: startOf(document.getIn(path.map(String), true)),
    what: `"${path.map(String).join(".")}" in the front matter ${issue?._tag === "Unexpected" ? "is not known" : "is not what it should be"}`,
    fix: fixes.get(field) ?? fieldNames
  }
}

const startOf = (node: unknown): number =>
  typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : 0
