/** Numbers for people: with their units, and `unknown` where they are not known. */
import * as Option from "effect/Option"

/** 12345 -> "12,345". By hand: the first Intl.NumberFormat of a process takes longer than the command it would serve. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",")

/** "1 block", "2 blocks" */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`

/** Dollars with as many digits as say something; unknown is never shown as free. */
export const money = (amount: Option.Option<number>): string =>
  Option.match(amount, {
    onNone: () => "unknown",
    onSome: (value) => {
      if (value === 0) return "$0"
      if (value >= 1) return `$${value.toFixed(2)}`
      if (value < 1e-9) return "<$0.000000001"
      const digits = 2 - Math.floor(Math.log10(value))
      return `$${value.toFixed(digits).replace(/0+$/, "")}`
    }
  })

/** A difference in dollars; below zero where it cost more. */
export const difference = (amount: number): string =>
  amount < 0 ? `-${money(Option.some(-amount))}` : money(Option.some(amount))

/** A rate, or a dash where nothing could have been counted. */
export const rate = (ratio: Option.Option<number>): string =>
  Option.match(ratio, { onNone: () => "–", onSome: percent })

/** Bytes in the largest unit that leaves at least 1. */
export const bytes = (value: number): string => {
  const units = ["B", "KB", "MB", "GB", "TB"]
  let size = value
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${unit === 0 || size >= 100 ? count(Math.round(size)) : size.toFixed(1)} ${units[unit] ?? ""}`
}

/** 0.1234 -> "12.3 %" */
export const percent = (ratio: number): string => `${(ratio * 100).toFixed(1).replace(/\.0$/, "")} %`

/** The start of a hash, enough to tell two apart on a screen. */
export const shortHash = (hash: string): string => hash.slice(0, 8)

/** How long ago something was, in its largest unit. */
export const ago = (then: string, now: number): string => {
  const seconds = Math.max(0, Math.floor((now - Date.parse(then)) / 1000))
  const units = [
    ["s", 60],
    ["min", 60],
    ["h", 24],
    ["d", 365],
    ["y", Infinity]
  ] as const
  let value = seconds
  for (const [unit, size] of units) {
    if (value < size) return `${count(value)} ${unit} ago`
    value = Math.floor(value / size)
  }
  return ""
}

/** Milliseconds as a person reads them; 0 is what nobody has measured. */
export const duration = (ms: number): string => (ms === 0 ? "unknown" : elapsed(ms))

/** Milliseconds that a clock has shown: 0 is less than it can tell. */
export const elapsed = (ms: number): string => {
  if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`
  return ms < 60_000
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

/** The shortest beginnings of these ids that tell them apart, of whole groups of digits. */
export const shortIds = (ids: ReadonlyArray<string>): ((id: string) => string) => {
  const all = new Set(ids)
  const length = [8, 13, 18, 23].find(
    (most) => new Set([...all].map((id) => id.slice(0, most))).size === all.size
  )
  return (id) => id.slice(0, length)
}

/** A JSON value on one line, cut where it is longer than `width`. */
export const shortJson = (value: unknown, width: number): string => {
  try {
    return cut(JSON.stringify(value) ?? "undefined", width)
  } catch {
    // nested more deeply than it can be written
    return "…"
  }
}

/** A text on one line, cut where it is longer than `width`; control characters would move the cursor. */
export const cut = (text: string, width: number): string => {
  const line = text.slice(0, width + 1).replaceAll(/[\s\p{Cc}]+/gu, " ")
  return text.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line
}
