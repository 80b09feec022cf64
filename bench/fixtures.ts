/** Prompts of a given size, and strings that V8 has never seen. */

/** The texts of the four blocks of a prompt, in the order in which they stand in it. */
export type Contents = readonly [requirements: string, styleGuide: string, fileMap: string, context: string]

const words = (
  "export const function return readonly string number boolean Effect Layer Context request response cache prompt block " +
  "token digest header when then every never must should the of and to in for with from it is are not value error row " +
  "file path name index length start end first last next stable prefix provider model price usage cost Array<T>"
).split(" ")
const marks = ["(", ")", "=>", "{", "}", '"on"', "//", ":", ",", ";", "*", "=", "`x`", "[0]", "&&", "|"]

/** A generator of numbers below one that always draws the same for a seed (mulberry32). */
export const random = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Lines that look like code and prose, exactly so many ASCII characters. Quotes, backticks, line breaks and angle
 * brackets are about as frequent as in TypeScript: they are what escaping and parsing have to do with.
 */
export const text = (seed: number, length: number): string => {
  const draw = random(seed)
  let out = `Part ${seed}:`
  let column = 0
  while (out.length < length) {
    const from = draw() < 0.3 ? marks : words
    const word = from[Math.floor(draw() * from.length)] ?? ""
    out += column > 45 ? "\n" : " "
    column = column > 45 ? 0 : column + word.length + 1
    out += draw() < 0.05 ? `${word}${Math.floor(draw() * 10_000)}` : word
  }
  return `${out.slice(0, length - 1)}.`
}

/** Four blocks of `blockLength` characters each. */
export const contents = (seed: number, blockLength: number): Contents => [
  text(seed * 4, blockLength),
  text(seed * 4 + 1, blockLength),
  text(seed * 4 + 2, blockLength),
  text(seed * 4 + 3, blockLength)
]

/** The source of a prompt with these blocks. */
export const source = ([requirements, styleGuide, fileMap, context]: Contents): string =>
  `<requirements>\n${requirements}\n</requirements>\n\n<style_guide>\n${styleGuide}\n</style_guide>\n\n` +
  `<file_map>\n${fileMap}\n</file_map>\n\n<context>\n${context}\n</context>\n`

/** Makes a new string of a text each time it is called, as if it had just been read from a request. */
export const fresh = (original: string): (() => string) => {
  const oneByte = Buffer.from(original, "latin1")
  if (oneByte.toString("latin1") === original) return () => oneByte.toString("latin1")
  const bytes = Buffer.from(original)
  return () => bytes.toString("utf8")
}

/** Takes the items one after the other, over and over, in one random order. */
export const cycle = <A>(items: ReadonlyArray<A>): (() => A) => {
  const draw = random(items.length)
  const order = items
    .map((item) => [draw(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item)
  let at = 0
  return () => {
    const item = order[at++ % order.length]
    if (item === undefined) throw new Error("There is nothing to cycle through.")
    return item
  }
}
