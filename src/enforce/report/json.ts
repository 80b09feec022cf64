/** The report as JSON by its schema, its fields in the order of the schema. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ComplianceReport } from "../../domain/Compliance.js"

const encode = Schema.encode(ComplianceReport)

export const toJson = (report: ComplianceReport): Effect.Effect<string> =>
  // a report is a value of its schema; if not, that is our fault and no one's input
  Effect.map(Effect.orDie(encode(report)), (encoded) => `${JSON.stringify(encoded, null, 2)}\n`)
