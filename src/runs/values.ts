/**
 * The values that a program keeps in its state, as text or bytes and back, exactly. What cannot be made again as it was is
 * refused before anything is written. What is read is not trusted: it can make nothing but values.
 */
import { types } from "node:util"
import * as Either from "effect/Either"
import type { ValueError } from "../domain/RunErrors.js"
import type { Extension } from "./Extension.js"
import { copyOf, revive } from "./revive.js"
import { isSameTree } from "./sameTree.js"
import { elements, enter, storable } from "./storable.js"
import { errorOf, makeWalk } from "./walk.js"
import type { Walk } from "./walk.js"

/** 0: JSON as it stands; 1: JSON with tags for what JSON has not; 2: bytes as they are. */
export type Encoding = 0 | 1 | 2

export type Encoded =
  { readonly encoding: 0 | 1; readonly text: string } | { readonly encoding: 2; readonly bytes: Uint8Array }

export interface EncodedElements {
  readonly encoding: 0 | 1
  readonly texts: ReadonlyArray<string>
  /** What the texts were made of, and nobody else's: to compare the next version of the list with. */
  readonly trees: ReadonlyArray<unknown>
}

/**
 * A value as text; a Uint8Array, and a Buffer as one, as a copy of its bytes. Equal values have equal texts where the order
 * of their keys is equal.
 */
export const encodeValue = (value: unknown, extension?: Extension): Either.Either<Encoded, ValueError> =>
  written(extension, (walk) => {
    if (types.isUint8Array(value)) return { encoding: 2, bytes: new Uint8Array(value) }
    const text = JSON.stringify(storable(walk, value, 0))
    return { encoding: walk.tagged ? 1 : 0, text }
  })

/**
 * The elements of a list one by one: `[` + texts.join(",") + `]` is the text of the list, in the same encoding. Undefined
 * for an array that is not just its elements (holes, keys of its own): `encodeValue` takes it as a whole. Elements that are
 * what they were `before` at their place are not written again: comparing is ten times as fast.
 */
export const encodeElements = (
  values: ReadonlyArray<unknown>,
  extension?: Extension,
  before?: EncodedElements
): Either.Either<EncodedElements | undefined, ValueError> =>
  written(extension, (walk) => {
    enter(walk, values, 0)
    const found = elements(walk, values, 0)
    if (found === undefined) return undefined
    const texts: Array<string> = []
    const trees: Array<unknown> = []
    for (const [at, element] of found.entries()) {
      const [text, tree] = [before?.texts[at], before?.trees[at]]
      if (text !== undefined && isSameTree(element, tree)) {
        texts.push(text)
        trees.push(tree)
      } else {
        texts.push(JSON.stringify(element))
        trees.push(copyOf(element))
      }
    }
    return { encoding: walk.tagged ? 1 : 0, texts, trees }
  })

/** A value as it is kept in memory, its JSON parsed. Many share it, and nobody changes it. */
export type Stored =
  { readonly encoding: 0 | 1; readonly tree: unknown } | { readonly encoding: 2; readonly bytes: Uint8Array }

/** What was written, as it is kept in memory. The error is `malformed`. */
export const parseValue = (encoded: Encoded): Either.Either<Stored, ValueError> => {
  if (encoded.encoding === 2) return Either.right(encoded)
  try {
    return Either.right({ encoding: encoded.encoding, tree: JSON.parse(encoded.text) })
  } catch (thrown) {
    return Either.left(errorOf(thrown, "malformed"))
  }
}

/** The value again, for one who may change it. Errors are `unknown-class`, `malformed`, `too-deep`, and the extension's. */
export const decodeValue = (stored: Stored, extension?: Extension): Either.Either<unknown, ValueError> => {
  try {
    switch (stored.encoding) {
      case 0:
        return Either.right(copyOf(stored.tree))
      case 1:
        return Either.right(revive(makeWalk(extension), stored.tree, 0))
      case 2:
        return Either.right(new Uint8Array(stored.bytes))
    }
  } catch (thrown) {
    return Either.left(errorOf(thrown, "malformed"))
  }
}

const written = <A>(
  extension: Extension | undefined,
  write: (walk: Walk) => A
): Either.Either<A, ValueError> => {
  try {
    return Either.right(write(makeWalk(extension)))
  } catch (thrown) {
    return Either.left(errorOf(thrown, "not-readable"))
  }
}
