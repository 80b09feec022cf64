/** SHA-256 of text. */
import { hash } from "node:crypto"
import type { Hash } from "../domain/Hash.js"

/**
 * The digest of well-formed text in UTF-8. Two texts with lone surrogates could share one (both encode as U+FFFD), so
 * callers refuse those before they hash.
 */
export const sha256 = (text: string): Hash =>
  // a SHA-256 in hex is 64 hex digits
  hash("sha256", text, "hex") as Hash
