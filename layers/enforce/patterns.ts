/** Regular expressions in RE2's syntax. The engine is loaded with the first of them. */
import * as Effect from "effect/Effect"

export interface Match {
  /** In UTF-16 code units. */
  readonly start: number
  readonly end: number
}

export interface Pattern {
  readonly source: string
  /** The groups that it has, without the match itself. */
  readonly groups: number
  /** Where the group is in each match, one after the other; undefined where it is no part of one. */
  readonly find: (text: string, group: number) => Generator<Match | undefined>
}

/** Fails with what RE2 says of a pattern that it does not take. */
export const compilePattern = (
  pattern: string,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {}
): Effect.Effect<Pattern, string> =>
  Effect.flatMap(
    Effect.promise(() => import("re2js")),
    ({ RE2JS }) =>
      Effect.try({
        try: () => {
          const flags = RE2JS.MULTILINE | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
          const compiled = RE2JS.compile(pattern, flags)
          const find = function* (text: string, group: number): Generator<Match | undefined> {
            const matcher = compiled.matcher(text)
            while (matcher.find()) {
              const start = matcher.start(group)
              yield start < 0 ? undefined : { start, end: matcher.end(group) }
            }
          }
          return { source: pattern, groups: compiled.groupCount(), find }
        },
        catch: (thrown) =>
          thrown instanceof Error
            ? thrown.message.replace(/^error parsing regexp: /, "")
            : "It is no regular expression"
      })
  )
