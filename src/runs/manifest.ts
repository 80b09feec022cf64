/**
 * What a checkpoint consists of, without its values: for each channel its version and the entry that holds its value. It is
 * written as its difference from an earlier one, its keyframe, so that a step writes what it changed.
 */

/** What a writer calls a state of a channel. A value may be carried over as long as its version stays the same. */
export type Version = number | string | null

/** The place of a value: an entry of the same lineage, this very entry, or nowhere. */
export interface Slot {
  readonly version: Version
  /** The number of the entry, `here`, or `empty`. */
  readonly n: number
}

/** The value lies in the entry that says so. */
export const here = 0
/** The channel is known and holds nothing. */
export const empty = -1

export interface Manifest {
  readonly channels: ReadonlyMap<string, Slot>
  /** Nodes of the graph, each in an entry of its own. */
  readonly nodes: ReadonlyMap<string, Slot>
  /** For each task that ran, what it had seen: JSON as its writer gave it. */
  readonly seen: ReadonlyMap<string, string>
}

export const nothing: Manifest = { channels: new Map(), nodes: new Map(), seen: new Map() }

/** Facts of a checkpoint besides its manifest, as JSON: `v` and `ts` of LangGraph, the name of a native one. */
export type Notes = Readonly<Record<string, unknown>>

export interface Keyframe {
  readonly n: number
  readonly manifest: Manifest
}

/** A keyframe is kept as long as no more than this part of what it says has changed. */
const mostChanged = 2 / 3

/**
 * Whether writing everything once pays for itself. Steps that each change `fresh` more of `all` write differences of `fresh`,
 * `2 * fresh` and so on; together these have cost as much as a keyframe once one has grown to the root of `2 * all * fresh`.
 */
const isDue = (changes: number, all: number, fresh: number): boolean =>
  changes > all * mostChanged || changes * changes > 2 * all * fresh

interface Difference<A> {
  readonly changed: ReadonlyArray<readonly [name: string, value: A]>
  readonly removed: ReadonlyArray<string>
}

const difference = <A>(
  before: ReadonlyMap<string, A>,
  after: ReadonlyMap<string, A>,
  isSame: (one: A, other: A) => boolean
): Difference<A> => {
  const changed: Array<readonly [string, A]> = []
  let kept = 0
  for (const [name, value] of after) {
    const old = before.get(name)
    if (old !== undefined) kept += 1
    if (old === undefined || !isSame(old, value)) changed.push([name, value])
  }
  const removed = kept === before.size ? [] : [...before.keys()].filter((name) => !after.has(name))
  return { changed, removed }
}

const isSameSlot = (one: Slot, other: Slot): boolean => one.version === other.version && one.n === other.n
const isSameText = (one: string, other: string): boolean => one === other

/** About how much a step changes: what it wrote, and as many versions that were seen. */
const freshIn = ({ channels, nodes }: Manifest): number => {
  let fresh = 0
  for (const { n } of channels.values()) if (n === here) fresh += 1
  for (const { n } of nodes.values()) if (n === here) fresh += 1
  return Math.max(1, 2 * fresh)
}

const slotText = ([name, { n, version }]: readonly [string, Slot]): string =>
  `[${JSON.stringify(name)},${JSON.stringify(version)},${n}]`
const seenText = ([name, text]: readonly [string, string]): string => `[${JSON.stringify(name)},${text}]`

const field = (name: string, texts: ReadonlyArray<string>): string =>
  texts.length === 0 ? "" : `,"${name}":[${texts.join(",")}]`

/**
 * The header of a checkpoint, in JSON, and whether it needs the keyframe.
 */
