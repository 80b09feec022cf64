/** Which checks `--only` names. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CheckName } from "../../domain/CiSettings.js"
import { nearest } from "../../domain/nearest.js"
import { UsageError } from "../UsageError.js"

const names: ReadonlyArray<CheckName> = CheckName.literals
const isName = (word: string): word is CheckName => names.some((name) => name === word)

/** In the order in which they are told; all of them where none is named. */
export const checksToRun = (
  only: Option.Option<string>
): Effect.Effect<ReadonlyArray<CheckName>, UsageError> => {
  if (Option.isNone(only)) return Effect.succeed(names)
  const words = only.value.split(",").map((word) => word.trim())
  const wrong = words.find((word) => !isName(word))
  if (wrong === undefined) return Effect.succeed(names.filter((name) => words.includes(name)))
  const meant = nearest(wrong, names)
  return new UsageError({
    problem: `There is no check "${wrong}"`,
    fix: `${meant === undefined ? "" : `Did you mean "${meant}"? `}There are: ${names.join(", ")}.`
  })
}
