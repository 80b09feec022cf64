/** The text of a file by its bytes. */
import * as Option from "effect/Option"
import { isUtf8 } from "node:buffer"
import { textName } from "./binary.js"

/** How much of a file is looked at to tell what it is, in bytes. */
const looked = 8192

/**
 * UTF-8, or UTF-16 where it begins with its mark or holds nothing but Latin letters. None for what is binary: it has zero bytes and is
 * neither, and its name is not that of a text. A zero byte must not hide code from its rules, nor a secret.
 */
export const fileText = (path: string, bytes: Buffer): Option.Option<string> => {
  const utf16 = utf16Of(bytes)
  if (utf16 !== undefined) return Option.some(utf16)
  const isText = textName.test(path) || !bytes.subarray(0, looked).includes(0) || isUtf8(bytes)
  return isText ? Option.some(bytes.toString("utf8")) : Option.none()
}

const utf16Of = (bytes: Buffer): string | undefined => {
  const even = bytes.length - (bytes.length % 2)
  const little = (): string => bytes.toString("utf16le")
  const big = (): string => Buffer.from(bytes.subarray(0, even)).swap16().toString("utf16le")
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return little()
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return big()
  // every other byte, to the end: in anything less, what others read as UTF-8 could hide
  if (everyOther(bytes, 1)) return little()
  return everyOther(bytes, 0) ? big() : undefined
}

/** Whether the bytes at odd (1) or even (0) places are zero, and no others. */
const everyOther = (bytes: Buffer, place: 0 | 1): boolean => {
  for (let at = 0; at < bytes.length; at += 1) if ((bytes[at] === 0) !== (at % 2 === place)) return false
  return bytes.length > 1
}
