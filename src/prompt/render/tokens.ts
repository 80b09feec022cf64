/** Arithmetic on token counts. */
import type { TokenCount } from "../../domain/Measures.js"

/** The nearest token count to a number that is not negative. */
export const tokens = (count: number): TokenCount =>
  // rounded and not negative, which is all that the brand asks for
  Math.max(0, Math.round(count)) as TokenCount
