/** The lists of channels as they were put last. A list that grows is mostly what it was. */
import { type Lineage, lineageKey } from "../../src/runs/entry.js"
import type { EncodedElements } from "../../src/runs/values.js"
import { ByteLru } from "../../src/services/ByteLru.js"

export interface Lists {
  readonly get: (lineage: Lineage, channel: string) => EncodedElements | undefined
  readonly set: (lineage: Lineage, channel: string, elements: EncodedElements) => void
}

const bytes = 16 * 1024 * 1024
const overhead = 64
/** A shorter list is written as fast as it is compared. */
const worthKeeping = 4

export const makeLists = (): Lists => {
  const known = new ByteLru<EncodedElements>(bytes)
  return {
    get: (lineage, channel) => known.get(lineageKey(lineage) + channel),
    set: (lineage, channel, elements) => {
      const { texts } = elements
      if (texts.length < worthKeeping) return
      const size = texts.reduce((sum, { length }) => sum + length + overhead, 0)
      known.set(lineageKey(lineage) + channel, elements, size)
    }
  }
}
