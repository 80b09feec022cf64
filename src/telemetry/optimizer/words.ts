/** A change in words. */
import type { BlockRef, LayoutChange } from "../../domain/Optimization.js"
import type { RequestMark } from "../../domain/ProviderRequest.js"

const nameOf = ({ index, name, type }: BlockRef): string =>
  name !== undefined ? `"${name}"` : type !== undefined ? `the ${type} block` : `block ${index + 1}`

const milliseconds = (value: number): string =>
  value % 60_000 === 0 && value >= 60_000
    ? `${value / 60_000} min`
    : value >= 60_000
      ? `${Math.floor(value / 60_000)} min ${Math.round((value % 60_000) / 1000)} s`
      : `${value / 1000} s`

const listed = (numbers: ReadonlyArray<number>): string =>
  numbers.length > 8 ? `${numbers.slice(0, 8).join(", ")} and ${numbers.length - 8} more` : numbers.join(", ")

const placeOf = (block: number): string =>
  block >= 0 ? `block ${block + 1}` : block === -1 ? "the last block" : `the last block but ${-1 - block}`

const marksIn = (marks: ReadonlyArray<RequestMark>): string =>
  marks.map(({ block, ttl }) => `after ${placeOf(block)} for ${ttl}`).join(", ")

/** What is wrong, in a few words. */
export const describe = (changes: ReadonlyArray<LayoutChange>): string =>
  changes
    .map((change) => {
      switch (change._tag) {
        case "MoveBlock":
          return `${nameOf(change.block)} stands where its changes spoil what is behind it`
        case "SplitLines":
          return `${change.lines.length === 1 ? "a line" : `${change.lines.length} lines`} of ${nameOf(change.block)} changed while the rest stayed`
        case "Mark":
          return "the marks stand elsewhere than where prefixes come again"
        case "TimeToLive":
          return "the times to live do not fit the pauses between requests"
        case "KeepWarm":
          return "prefixes expire in pauses that pings would bridge for less"
        case "Batch":
          return "requests of one prefix are sent too far apart, or before it can be found"
      }
    })
    .filter((text, i, all) => all.indexOf(text) === i)
    .join("; ")

/** What to do, as instructions. */
export const instruct = (changes: ReadonlyArray<LayoutChange>): string =>
  changes
    .map((change) => {
      switch (change._tag) {
        case "MoveBlock":
          return `Move ${nameOf(change.block)} to place ${change.to + 1}.`
        case "SplitLines":
          return change.lines.length === 1
            ? `Move line ${listed(change.lines)} of ${nameOf(change.block)} into a block of its own at place ${change.to.index + 1}.`
            : `Move lines ${listed(change.lines)} of ${nameOf(change.block)} into a block of their own at place ${change.to.index + 1}.`
        case "Mark":
        case "TimeToLive":
          return change.marks.length === 0
            ? "Set no marks (`marks: []` in the front matter): nothing that is written is read."
            : `Set marks ${marksIn(change.marks)}, and no others (\`marks\` in the front matter).`
        case "KeepWarm":
          return `When nothing asks for a prefix, ask for it again every ${milliseconds(change.every)} with max_tokens 0, at most ${change.times} time${change.times === 1 ? "" : "s"} in a row.`
        case "Batch":
          return `Hold requests that can wait back for up to ${milliseconds(change.window)}; send the first of each prefix, and the others when its answer has begun.`
      }
    })
    .join(" ")
