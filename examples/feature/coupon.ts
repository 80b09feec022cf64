/** Coupons: what they take off an order, and when they are refused. */
import { isAmount, share } from "./money.js"

export type Coupon =
  | {
      readonly kind: "percentage"
      readonly code: string
      readonly basisPoints: number
      readonly until: number
    }
  | { readonly kind: "fixed"; readonly code: string; readonly cents: number; readonly until: number }

/** Why a coupon was refused. Part of the interface: the web layer has a sentence for each. */
export type CouponRefusal = "expired" | "invalid" | "second-coupon" | "nothing-to-discount"

export type CouponResult =
  | { readonly applied: true; readonly order: Order }
  | { readonly applied: false; readonly reason: CouponRefusal }

export interface Line {
  readonly sku: string
  readonly quantity: number
  readonly unitCents: number
}

export interface Order {
  readonly lines: ReadonlyArray<Line>
  readonly shippingCents: number
  readonly coupon: Coupon | undefined
  readonly currency: "EUR" | "USD"
}

/** The sum of the lines, before any discount and without shipping. */
export const itemsCents = (order: Order): number =>
  order.lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0)

/** What the coupon takes off. Terms of sale 4.2: a coupon never pays for shipping. */
export const discountCents = (order: Order): number => {
  const { coupon } = order
  if (coupon === undefined) return 0
  const items = itemsCents(order)
  return coupon.kind === "percentage" ? share(items, coupon.basisPoints) : Math.min(coupon.cents, items)
}

const isValid = (coupon: Coupon): boolean =>
  coupon.kind === "percentage"
    ? Number.isInteger(coupon.basisPoints) && coupon.basisPoints > 0 && coupon.basisPoints <= 10_000
    : isAmount(coupon.cents) && coupon.cents > 0

/** Puts a coupon into an order. `now` is in milliseconds since the epoch. */
export const applyCoupon = (order: Order, coupon: Coupon, now: number): CouponResult => {
  if (order.coupon !== undefined) return { applied: false, reason: "second-coupon" }
  if (!isValid(coupon)) return { applied: false, reason: "invalid" }
  if (coupon.until < now) return { applied: false, reason: "expired" }
  if (itemsCents(order) === 0) return { applied: false, reason: "nothing-to-discount" }
  return { applied: true, order: { ...order, coupon } }
}
