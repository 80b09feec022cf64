/** How a response cache answered, as the response itself says it: whoever reads answers of an SDK has nothing else to read it from. */
import * as Schema from "effect/Schema"
import { Outcome } from "../../domain/Outcome.js"

/** The header that a response cache adds to what it answers. */
export const outcomeHeader = "aegis-outcome"

const isOutcome = Schema.is(Outcome)

/** What a response says; undefined where no cache was asked. */
export const outcomeOf = (response: Response): Outcome | undefined => {
  const said = response.headers.get(outcomeHeader)
  return isOutcome(said) ? said : undefined
}
