/** What blocks of prompts came to: how much of them was read from the provider's cache, and how often they changed. */
import * as Option from "effect/Option"
import type { Hash } from "../../domain/Hash.js"
import type { ScaffoldId } from "../../domain/Ids.js"
import type { BlockType } from "../../domain/PromptBlock.js"
import type { ProviderRequest, RequestBlock } from "../../domain/ProviderRequest.js"
import type { BlockFacts } from "../../domain/TelemetryAnalysis.js"
import type { TelemetryRecord } from "../../domain/TelemetryRecord.js"
import { totalInput, type Usage } from "../../domain/Usage.js"
import { tokens } from "../../prompt/render/tokens.js"
import { scaledTo } from "../simulator/predictRecord.js"
import { isCall } from "../sums.js"

/** Counts of blocks of one kind. A block is `compared` with the one in the call before. */
interface Counts {
  calls: number
  compared: number
  changed: number
  tokens: number
  read: number
}

/** A block by its place among those of its name and type. */
interface Slot extends Counts {
  readonly type: BlockType | undefined
  readonly name: string | undefined
  last: Hash | undefined
}

/** Calls of one prompt: the same names and types of blocks, model and namespace. `scaffoldId` is that of the latest. */
interface Family {
  readonly slots: Map<string, Slot>
  scaffoldId: ScaffoldId
  calls: number
  latest: number
}

export interface BlockAnalysis {
  readonly add: (record: TelemetryRecord) => void
  /** First blocks of each type over all prompts, without a scaffold; then each block of the prompts that came to most tokens. */
  readonly result: () => ReadonlyArray<BlockFacts>
}

/** Prompts that are told apart; of twice as many, those that were called least are no longer. */
const mostFamilies = 500
/** Blocks that are told of. */
const mostRows = 100

const noCounts = (): Counts => ({ calls: 0, compared: 0, changed: 0, tokens: 0, read: 0 })

const kindOf = ({ name, part, type }: RequestBlock): string => JSON.stringify([part, type, name])

const familyOf = (
  { namespace }: TelemetryRecord,
  request: ProviderRequest,
  kinds: ReadonlyArray<string>
): string => JSON.stringify([namespace, request.provider, request.model, [...new Set(kinds)].sort()])

/** Each block's tokens as the provider counted them, and how many of those it read: what it read is the beginning. */
export const sharesOf = (
  request: ProviderRequest,
  usage: Usage
): ReadonlyArray<{ readonly tokens: number; readonly read: number }> => {
  const read = Option.getOrElse(usage.cacheRead, () => 0)
  let start = 0
  return scaledTo(request, totalInput(usage)).blocks.map(({ tokens }) => {
    const before = start
    start += tokens
    return { tokens, read: Math.max(0, Math.min(read, start) - before) }
  })
}

export const makeBlockAnalysis = (): BlockAnalysis => {
  const types = new Map<BlockType | undefined, Counts>()
  const families = new Map<string, Family>()
  let order = 0

  const familyFor = (key: string, scaffoldId: ScaffoldId): Family => {
    const known = families.get(key)
    if (known !== undefined) return known
    if (families.size >= 2 * mostFamilies) forgetRare(families)
    const made: Family = { slots: new Map(), scaffoldId, calls: 0, latest: 0 }
    families.set(key, made)
    return made
  }

  const typeFor = (type: BlockType | undefined): Counts => {
    const known = types.get(type)
    if (known !== undefined) return known
    const made = noCounts()
    types.set(type, made)
    return made
  }

  return {
    add: (record) => {
      const { request, scaffoldId, usage } = record
      if (request === undefined || !isCall(record)) return
      const kinds = request.blocks.map(kindOf)
      const family = familyFor(familyOf(record, request, kinds), scaffoldId)
      family.scaffoldId = scaffoldId
      family.calls += 1
      family.latest = order++
      // how much was read is not known where the provider does not say
      const shares = usage === undefined || Option.isNone(usage.cacheRead) ? [] : sharesOf(request, usage)
      const met = new Map<string, number>()
      const typesMet = new Set<BlockType | undefined>()
      request.blocks.forEach(({ hash, name, type }, i) => {
        const kind = kinds[i] ?? ""
        const nth = met.get(kind) ?? 0
        met.set(kind, nth + 1)
        const key = `${nth} ${kind}`
        const slot: Slot = family.slots.get(key) ?? { ...noCounts(), type, name, last: undefined }
        family.slots.set(key, slot)
        const ofType = typeFor(type)
        slot.calls += 1
        if (!typesMet.has(type)) ofType.calls += 1
        typesMet.add(type)
        for (const counts of [slot, ofType]) {
          if (slot.last !== undefined) counts.compared += 1
          if (slot.last !== undefined && slot.last !== hash) counts.changed += 1
          counts.tokens += shares[i]?.tokens ?? 0
          counts.read += shares[i]?.read ?? 0
        }
        slot.last = hash
      })
    },
    result: () => [
      ...[...types.entries()]
        .map(([type, counts]) => ({ ...(type === undefined ? {} : { type }), ...factsOf(counts) }))
        .sort(inOrder),
      ...[...families.values()]
        .flatMap(({ scaffoldId, slots }) =>
          [...slots.values()].map(({ name, type, ...counts }) => ({
            scaffoldId,
            ...(type === undefined ? {} : { type }),
            ...(name === undefined ? {} : { name }),
            ...factsOf(counts)
          }))
        )
        .sort(inOrder)
        .slice(0, mostRows)
    ]
  }
}

const factsOf = ({
  calls,
  changed,
  compared,
  read,
  tokens: all
}: Counts): Omit<BlockFacts, "scaffoldId" | "type" | "name"> => ({
  calls,
  tokens: tokens(all),
  read: tokens(read),
  volatility: compared === 0 ? 0 : changed / compared
})

/** What came to most first; of equals the order in which they were met stays. */
const inOrder = (a: BlockFacts, b: BlockFacts): number => b.tokens - a.tokens || b.calls - a.calls

const forgetRare = (families: Map<string, Family>): void => {
  const rare = [...families.entries()]
    .sort(([, a], [, b]) => b.calls - a.calls || b.latest - a.latest)
    .slice(mostFamilies)
  for (const [key] of rare) families.delete(key)
}
