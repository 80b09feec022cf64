/** The causes of misses in words. No text of a prompt, only what its author called its blocks. */
import type { MissCause, MissReason } from "../domain/TelemetryAnalysis.js"
import { capital, figure } from "./words.js"

export interface Told {
  readonly reason: MissReason
  readonly block: MissCause["block"]
  readonly calls: number
  readonly tokens: number
  /** How many of the tokens are of blocks that did not change themselves. */
  readonly unchanged: number
  /** In milliseconds, on average. */
  readonly idle?: number
}

const counted = (count: number, what: string): string => `${figure(count)} ${what}${count === 1 ? "" : "s"}`

const duration = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600),
    Math.floor(seconds / 60)
  ]
  if (days > 0) return `${days}d ${hours % 24}h`
  if (hours > 0) return `${hours}h ${minutes % 60}m`
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`
}

const nameOf = (block: Told["block"]): string => {
  if (block === undefined) return "a block"
  const { index, name, type } = block
  const called = [type, name === undefined ? undefined : `"${name}"`].filter((word) => word !== undefined)
  return `block ${index + 1}${called.length === 0 ? "" : ` (${called.join(" ")})`}`
}

/** One sentence: what happened, in how many calls, and how many tokens were not read for it. */
export const missSentence = ({ unchanged, block, calls, idle, reason, tokens }: Told): string => {
  const anew = `${counted(calls, "call")} paid for ${counted(tokens, "token")} anew`
  const spoiled = unchanged > 0 ? `, ${figure(unchanged)} of them in blocks that did not change` : ""
  switch (reason) {
    case "changed":
      return `${capital(nameOf(block))} changed: ${anew}${spoiled}.`
    case "added":
      return `${capital(nameOf(block))} was put before what was there: ${anew}${spoiled}.`
    case "removed":
      return `What stood before ${nameOf(block)} was taken out: ${anew}${spoiled}.`
    case "moved":
      return `${capital(nameOf(block))} stands in another place: ${anew}${spoiled}.`
    case "expired":
      return `The prefix was not used for ${duration(idle ?? 0)} on average, longer than it is kept: ${anew}.`
    case "below-minimum":
      return `The prefix is shorter than what the provider keeps: ${anew}.`
    case "key":
      return `The same blocks were sent with another model, scope, key or parameters: ${anew}.`
    case "first":
      return `${capital(counted(tokens, "token"))} in ${counted(calls, "call")} were new, or sent while the first answer had not begun: nothing was there to be read.`
    case "unmarked":
      return `No mark let the provider keep or find what was sent before: ${anew}.`
    case "evicted":
      return `By its rules the provider had the prefix, and did not read it: ${anew}.`
  }
}
