/** What a node came to, against what was recorded of it. */
import * as Effect from "effect/Effect"
import type { Change } from "../../domain/Change.js"
import { codeIn } from "../../replay/codeIn.js"
import { difference } from "../../replay/diff/json/difference.js"
import type { Outcome } from "../../replay/Recording.js"
import { computeASTDiff } from "../compareTexts.js"
import { SyntaxTrees } from "../SyntaxTrees.js"

/** How an output differs from the recorded one. */
export interface Compared {
  readonly changes: ReadonlyArray<Change>
  /** All of it is code that is written in another way. */
  readonly equivalent: boolean
}

const valueOf = (outcome: Outcome): unknown =>
  outcome._tag === "done" ? outcome.value : { [outcome._tag]: outcome._tag === "failed" ? outcome.error : null }

export const compared = Effect.fnUntraced(function* (
  trees: SyntaxTrees["Type"],
  node: string,
  recorded: Outcome,
  now: Outcome
) {
  const output = valueOf(now)
  const changes = difference(valueOf(recorded), output)
  const equivalent = yield* Effect.every(changes, (change) => {
    const code = codeIn(node, output, change)
    if (code === undefined) return Effect.succeed(false)
    const { after, before, file } = code
    return computeASTDiff(before, after, { original: file, modified: file }).pipe(
      Effect.map(({ identical }) => identical),
      // what is no program is no other writing of one
      Effect.catchAll(() => Effect.succeed(false))
    )
  }).pipe(Effect.provideService(SyntaxTrees, trees))
  return { changes, equivalent } satisfies Compared
})
