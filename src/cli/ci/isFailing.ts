/** Which checks do not let a change through. */
import type { Check } from "../../domain/CachePerformance.js"
import type { CheckName } from "../../domain/CiSettings.js"

/** What failed, and what is unknown where it must be known. */
export const isFailing = ({ check, state }: Check, required: ReadonlyArray<CheckName>): boolean =>
  state === "failed" || (state === "unknown" && required.includes(check))
