/** What every storage does with a draft before it is written: whether it may be, and how it is linked to the log. */
import { type Facts, type Head, link, payloadDigest } from "../runs/chain.js"
import { type Draft, kinds, type RefKind } from "../runs/entry.js"
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

/** Where a name of the lineage points, 0 for nowhere. */
export type PointsTo = (kind: RefKind, name: string) => number

/** Whether drafts say where a name has to point before. */
export const expects = (drafts: ReadonlyArray<Draft>): boolean =>
  drafts.some(({ refs }) => refs?.some(({ from }) => from !== undefined))

/** Whether every name points to where its writer saw it. */
export const isAsExpected = (drafts: ReadonlyArray<Draft>, pointsTo: PointsTo): boolean =>
  drafts.every(({ refs = [] }) =>
    refs.every(({ from, kind, name }) => from === undefined || from === pointsTo(kind, name))
  )

/** A draft that is written wherever its names point. */
export const unconditional = (draft: Draft): Draft =>
  draft.refs === undefined
    ? draft
    : { ...draft, refs: draft.refs.map(({ kind, n, name }) => ({ kind, n, name })) }
