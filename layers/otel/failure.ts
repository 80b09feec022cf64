/** What of a failure leaves the process: of Aegis' own errors the message, which repeats nothing of a prompt; of others only the name. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { isOwnError } from "../../src/cli/exitCode.js"

export type End =
  | { readonly _tag: "Succeeded" | "Interrupted" }
  | { readonly _tag: "Failed"; readonly type: string; readonly message: string }

/** How a span ended. Who is only interrupted has not failed. */
export const endOf = (exit: Exit.Exit<unknown, unknown>): End => {
  if (Exit.isSuccess(exit)) return { _tag: "Succeeded" }
  if (Cause.isInterruptedOnly(exit.cause)) return { _tag: "Interrupted" }
  const error = Cause.squash(exit.cause)
  return isOwnError(error)
    ? { _tag: "Failed", type: error._tag, message: error.message }
    : { _tag: "Failed", type: error instanceof Error ? error.name : "UnknownError", message: "" }
}
