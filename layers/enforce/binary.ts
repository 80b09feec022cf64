/** Files that hold no text. */

/** Whether a text was decoded from a binary file: no text holds a NUL. */
export const isBinary = (text: string): boolean => text.includes("\0")
