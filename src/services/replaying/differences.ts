/** How outputs differ from those that were recorded, what of them is code as code. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { NodeDifference } from "../../domain/ReplayResult.js"
import { codeIn } from "../../replay/codeIn.js"
import { compareTexts } from "../compareTexts.js"
import type { Changed } from "../Recorder.js"
import type { SyntaxTrees } from "../SyntaxTrees.js"

export const differencesOf = (
  changed: ReadonlyArray<Changed>
): Effect.Effect<ReadonlyArray<NodeDifference>, never, SyntaxTrees> =>
  Effect.forEach(changed, ({ changes, name, node, output }) =>
    Effect.map(
      Effect.forEach(changes, (change) => {
        const code = codeIn(name, output, change)
        return code === undefined
          ? Effect.succeedNone
          : // what is no program is told as a text that changed
            Effect.option(
              compareTexts(
                { path: code.file, text: code.before },
                { path: code.file, text: code.after },
                "typescript"
              )
            )
      }),
      (code) => ({ node, name, changes, code: code.flatMap(Option.toArray) })
    )
  )
