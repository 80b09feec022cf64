/**
 * Tokens of files below a folder, and of tables. What stands outside of the folder, also by a link, is not
 * read: a pack may come from
 * somebody else.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { TokensUnreadable } from "../../../../src/domain/ComplianceErrors.js"
import { type Token, TokenSources } from "../../../../src/services/TokenSources.js"

export interface Options {
  /** The project's root. */
  readonly root: string
}

/** Bytes. More are no tokens that anyone wrote. */
const maxBytes = 8 * 1024 * 1024

const refuse = (source: string, problem: string, fix: string): TokensUnreadable =>
  new TokensUnreadable({ source, problem, fix })

export const make = ({ root }: Options): TokenSources["Type"] => {
  /** The real path of a source, which is below the root. */
  const locate = (source: string, file: string): Effect.Effect<string, TokensUnreadable> =>
    Effect.flatMap(
      Effect.tryPromise({
        try: async () => [await Fs.realpath(root), await Fs.realpath(Path.resolve(root, file))] as const,
        catch: () => refuse(source, "there is no such file", "Give its path from the project's root.")
      }),
      ([top, path]) => {
        const inside = Path.relative(top, path)
        return inside.startsWith("..") || Path.isAbsolute(inside)
          ? Effect.fail(refuse(source, "it is outside of the project", "Name a file of the project."))
          : Effect.succeed(path)
      }
    )

  const readFile = Effect.fnUntraced(function* (source: string) {
    const path = yield* locate(source, source)
    const text = yield* Effect.tryPromise({
      try: async () => ((await Fs.stat(path)).size > maxBytes ? undefined : await Fs.readFile(path, "utf8")),
      catch: () => refuse(source, "it cannot be read", "Check its permissions.")
    })
    if (text === undefined) {
      return yield* refuse(source, `it is longer than ${maxBytes} bytes`, "Split it.")
    }
    return yield* parseTokens(source, text)
  })

  const read = (source: string): Effect.Effect<ReadonlyArray<Token>, TokensUnreadable> => {
    const [file = "", query = ""] = source.replace(/^sqlite:/, "").split("?")
    if (source.startsWith("sqlite:")) {
      const table = new URLSearchParams(query).get("table") ?? defaultTable
      return Effect.flatMap(locate(`sqlite:${file}`, file), (path) =>
        Effect.flatMap(tables, ({ readSqlite }) => readSqlite(path, table, `sqlite:${file}`))
      )
    }
    return /^postgres(ql)?:/.test(source) ? readUrl(source) : readFile(source)
  }

  return TokenSources.of({
    tokens: Effect.fn("TokenSources.tokens")(function* (sources) {
      return (yield* Effect.forEach(sources, read)).flat()
    })
  })
}

export const layer = (options: Options): Layer.Layer<TokenSources> =>
  Layer.sync(TokenSources, () => make(options))

const defaultTable = "tokens"
const tables = Effect.promise(() => import("./readTable.js"))

const readUrl = (source: string): Effect.Effect<ReadonlyArray<Token>, TokensUnreadable> => {
  if (!URL.canParse(source)) {
    return Effect.fail(
      refuse("postgres:", "its URL cannot be read", "Write postgres://host/database?table=tokens.")
    )
  }
  const url = new URL(source)
  const table = url.searchParams.get("table") ?? defaultTable
  url.searchParams.delete("table")
  return Effect.flatMap(tables, ({ readPostgres }) => readPostgres(Redacted.make(url.href), table))
}

const parseTokens = (source: string, text: string): Effect.Effect<ReadonlyArray<Token>, TokensUnreadable> => {
  const unreadable = (fix: string) => (): TokensUnreadable => refuse(source, "it is damaged", fix)
  if (/\.css$/i.test(source)) {
    return Effect.map(
      Effect.promise(() => import("./readCssTokens.js")),
      ({ readCssTokens }) => readCssTokens(text)
    )
  }
  if (/\.[cm]?[jt]sx?$/i.test(source)) {
    return Effect.flatMap(
      Effect.promise(() => import("./readObject.js")),
      ({ readScript }) =>
        Effect.try({ try: () => readScript(source, text), catch: unreadable("Mend its syntax.") })
    )
  }
  if (!/\.json$/i.test(source)) {
    return Effect.fail(
      refuse(source, "its kind is not known", "Use .json, .css or .ts, sqlite:FILE or postgres://…")
    )
  }
  return Effect.gen(function* () {
    const json: unknown = yield* Effect.try({
      try: () => JSON.parse(text.replace(/^\uFEFF/, "")) as unknown,
      catch: unreadable("Mend its JSON.")
    })
    const [{ isDtcg, readDtcg }, { readJsonObject }] = yield* Effect.promise(() =>
      Promise.all([import("./readDtcg.js"), import("./readObject.js")])
    )
    if (!isDtcg(json)) return readJsonObject(json)
    return yield* Either.mapLeft(readDtcg(json), (problem) => refuse(source, problem, "Mend that token."))
  })
}
