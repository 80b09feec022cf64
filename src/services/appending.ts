/** What every storage does with a draft before it is written: whether it may be, and how it is linked to the log. */
import { type Facts, type Head, link, payloadDigest } from "../runs/chain.js"
import { type Draft, kinds } from "../runs/entry.js"
import { packName } from "../runs/packed.js"

export interface Linked {
  readonly facts: Facts
  readonly digest: Uint8Array
  /** The head of the lineage once the draft is its last entry. */
  readonly head: Head
}

/** Throws where a fact is none that an entry can have, such as a time before 1970. */
export const linkDraft = (head: Head, draft: Draft): Linked => {
  if (!Number.isInteger(draft.at)) throw new RangeError("The time of an entry is in whole milliseconds")
  const facts = {
    kind: draft.kind,
    id: packName(draft.id),
    parent: draft.parent === undefined ? null : packName(draft.parent),
    at: draft.at
  }
  const digest = draft.restored?.emptied ?? payloadDigest(draft.meta, draft.body)
  return { facts, digest, head: link(head, facts, digest) }
}

/** Whether a draft may be the first of a thread that was deleted before: a run begins with a checkpoint without a parent. */
export const begins = ({ kind, parent, restored }: Draft): boolean =>
  restored !== undefined || (parent === undefined && kind === kinds.checkpoint)
