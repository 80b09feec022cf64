/** Two sources, or one, as a forest. */
import { addTree } from "./canonical.js"
import type { Forest } from "./Forest.js"
import { makeForestBuilder } from "./ForestBuilder.js"
import type { Parsed } from "./Parsed.js"

export const forestOf = (before: Parsed, after: Parsed): Forest => {
  const builder = makeForestBuilder()
  addTree(builder, before)
  return builder.build(addTree(builder, after))
}
