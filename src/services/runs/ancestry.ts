/** Notes in the log that say where the ancestors of a checkpoint are that nobody finds by name any more. */
import { type Draft, type Entry, kinds } from "../../runs/entry.js"
import { readEntry } from "../../runs/snapshot.js"
import { event } from "../checkpoints/refs.js"
import type { Ancestry } from "./Keeping.js"

export const ancestryNote = (id: string, at: number, ancestry: Ancestry): Draft =>
  event(kinds.note, id, at, { ancestry })

/** What the last such note says. */
export const ancestryIn = (notes: ReadonlyArray<Entry>): Ancestry | undefined => {
  for (const note of notes.toReversed()) {
    const ancestry = ancestryOf(readEntry(note)?.header)
    if (ancestry !== undefined) return ancestry
  }
  return undefined
}

/** What a note says, out of the header of its body. */
export const ancestryOf = (header: unknown): Ancestry | undefined => {
  const ancestry: unknown =
    typeof header === "object" && header !== null ? Reflect.get(header, "ancestry") : undefined
  return isAncestry(ancestry) ? ancestry : undefined
}

const isAncestry = (value: unknown): value is Ancestry =>
  Array.isArray(value) &&
  value.every(
    (pair: unknown) =>
      Array.isArray(pair) &&
      typeof pair[0] === "number" &&
      Array.isArray(pair[1]) &&
      pair[1].every((n) => typeof n === "number")
  )
