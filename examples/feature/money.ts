/** Amounts of money: integers of cents. */

/** The largest order that the payment provider takes. */
export const maximumCents = 99_999_999

/** Whether a number is an amount: whole, not negative, and not beyond what can be charged. */
export const isAmount = (cents: number): boolean =>
  Number.isSafeInteger(cents) && cents >= 0 && cents <= maximumCents

/** The part of an amount that basis points name, rounded half away from zero. 1250 basis points are 12.5 %. */
export const share = (cents: number, basisPoints: number): number =>
  Math.floor((cents * basisPoints + 5_000) / 10_000)

/** An amount as a customer reads it. */
export const format = (cents: number, currency: "EUR" | "USD"): string => {
  const sign = currency === "EUR" ? "€" : "$"
  return `${sign}${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`
}
