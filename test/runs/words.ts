/** Text of about so many characters that is like no other one, the same for the same number. */
export const words = (seed: number, length: number): string => {
  let state = Math.imul(seed + 0x5eed, 0x9e3779b1) >>> 0
  let text = ""
  while (text.length < length) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += ` ${(state >>> 8).toString(36)}`
  }
  return text.slice(1, length + 1)
}
