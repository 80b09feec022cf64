/** The state of a program that saves it step by step: ten texts, of which some are new in each step. */
import { fresh } from "../fixtures.js"
import { english } from "./english.js"

const parts = 10

/** Each call gives the next state, of `bytes`, with so many of its parts new. All its strings are new to V8. */
export const stateOfTexts = (seed: number, bytes: number): ((changed: number) => Record<string, string>) => {
  const text = english(seed)
  const make = (): (() => string) => fresh(text(Math.round(bytes / parts)))
  const values = Array.from({ length: parts }, make)
  let next = 0
  return (changed) => {
    for (let left = changed; left > 0; left -= 1) values[next++ % parts] = make()
    return Object.fromEntries(values.map((value, at) => [`part_${at}`, value()]))
  }
}

export const partsOfState = parts
