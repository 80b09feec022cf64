/** Colours by meaning. Without colour every function leaves its text as it is. */
import type { Style } from "./Style.js"

export interface Paint {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly note: (text: string) => string
}

const escape = "\u001B"

/** The codes of ECMA-48 around a text; nothing that is coloured here has colours inside. */
const between =
  (on: number, off: number) =>
  (text: string): string =>
    `${escape}[${on}m${text}${escape}[${off}m`

const plain: Paint = {
  strong: (text) => text,
  faint: (text) => text,
  good: (text) => text,
  bad: (text) => text,
  note: (text) => text
}

const coloured: Paint = {
  strong: between(1, 22),
  faint: between(2, 22),
  good: between(32, 39),
  bad: between(31, 39),
  note: between(33, 39)
}

export const paint = (style: Style): Paint => (style.color ? coloured : plain)
