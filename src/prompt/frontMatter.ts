/** YAML front matter: what a prompt file says of itself. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { LineCounter, parseDocument, type Document } from "yaml"
import { JsonObject } from "../domain/Json.js"
import { PromptSyntaxError } from "../domain/PromptErrors.js"
import { Provider } from "../domain/Provider.js"
import { Layout, Temperature } from "../domain/ResolveInput.js"
import { endOfLine } from "./position.js"

/** The fields of a ResolveInput that a file may set for itself. */
export const FrontMatter = Schema.Struct({
  provider: Schema.optional(Provider),
  model: Schema.optional(Schema.NonEmptyString),
  temperature: Schema.optional(Temperature),
  seed: Schema.optional(Schema.Finite),
  rulepacks: Schema.optional(Schema.Array(Schema.String)),
  context: Schema.optional(JsonObject),
  layout: Schema.optional(Layout)
}).annotations({ identifier: "FrontMatter" })
export interface FrontMatter extends Schema.Schema.Type<typeof FrontMatter> {}

const decode = Schema.decodeUnknownEither(FrontMatter, { onExcessProperty: "error" })
const byteOrderMark = "\uFEFF"
const fence = /^---[ \t]*\r?\n/
const closing = /^(?:---|\.\.\.)[ \t]*$/gm

/** The front matter, and where the text behind it starts. A source without any starts behind its byte order mark. */
export const parseFrontMatter = (
  text: string,
  file: string
): Either.Either<{ readonly frontMatter: FrontMatter; readonly end: number }, PromptSyntaxError> => {
  const start = text.startsWith(byteOrderMark) ? 1 : 0
  if (!text.startsWith("---", start)) return Either.right({ frontMatter: {}, end: start })
  const opening = fence.exec(text.slice(start, endOfLine(text, start)))
  if (opening === null) return Either.right({ frontMatter: {}, end: start })

  const refuse = (
    line: number,
    column: number,
    problem: string,
    fix: string
  ): Either.Either<never, PromptSyntaxError> =>
    Either.left(new PromptSyntaxError({ file, line, column, reason: "front-matter", problem, fix }))

  const bodyStart = start + opening[0].length
  closing.lastIndex = bodyStart
  const close = closing.exec(text)
  if (close === null) {
    return refuse(
      1,
      1,
      "The front matter is never closed",
      "End it with --- on a line of its own, or do not start with ---."
    )
  }
  const lines = new LineCounter()
  const document = parseDocument(text.slice(bodyStart, close.index), { lineCounter: lines, schema: "core" })
  const syntax = document.errors[0]
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0])
    return refuse(
      line + 1,
      col,
      `The front matter is not YAML (${syntax.code})`,
      "Mend it; values with special characters want quotes."
    )
  }
  const decoded = Either.flatMap(toData(document), decode)
  if (Either.isLeft(decoded)) {
    const { path, problem } = firstIssue(decoded.left)
    const { line, col } = lines.linePos(offsetOf(document, path))
    return refuse(
      line + 1,
      col,
      `"${path.join(".")}" in the front matter: ${problem}`,
      "It takes provider, model, temperature, seed, rulepacks, context and layout."
    )
  }
  return Either.right({ frontMatter: decoded.right, end: endOfLine(text, close.index) })
}

/** The document as data. An alias bomb is refused by the parser's limit. */
const toData = (document: Document): Either.Either<unknown, ParseResult.ParseError> =>
  Either.try({
    try: (): unknown => document.toJS({ maxAliasCount: 100 }) ?? {},
    catch: () => ParseResult.parseError(new ParseResult.Type(FrontMatter.ast, undefined, "too many aliases"))
  })

const firstIssue = (
  error: ParseResult.ParseError
): { readonly path: ReadonlyArray<PropertyKey>; readonly problem: string } => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  return {
    path: issue?.path ?? [],
    problem: issue?._tag === "Unexpected" ? "is not known" : "is not what it should be"
  }
}

const offsetOf = (document: Document, path: ReadonlyArray<PropertyKey>): number => {
  const node: unknown = document.getIn(path.map(String), true)
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : 0
}
