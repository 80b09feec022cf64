/** Dollars as whole nano-dollars, so that sums are exact. */
import type { Usd } from "../../domain/Measures.js"

const perUsd = 1e9

/** What is off a whole number by less is that number: rates times counts are not exact, and neither are large floats. */
const noiseOf = (exact: number): number => Math.max(1e-3, exact * 2 * Number.EPSILON)

/** Part of a nano-dollar counts as a whole one. What is more than can be told apart is the largest that can. */
export const toNanos = (usd: number): number => {
  const exact = usd * perUsd
  const nearest = Math.round(exact)
  const nanos = Math.abs(exact - nearest) < noiseOf(exact) ? nearest : Math.ceil(exact)
  return Math.min(nanos, Number.MAX_SAFE_INTEGER)
}

/** Nano-dollars are not negative, and neither is what they are in dollars. */
export const toUsd = (nanos: number): Usd => (nanos / perUsd) as Usd
