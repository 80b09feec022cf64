import type { CanonicalError } from "../../domain/PromptErrors.js"
import { NotRecordable } from "../../domain/ReplayErrors.js"

/** What of a node JSON cannot hold. */
export const refuse = (
  node: string,
  what: "input" | "output",
  { path, problem }: CanonicalError
): NotRecordable => new NotRecordable({ node, what, path, reason: problem })
