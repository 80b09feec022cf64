/**
 * Front matter as most prompts have it: one name and one plain word or number a line. It is read without the YAML parser,
 * which takes longer to load than a hit, and to the same data; whatever else YAML can say is left to it.
 */
import { isLayout, isProvider, isTemperature } from "../domain/plainValues.js"
import type { FrontMatter } from "./frontMatter.js"

const line = /^(?:([a-z]+): +(\S+) *|#[ -~]*|)\r?$/
/** A plain scalar that is text to YAML whatever stands around it, but for the words below. */
const word = /^[A-Za-z](?:[\w./:-]*[\w./-])?$/
const notText = /^(?:null|true|false)$/i
const integer = /^(?:0|-?[1-9]\d{0,14})$/
const decimal = /^(?:0|[1-9]\d{0,2})(?:\.\d{1,15})?$/

/** The data of plain front matter; undefined where it says more, or something wrong. */
export const plainFrontMatter = (text: string): FrontMatter | undefined => {
  const found: { -readonly [K in keyof FrontMatter]: FrontMatter[K] } = {}
  for (const each of text.split("\n")) {
    const match = line.exec(each)
    if (match === null) return undefined
    const [, name, value] = match
    if (name === undefined || value === undefined) continue
    if (Object.hasOwn(found, name)) return undefined
    const isWord = word.test(value) && !notText.test(value)
    if (name === "provider" && isWord && isProvider(value)) found.provider = value
    else if (name === "model" && isWord) found.model = value
    else if (name === "layout" && isWord && isLayout(value)) found.layout = value
    else if (name === "seed" && integer.test(value)) found.seed = Number(value)
    else if (name === "temperature" && decimal.test(value) && isTemperature(Number(value)))
      found.temperature = Number(value)
    else return undefined
  }
  return found
}
