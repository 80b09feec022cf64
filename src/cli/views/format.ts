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
