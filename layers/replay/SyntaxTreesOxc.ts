/** Syntax trees by oxc, and by TypeScript's own parser for what is nested so deeply that oxc would not survive it. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { SourceInvalid } from "../../src/domain/DiffErrors.js"
import type { Parsed } from "../../src/replay/diff/tree/Parsed.js"
import { type Source, SyntaxTrees } from "../../src/services/SyntaxTrees.js"
import { languagesOf } from "./language.js"
import { isShallow } from "./nesting.js"
import { type Fault, isFault, loadOxc, loadTypeScript, type Parser } from "./parsers.js"

const invalid = ({ path, side, text }: Source, { offset, problem }: Fault): SourceInvalid => {
  const before = text.slice(0, offset)
  return new SourceInvalid({
    path: path ?? "source",
    ...(side === undefined ? {} : { side }),
    line: before.split("\n").length,
    column: offset - before.lastIndexOf("\n"),
    problem: problem.replace(/\.$/, "")
  })
}

/** Reads a source in each language that it may be in; if it is in none, the fault is that of the reading that came furthest. */
export const parseWith = (parser: Parser, given: Source): Effect.Effect<Parsed, SourceInvalid> =>
  Effect.suspend(() => {
    const source = { ...given, text: given.text.replace(/^\uFEFF/, "") }
    let furthest: Fault | undefined
    for (const language of languagesOf(source.path)) {
      const result = parser(source.text, language)
      if (!isFault(result)) return Effect.succeed(result)
      if (furthest === undefined || result.offset > furthest.offset) furthest = result
    }
    return Effect.fail(invalid(source, furthest ?? { problem: "It cannot be read", offset: 0 }))
  })

export const make: Effect.Effect<SyntaxTrees["Type"]> = Effect.gen(function* () {
  const safe = yield* Effect.cached(Effect.promise(loadTypeScript))
  // where there is no build of it for the machine, the other one does all
  const fast = yield* Effect.cached(Effect.tryPromise(loadOxc).pipe(Effect.catchAll(() => safe)))
  return {
    parse: Effect.fn("SyntaxTrees.parse")(function* (source: Source) {
      const parser = yield* isShallow(source.text) ? fast : safe
      return yield* parseWith(parser, source)
    })
  }
})

export const layer: Layer.Layer<SyntaxTrees> = Layer.effect(SyntaxTrees, make)
