/** Which blocks instruct the model and which are the user's turn. */
import type { BlockType } from "../../domain/PromptBlock.js"
import { isStable } from "../layout.js"

/**
 * How many leading blocks are the system (or developer) part: all up to the first context block. A request needs a
 * user's turn, so when every block is stable the last one is it.
 */
export const systemLength = (types: ReadonlyArray<BlockType>): number => {
  const firstVolatile = types.findIndex((type) => !isStable(type))
  return firstVolatile === -1 ? Math.max(0, types.length - 1) : firstVolatile
}
