/** Ages and sizes as they are typed. */
import * as Effect from "effect/Effect"
import { UsageError } from "./UsageError.js"

const second = 1000
const timeUnits = new Map([
  ["s", second],
  ["m", 60 * second],
  ["h", 3600 * second],
  ["d", 24 * 3600 * second],
  ["w", 7 * 24 * 3600 * second]
])
const sizeUnits = new Map([
  ["", 1],
  ["b", 1],
  ["k", 1024],
  ["kb", 1024],
  ["m", 1024 ** 2],
  ["mb", 1024 ** 2],
  ["g", 1024 ** 3],
  ["gb", 1024 ** 3]
])

const read = (text: string, units: ReadonlyMap<string, number>): number | undefined => {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = units.get(unit.toLowerCase())
  return number === "" || factor === undefined ? undefined : Math.floor(Number(number) * factor)
}

const measure = (
  text: string,
  units: ReadonlyMap<string, number>,
  flag: string,
  example: string
): Effect.Effect<number, UsageError> =>
  Effect.suspend(() => {
    const value = read(text, units)
    return value === undefined
      ? new UsageError({
          problem: `${flag} "${text}" cannot be read`,
          fix: `Write it as in ${flag} ${example}.`
        })
      : Effect.succeed(value)
  })

/** "30d", "12h" in milliseconds; undefined for what is no age. */
export const ageOf = (text: string): number | undefined => read(text, timeUnits)

/** "30d", "12h" in milliseconds. */
export const duration = (text: string, flag: string): Effect.Effect<number, UsageError> =>
  measure(text, timeUnits, flag, "30d")

/** "500MB", "1024" in bytes. */
export const size = (text: string, flag: string): Effect.Effect<number, UsageError> =>
  measure(text, sizeUnits, flag, "500MB")
