/**
 * Secrets that secretlint does not know. Every pattern starts where a word does and has an upper limit or takes one kind of
 * character only, so that none takes longer than a text is long, times a constant.
 */
import type { Detector } from "../../../src/enforce/Rulepack.js"
import type { Secret } from "../../../src/enforce/redact.js"

type Own = Exclude<Detector, "recommended" | "private-key">

interface Shape {
  readonly pattern: RegExp
  /** The group that is the secret. */
  readonly group: number
  readonly holds: (secret: string) => boolean
}

const always = (): boolean => true

/** Bits a character, by how often each stands in the text. */
export const entropyOf = (text: string): number => {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

/** Words, paths and placeholders are no secrets: those mix digits and letters, and hardly repeat themselves. */
const isRandom = (value: string): boolean =>
  /\d/.test(value) &&
  /[A-Za-z]/.test(value) &&
  !/^[$<{%[]|^process\.|^env\./.test(value) &&
  entropyOf(value) >= 3.4

/** The check digit of cards (ISO/IEC 7812). */
export const isLuhn = (written: string): boolean => {
  const digits = written.replaceAll(/\D/g, "")
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1*$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}

/** The check digits of an account (ISO 7064, mod 97). */
export const isIban = (written: string): boolean => {
  const text = written.replaceAll(" ", "")
  if (text.length < 15 || text.length > 34) return false
  let rest = 0
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

const shapes: Readonly<Record<Own, Shape>> = {
  jwt: {
    pattern: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g,
    group: 0,
    holds: always
  },
  google: { pattern: /(?<![\w-])AIza[\w-]{35,}/g, group: 0, holds: always },
  stripe: { pattern: /(?<![A-Za-z0-9])[sr]k_live_[A-Za-z0-9]{16,}/g, group: 0, holds: always },
  "hugging-face": { pattern: /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/g, group: 0, holds: always },
  "aws-access-key": {
    pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
    group: 0,
    holds: always
  },
  assignment: {
    pattern:
      /(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)\w{0,24}["'`]?[ \t]{0,4}(?::=|=>|[:=])[ \t]{0,4}["'`]?([^\s"'`,;(){}]{12,})/gi,
    group: 1,
    holds: isRandom
  },
  email: {
    pattern: /(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g,
    group: 0,
    holds: always
  },
  iban: {
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/g,
    group: 0,
    holds: isIban
  },
  card: { pattern: /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d-])/g, group: 0, holds: isLuhn }
}

const begin = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g
const end = /-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g
/** Lines of a key that has no end: base64 or a header, quoted or not, until something else comes. */
const body = /^(?:(?:\\n|[\s"'`,+>|\\])*[A-Za-z0-9+/=]{16,})+/

/** A key of 16,384 bits has less than this, in UTF-16 code units. */
const maxKey = 20_000

const privateKeys = (text: string): ReadonlyArray<Secret> => {
  const found: Array<Secret> = []
  const ends = [...text.matchAll(end)]
  let next = 0
  let done = 0
  for (const { 0: head, index } of text.matchAll(begin)) {
    if (index < done) continue
    const from = index + head.length
    while ((ends[next]?.index ?? from) < from) next += 1
    const closed = ends[next]
    const near = closed !== undefined && closed.index - from < maxKey
    // a longer text is more than the stack of a regular expression holds
    const rest = near ? "" : text.slice(from, from + maxKey)
    done = near ? closed.index + closed[0].length : from + (body.exec(rest)?.[0].length ?? 0)
    found.push({ start: index, end: done, detector: "private-key" })
  }
  return found
}

const isOwn = (detector: Detector): detector is Own => Object.hasOwn(shapes, detector)

/** What these detectors find, in no order. */
export const ownSecrets = (text: string, detectors: ReadonlyArray<Detector>): ReadonlyArray<Secret> =>
  detectors.flatMap((detector) => {
    if (detector === "private-key") return privateKeys(text)
    if (!isOwn(detector)) return []
    const { group, holds, pattern } = shapes[detector]
    const found: Array<Secret> = []
    for (const match of text.matchAll(pattern)) {
      const secret = match[group] ?? ""
      // the secret ends where the match does, whichever group it is
      const end = match.index + match[0].length
      if (holds(secret)) found.push({ start: end - secret.length, end, detector })
    }
    return found
  })
