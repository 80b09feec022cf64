/** Parts of sentences. */

/** A whole number as people read it: `12,345`. */
export const figure = (value: number): string => Math.round(value).toLocaleString("en-US")

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
