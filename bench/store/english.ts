/**
 * Text as models write it: words with the frequencies that they have in a language, so that it compresses as such text
 * does. Random letters would not compress at all, and repeated sentences far too well.
 */
import { random } from "../fixtures.js"

const frequent = (
  "the of and to a in is that it for as was with be by on not he this are at from or have an they which one you were all " +
  "we can said there use each do how their if will other about out many then them these so some would make like into time " +
  "has two more see way could people my than first been call who its now find long down day did get come made may part"
).split(" ")
const rare = 6000

const syllables = (
  "re in con de pro com ex per dis ad sub tion ment er al ic ate ing ous ity ive ent ance able ly or um is ter ma " +
  "na ra la ta da ca pa ba sa ga mi ni ri li ti di si vi fo mo no ro lo to do so vo bu cu du lu mu nu ru tu"
).split(" ")

const made = (): ReadonlyArray<string> => {
  const draw = random(1)
  const of = (count: number): string =>
    Array.from({ length: count }, () => syllables[Math.floor(draw() * syllables.length)] ?? "").join("")
  return Array.from({ length: rare }, () => of(2 + Math.floor(draw() * 3)))
}

const words = [...frequent, ...made()]

/** Up to which number below one each word is drawn: the frequency of a word is the inverse of its rank (Zipf). */
const bounds = (() => {
  let sum = 0
  const sums = words.map((_, rank) => (sum += 1 / (rank + 2.7)))
  return Float64Array.from(sums, (at) => at / sum)
})()

const wordAt = (drawn: number): string => {
  let [low, high] = [0, bounds.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bounds[middle] ?? 1) < drawn) low = middle + 1
    else high = middle
  }
  return words[low] ?? ""
}

/** Sentences of exactly `length` ASCII characters; another text at each call, and a string that V8 has never seen. */
export const english = (seed: number): ((length: number) => string) => {
  const draw = random(seed)
  return (length) => {
    const parts: Array<string> = []
    let [size, left] = [0, 0]
    while (size < length) {
      const begins = left === 0
      if (begins) left = 6 + Math.floor(draw() * 16)
      left -= 1
      const word = wordAt(draw())
      const cased = begins ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : word
      const mark = left === 0 ? (draw() < 0.15 ? ".\n" : ". ") : draw() < 0.06 ? ", " : " "
      parts.push(cased, mark)
      size += cased.length + mark.length
    }
    return Buffer.from(parts.join("").slice(0, length), "latin1").toString("latin1")
  }
}
