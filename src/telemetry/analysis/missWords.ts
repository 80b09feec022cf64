/** One plain sentence on why input was not read from the provider's cache. */
import type { MissCause } from "../../domain/TelemetryAnalysis.js"

/** A cause without its sentence. `behind` of its tokens are of blocks that had not changed. */
export interface Untold extends Omit<MissCause, "summary" | "cost" | "examples"> {
  readonly behind: number
}

const count = (value: number): string => Math.round(value).toLocaleString("en-US")
const calls = (value: number): string => (value === 1 ? "1 call" : `${count(value)} calls`)

/** As `12m 5s`, in two units. */
const pause = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}h ${minutes}m` : minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`
}

const titleOf = (block: MissCause["block"]): string =>
  block === undefined
    ? "A block"
    : `Block ${block.index + 1}` +
      (block.type === undefined ? "" : ` <${block.type}>`) +
      (block.name === undefined ? "" : ` ${JSON.stringify(block.name)}`)

const edited = (cause: Untold, what: string): string =>
  `${titleOf(cause.block)} ${what} in ${calls(cause.calls)} of ${cause.model}: ${count(cause.tokens)} input tokens were not read from the cache` +
  (cause.behind > 0 ? `, ${count(cause.behind)} of them of blocks behind it that had not changed.` : ".")

export const summaryOf = (cause: Untold): string => {
  const { idle, model, provider, reason, tokens } = cause
  const where = `In ${calls(cause.calls)} of ${model}`
  const unread = `${count(tokens)} input tokens`
  switch (reason) {
    case "changed":
      return edited(cause, "changed")
    case "added":
      return edited(cause, "was added")
    case "removed":
      return edited(cause, "stood where another was taken out")
    case "moved":
      return edited(cause, "was moved")
    case "expired":
      return `${where} the cached prefix had expired${idle === undefined ? "" : `, unused for ${pause(idle)} on average`}: ${unread} were read again.`
    case "below-minimum":
      return `${where} the prefix was shorter than what its provider keeps: ${unread} were read again.`
    case "key":
      return `${where} what was cached was under another key (model, tenant or parameters): ${unread} were read again.`
    case "first":
      return `${where} ${unread} had not been sent before.`
    case "unmarked":
      return `${where} ${unread} were read again that nothing had marked to be kept.`
    case "evicted":
      return `${where} ${provider} did not find ${unread} that by its rules it still had.`
  }
}
