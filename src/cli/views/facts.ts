/** What is known of one thing, a line each. */
import { cut, shortJson } from "./format.js"
import type { Paint } from "./paint.js"
import type { Style } from "./Style.js"

const nameWidth = 10

/** A name and its value; nothing for what is not known. */
export const fact = (colors: Paint, name: string, value: string | undefined): ReadonlyArray<string> =>
  value === undefined ? [] : [`${colors.faint(name.padEnd(nameWidth))} ${value}`]

/** What is known of one thing: names and values. A name of "" goes on with the value above. */
export type Facts = ReadonlyArray<readonly [name: string, value: string]>

export const factLines = (facts: Facts, colors: Paint): ReadonlyArray<string> =>
  facts.flatMap(([name, value]) => fact(colors, name, value))

/** A JSON value behind a name, on one line. */
export const jsonFact = (colors: Paint, style: Style, name: string, value: unknown): ReadonlyArray<string> =>
  fact(colors, name, value === undefined ? undefined : shortJson(value, style.width - nameWidth - 1))

/** A name that somebody chose: whatever is in it, it stays on its line. */
export const chosen = (name: string): string => cut(name, 80)
