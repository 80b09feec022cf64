/** Colours by meaning. Without colour every function leaves its text as it is. */
import picocolors from "picocolors"
import type { Style } from "./Style.js"

export interface Paint {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly note: (text: string) => string
}

export const paint = (style: Style): Paint => {
  const colors = picocolors.createColors(style.color)
  return {
    strong: colors.bold,
    faint: colors.dim,
    good: colors.green,
    bad: colors.red,
    note: colors.yellow
  }
}
