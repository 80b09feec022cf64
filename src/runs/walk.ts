/** What writing and reading share: where they are in a value, how deep they may go, how they stop. */
import { ValueError } from "../domain/RunErrors.js"
import type { ValueReason } from "../domain/RunErrors.js"
import { jsonPointer } from "../prompt/pointer.js"
import type { Extension, Refusal } from "./Extension.js"

/** How deep a value may be nested. In a Map an entry is a level, and so is the Map. */
export const maxDepth = 1_000

export interface Walk {
  readonly extension: Extension | undefined
  /** By depth, the key that is followed; undefined where a tag adds a level that the value does not have. */
  readonly keys: Array<string | number | undefined>
  /** By depth, the object that is walked through. */
  readonly above: Array<object>
  /** Whether something was written that JSON has not. */
  tagged: boolean
}

export const makeWalk = (extension: Extension | undefined): Walk => ({
  extension,
  keys: [],
  above: [],
  tagged: false
})

/** Thrown inside of this room only: `values.ts` catches it. No `Error`, which would cost a stack trace. */
export class Stop {
  readonly refusal: Refusal
  readonly path: string
  constructor(refusal: Refusal, path: string) {
    this.refusal = refusal
    this.path = path
  }
}

export const stop = (walk: Walk, depth: number, reason: ValueReason, what?: string): Stop =>
  new Stop({ reason, what }, pathTo(walk, depth))

const pathTo = (walk: Walk, depth: number): string =>
  jsonPointer(walk.keys.slice(0, depth).filter((key) => key !== undefined))

/** The error for whatever was thrown: a Stop, the end of the stack, what a parser threw. */
export const errorOf = (thrown: unknown, otherwise: ValueReason): ValueError => {
  if (thrown instanceof Stop) {
    const { reason, what } = thrown.refusal
    return new ValueError({ path: thrown.path, reason, what: what?.slice(0, 200).toWellFormed() })
  }
  const reason = isStackOverflow(thrown) ? "too-deep" : isTooLong(thrown) ? "too-large" : otherwise
  return new ValueError({ path: "", reason })
}

export const isStackOverflow = (thrown: unknown): boolean =>
  thrown instanceof RangeError && thrown.message.includes("call stack")

const isTooLong = (thrown: unknown): boolean =>
  thrown instanceof RangeError && thrown.message.includes("string length")
