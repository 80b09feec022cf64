/** Code that is too long to be parsed: it would take minutes, and more memory than there is. */
import { parseErrorAt } from "../../src/enforce/parseError.js"
import type { Hit } from "../../src/enforce/findings.js"

/** In UTF-16 code units: ten times what people write, and some 20 s and 1.5 GB to an engine. */
const maxCode = 2_000_000

/** What is found in such a text; undefined for all others. Every engine that parses says the same. */
export const tooLong = (text: string): Hit | undefined =>
  text.length > maxCode ? parseErrorAt(`it is longer than ${maxCode} characters.`) : undefined
