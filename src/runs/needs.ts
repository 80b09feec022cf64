/** What a checkpoint needs besides its own entry. */
import type { Entry } from "./entry.js"
import { decodeManifest, empty, type Header, type Manifest } from "./manifest.js"
import { type Content, readEntry } from "./snapshot.js"

/** Before this version of LangGraph's checkpoints, sends were the writes of the parent. */
const sendsInChannel = 4

export interface ReadCheckpoint {
  readonly content: Content
  readonly header: Header
}

/** A checkpoint out of its entry; nothing when it is not what was written. */
export const readCheckpoint = (entry: Entry): ReadCheckpoint | undefined => {
  const content = readEntry(entry)
  const header = content && decodeManifest(content.header, entry.n)
  return content === undefined || header === undefined ? undefined : { content, header }
}

/** The entries that hold the values of a checkpoint. */
export const holdersOf = ({ channels, nodes }: Manifest): ReadonlySet<number> => {
  const holders = new Set<number>()
  for (const slots of [channels, nodes]) for (const { n } of slots.values()) if (n !== empty) holders.add(n)
  return holders
}

/**
 * The DeltaChannels of LangGraph whose value is not in the checkpoint: it is made of what ancestors wrote, back to the nearest
 * one that has it.
 */
export const openDeltas = (
  { content, header }: ReadCheckpoint,
  manifest: Manifest
): ReadonlyArray<string> => {
  const isOpen = (name: string): boolean => (manifest.channels.get(name)?.n ?? empty) === empty
  const counters = countersIn(content.meta)
  if (counters !== undefined) return counters.filter(isOpen)
  // metadata with tags may say it in another place: each channel without a value may be one
  return header.notes.m === 1 ? [...manifest.channels.keys()].filter(isOpen) : []
}

const countersIn = (meta: Uint8Array): ReadonlyArray<string> | undefined => {
  try {
    const metadata: unknown = JSON.parse(Buffer.from(meta).toString())
    const counters: unknown =
      typeof metadata === "object" && metadata !== null
        ? Reflect.get(metadata, "counters_since_delta_snapshot")
        : undefined
    return typeof counters === "object" && counters !== null ? Object.keys(counters) : undefined
  } catch {
    return undefined
  }
}

/** Whether the writes of the parent are a part of the checkpoint. */
export const needsSends = ({ header: { notes } }: ReadCheckpoint): boolean =>
  typeof notes.v === "number" && notes.v < sendsInChannel

/** The run of LangGraph that put a checkpoint. */
export const runIdOf = ({ header: { notes } }: ReadCheckpoint): string | undefined =>
  typeof notes.r === "string" ? notes.r : undefined
