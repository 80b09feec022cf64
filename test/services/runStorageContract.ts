/** What every RunStorage promises. Storages are compared with these words, not with one another. */
import type * as Layer from "effect/Layer"
import { appends } from "./runStorageAppends.js"
import { names } from "./runStorageNames.js"
import { reads } from "./runStorageReads.js"
import { removals } from "./runStorageRemovals.js"
import type { RunDatabase } from "./runStorages.js"

export const suite = (name: string, layer: Layer.Layer<RunDatabase>): void => {
  for (const part of [appends, reads, removals, names]) part(name, layer)
}
