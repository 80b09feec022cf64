/**
 * Where the tokens of a design come from. Owns: reading them. Does not own: which raw values they replace
 * (the engine of the
 * kind `tokens`).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TokensUnreadable } from "../domain/ComplianceErrors.js"

/** A named value of the design, aliases resolved. */
export interface Token {
  /** As people call it: `color.brand.500`, or `--brand` for a custom property. */
  readonly name: string
  /** As the source says it; DTCG's words (`color`, `dimension`, `fontFamily`) where it says any. */
  readonly type?: string | undefined
  /** As CSS writes it. */
  readonly value: string
}

export class TokenSources extends Context.Tag("aegis/TokenSources")<
  TokenSources,
  {
    /**
     * The tokens of all sources, in their order. A source is a file from the project's root (DTCG or plain
     * JSON, CSS custom
     * properties, a theme object in TypeScript), or a table with the columns name, type and value:
     * `sqlite:FILE?table=tokens`, `postgres://…?table=tokens`.
     */
    readonly tokens: (sources: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Token>, TokensUnreadable>
  }
>() {}

/** Tokens that are at hand, by their source. */
export const layerMemory = (
  known: Readonly<Record<string, ReadonlyArray<Token>>>
): Layer.Layer<TokenSources> => {
  const bySource = new Map(Object.entries(known))
  return Layer.succeed(TokenSources, {
    tokens: (sources) =>
      Effect.map(
        Effect.forEach(sources, (source) => {
          const tokens = bySource.get(source)
          return tokens === undefined
            ? Effect.fail(
                new TokensUnreadable({ source, problem: "there is no such source", fix: "Name another one." })
              )
            : Effect.succeed(tokens)
        }),
        (all) => all.flat()
      )
  })
}
