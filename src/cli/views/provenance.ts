/** Where something came from, as a tree. */
import * as Effect from "effect/Effect"
import type { Provenance } from "../../domain/Provenance.js"
import { chosen } from "./facts.js"
import { type Paint, paint } from "./paint.js"
import type { Style } from "./Style.js"
import { type Branch, treeLines } from "./tree.js"

export const provenanceView = (provenance: Provenance, style: Style): Effect.Effect<string> =>
  Effect.sync(() => treeLines([branchOf(provenance, paint(style))]).join("\n"))

const branchOf = ({ from, id, kind, label }: Provenance, colors: Paint): Branch => ({
  line: [colors.strong(kind), ...(label === "" ? [] : [chosen(label)]), colors.faint(id)].join("  "),
  children: from.map((each) => branchOf(each, colors))
})
