/** What a program says to a cache of answers, and reads of it: `Responses` of the public face. */
export { maxAge, noStore, sample } from "./Control.js"
export { outcomeHeader, outcomeOf } from "./outcome.js"
