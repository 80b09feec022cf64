/** The summary of an order, as the last page before payment shows it. */
import { discountCents, itemsCents, type Order } from "./coupon.js"
import { format } from "./money.js"

export interface SummaryRow {
  readonly label: "items" | "discount" | "shipping" | "total"
  readonly text: string
}

/** What is charged: the items without the discount, and the shipping. */
export const totalCents = (order: Order): number =>
  itemsCents(order) - discountCents(order) + order.shippingCents

/** The rows from top to bottom. An order without a coupon has no row for a discount. */
export const summarize = (order: Order): ReadonlyArray<SummaryRow> => {
  const discount = discountCents(order)
  const row = (label: SummaryRow["label"], cents: number): SummaryRow => ({
    label,
    text: format(cents, order.currency)
  })
  return [
    row("items", itemsCents(order)),
    ...(discount === 0 ? [] : [row("discount", discount)]),
    row("shipping", order.shippingCents),
    row("total", totalCents(order))
  ]
}