export const encodeManifest = (
  notes: Notes,
  manifest: Manifest,
  keyframe: Keyframe | undefined
): { readonly header: string; readonly keyframe: number | undefined } => {
  const before = keyframe?.manifest ?? nothing
  const channels = difference(before.channels, manifest.channels, isSameSlot)
  const nodes = difference(before.nodes, manifest.nodes, isSameSlot)
  const seen = difference(before.seen, manifest.seen, isSameText)
  const changes = channels.changed.length + nodes.changed.length + seen.changed.length
  const all = manifest.channels.size + manifest.nodes.size + manifest.seen.size
  if (keyframe !== undefined && isDue(changes, all, freshIn(manifest)))
    return encodeManifest(notes, manifest, undefined)
  const removed = [channels.removed, nodes.removed, seen.removed]
  const header =
    `{"f":${JSON.stringify(notes)}` +
    (keyframe === undefined ? "" : `,"k":${keyframe.n}`) +
    field("c", channels.changed.map(slotText)) +
    field("n", nodes.changed.map(slotText)) +
    field("s", seen.changed.map(seenText)) +
    (removed.every((names) => names.length === 0) ? "" : `,"d":${JSON.stringify(removed)}`) +
    "}"
  return { header, keyframe: keyframe?.n }
}

/** The header of a checkpoint as it was written. */
export interface Header {
  readonly notes: Notes
  readonly keyframe: number | undefined
  /** The whole manifest, given that of the keyframe. `here` has become the checkpoint's own number. */
  readonly over: (keyframe: Manifest) => Manifest
}

/** Reads a header; `n` is the number of its own entry. Nothing for what is none. */
export const decodeManifest = (header: unknown, n: number): Header | undefined => {
  if (typeof header !== "object" || header === null) return undefined
  const { c = [], d = [[], [], []], f, k, n: g = [], s = [] } = header as Record<string, unknown> // an object has fields
  if (typeof f !== "object" || f === null || Array.isArray(f)) return undefined
  if (k !== undefined && !isEarlier(k, n)) return undefined
  const channels = slots(c, n)
  const nodes = slots(g, n)
  const seen = texts(s)
  const removed = Array.isArray(d) ? d.map(names) : [undefined]
  if (channels === undefined || nodes === undefined || seen === undefined) return undefined
  if (removed.includes(undefined)) return undefined
  return {
    notes: f as Notes, // an object, as JSON.parse made it
    keyframe: k,
    over: (keyframe) => ({
      channels: overlay(keyframe.channels, channels, removed[0]),
      nodes: overlay(keyframe.nodes, nodes, removed[1]),
      seen: overlay(keyframe.seen, seen, removed[2])
    })
  }
}

const overlay = <A>(
  before: ReadonlyMap<string, A>,
  changed: ReadonlyMap<string, A>,
  removed: ReadonlyArray<string> = []
): ReadonlyMap<string, A> => {
  if (before.size === 0) return changed
  const after = new Map(before)
  for (const name of removed) after.delete(name)
  for (const [name, value] of changed) after.set(name, value)
  return after
}

/** Whether this is the number of an entry before that with number `n`. */
const isEarlier = (k: unknown, n: number): k is number =>
  typeof k === "number" && Number.isInteger(k) && k > 0 && k < n

const names = (list: unknown): ReadonlyArray<string> | undefined =>
  Array.isArray(list) && list.every((name) => typeof name === "string") ? list : undefined

const slots = (list: unknown, own: number): ReadonlyMap<string, Slot> | undefined => {
  if (!Array.isArray(list)) return undefined
  const found = new Map<string, Slot>()
  for (const row of list as ReadonlyArray<unknown>) {
    if (!Array.isArray(row)) return undefined
    const [name, version, n] = row as ReadonlyArray<unknown>
    if (typeof name !== "string" || (n !== here && n !== empty && !isEarlier(n, own))) return undefined
    if (typeof version !== "number" && typeof version !== "string" && version !== null) return undefined
    found.set(name, { version, n: n === here ? own : n })
  }
  return found
}

const texts = (list: unknown): ReadonlyMap<string, string> | undefined => {
  if (!Array.isArray(list)) return undefined
  const found = new Map<string, string>()
  for (const row of list as ReadonlyArray<unknown>) {
    if (!Array.isArray(row)) return undefined
    const [name, value] = row as ReadonlyArray<unknown>
    if (typeof name !== "string" || value === undefined) return undefined
    found.set(name, JSON.stringify(value))
  }
  return found
}
