/** What is said of a file that cannot be read as code: one finding, which no pack can leave out. */
import { hash } from "node:crypto"
import { Hash } from "../domain/Hash.js"
import type { Hit } from "./findings.js"
import type { PackedRule } from "./PackedRule.js"

const id = "parse-error"

/** The rule `aegis/parse-error`. Nobody judged the rest of the file, so it is an error. */
export const parseError: PackedRule = {
  pack: { id: "aegis", version: "1.0.0", hash: Hash.make(hash("sha256", `aegis/${id}@1.0.0`, "hex")) },
  rule: {
    kind: "code",
    uses: id,
    id,
    severity: "error",
    name: "Code that cannot be read",
    description: "The file cannot be parsed, so that no rule could judge it.",
    suggestion: "Mend the syntax, or leave the file out."
  }
}

/** Of a file that cannot be parsed. Without a place it stands at the start of the file. */
export const parseErrorAt = (problem: string, line = 1, column = 1): Hit => ({
  rule: parseError,
  line,
  column,
  endLine: line,
  endColumn: column,
  message: `The file cannot be parsed: ${problem}`
})
