/** Says that requests are those of an operation that the ledger has as a whole: they have no records of their own. */
import * as Context from "effect/Context"

/** How many requests the network answered, and how many the recording that is replayed. */
export interface Answers {
  network: number
  recording: number
}

/** It holds for the effect that it is said of, and counts what is asked in it. Undefined: each request is an operation. */
export class Accounted extends Context.Reference<Accounted>()("aegis/Executor/Accounted", {
  defaultValue: (): Answers | undefined => undefined
}) {}
