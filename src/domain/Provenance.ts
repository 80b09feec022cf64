/** Where something came from: what made it, and what that was made of. */
import * as Schema from "effect/Schema"

export const ProvenanceKind = Schema.Literal(
  "artifact",
  "tool trace",
  "node",
  "checkpoint",
  "scaffold",
  "block"
)

export interface Provenance {
  readonly kind: typeof ProvenanceKind.Type
  /** An id, or the hash of a block. */
  readonly id: string
  readonly label: string
  readonly from: ReadonlyArray<Provenance>
}

export const Provenance: Schema.Schema<Provenance> = Schema.Struct({
  kind: ProvenanceKind,
  id: Schema.String,
  label: Schema.String,
  from: Schema.Array(Schema.suspend((): Schema.Schema<Provenance> => Provenance))
}).annotations({ identifier: "Provenance" })
