/** Values of channels as the run store keeps them. */
import * as Either from "effect/Either"
import type { ValueError } from "../../src/domain/RunErrors.js"
import type { Extension } from "../../src/runs/Extension.js"
import type { Content } from "../../src/runs/segment.js"
import {
  decodeValue,
  type EncodedElements,
  encodeElements,
  encodeValue,
  type Encoding,
  type Stored
} from "../../src/runs/values.js"

export interface EncodedValue {
  readonly encoding: Encoding
  readonly content: Content
  /** Of a list: what its next version is compared with. */
  readonly elements?: EncodedElements
}

export interface Codec {
  /** `before` is what a list was the last time: it saves time, and changes nothing. */
  readonly encode: (value: unknown, before?: EncodedElements) => Either.Either<EncodedValue, ValueError>
  readonly decode: (stored: Stored) => Either.Either<unknown, ValueError>
}

export const makeCodec = (extension?: Extension): Codec => {
  const whole = (value: unknown): Either.Either<EncodedValue, ValueError> =>
    Either.map(encodeValue(value, extension), (encoded) =>
      encoded.encoding === 2
        ? { encoding: 2, content: { shape: "bytes", bytes: encoded.bytes } }
        : { encoding: encoded.encoding, content: { shape: "text", text: encoded.text } }
    )
  return {
    encode: (value, before) =>
      Array.isArray(value)
        ? Either.flatMap(encodeElements(value, extension, before), (list) =>
            list === undefined
              ? whole(value)
              : Either.right({
                  encoding: list.encoding,
                  content: { shape: "list", elements: list.texts },
                  elements: list
                })
          )
        : whole(value),
    decode: (stored) => decodeValue(stored, extension)
  }
}
