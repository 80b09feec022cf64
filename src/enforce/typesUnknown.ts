/** What is said of a file whose types were asked for and are not known: one finding, which no pack can leave out. */
import { hash } from "node:crypto"
import { Hash } from "../domain/Hash.js"
import type { Hit } from "./findings.js"
import type { PackedRule } from "./PackedRule.js"

const id = "types-unknown"

/** The rule `aegis/types-unknown`. Rules that need types did not judge the file, so it is an error. */
export const typesUnknown: PackedRule = {
  pack: { id: "aegis", version: "1.0.0", hash: Hash.make(hash("sha256", `aegis/${id}@1.0.0`, "hex")) },
  rule: {
    kind: "code",
    uses: id,
    id,
    severity: "error",
    name: "Types that are not known",
    description: "Types were asked for, and the file is in no project that gives them.",
    suggestion: "Include the file in a tsconfig.json, leave it out of what is judged, or leave --typed out."
  }
}

/** Of a file that is in no project. `tsconfig` is the nearest one, from the project's root. */
export const typesUnknownAt = (tsconfig: string | undefined): Hit => ({
  rule: typesUnknown,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  message:
    tsconfig === undefined
      ? "Its types are not known: there is no tsconfig.json in its folder or in one above it."
      : `Its types are not known: ${tsconfig} does not include it, or cannot be read.`
})
