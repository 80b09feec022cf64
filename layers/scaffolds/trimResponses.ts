/** Answers of providers that are too old, or too many, go: the oldest first. */
import type { Run } from "../storage/SqliteWire.js"

const tooOld = "DELETE FROM response WHERE at < ?"
/** Sums up in the index, newest first, until the bytes are too many. */
const tooMany = `DELETE FROM response WHERE id IN (
  SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY at DESC, id DESC) AS upto FROM response) WHERE upto > ?)`

/** `since` in milliseconds since the epoch. To be run in a step. */
export const trimResponses = (
  run: Run,
  limits: { readonly since?: number; readonly maxBytes?: number | undefined }
): void => {
  if (limits.since !== undefined) run(tooOld, limits.since)
  if (limits.maxBytes !== undefined) run(tooMany, limits.maxBytes)
}
