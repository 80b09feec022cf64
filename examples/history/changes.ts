/** The changes that came in within two weeks: on working days, between nine and five, some in a row and some after a pause. */

export interface Change {
  /** When it came, in milliseconds since the epoch. */
  readonly at: number
  readonly text: string
}

const day = 24 * 60 * 60_000
const minute = 60_000

/** Numbers between 0 and 1 that are the same in every run (Park and Miller, 1988). */
const makeRandom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const places = ["cart", "coupon", "stock", "payment", "refund", "shipping", "tax", "webhook"]

/** The two weeks end with the day before `now`. */
export const changes = (now: number): ReadonlyArray<Change> => {
  const random = makeRandom(20_261_109)
  const end = Math.floor(now / day) * day
  const found: Array<Change> = []
  for (let midnight = end - 14 * day; midnight < end; midnight += day) {
    if ([0, 6].includes(new Date(midnight).getUTCDay())) continue
    let at = midnight + 9 * 60 * minute
    while (at < midnight + 17 * 60 * minute) {
      at += Math.round(random() < 0.85 ? random() * 8 * minute : (10 + random() * 80) * minute)
      const place = places[Math.floor(random() * places.length)] ?? "cart"
      const lines = 3 + Math.floor(random() * 40)
      found.push({
        at,
        text: `Change ${found.length + 1} to ${place}.ts, ${lines} lines:\n${Array.from(
          { length: lines },
          (_, line) => `+  const ${place}${line} = ${place}Of(order, ${Math.floor(random() * 1000)})`
        ).join("\n")}`
      })
    }
  }
  return found
}
