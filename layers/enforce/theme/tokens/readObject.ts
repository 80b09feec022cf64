/**
 * The values of a theme object, by their paths: of plain JSON, or of what a script exports. A script
 * is read, never run.
 */
import { parse, type TSESTree } from "@typescript-eslint/typescript-estree"
import type { Token } from "../../../../src/services/TokenSources.js"
import { bindingsOf } from "../script/Bindings.js"
import { keyOf, makeResolver } from "../script/resolve.js"
import { isObject } from "./readDtcg.js"

const maxDepth = 32
/** Parts that are read: objects that are spread into each other may stand for any number. */
const maxSteps = 100_000

export const readJsonObject = (json: unknown): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  const gather = (value: unknown, path: ReadonlyArray<string>): void => {
    if (typeof value === "string" || typeof value === "number") {
      tokens.push(toToken(path, value))
    } else if (isObject(value) && path.length < maxDepth) {
      for (const [key, child] of Object.entries(value)) gather(child, [...path, key])
    }
  }
  gather(json, [])
  return tokens
}

/** A number in a theme means pixels, unless its name says that it has no unit. */
const toToken = (path: ReadonlyArray<string>, value: string | number): Token => {
  const name = path.join(".")
  const hasUnit = !/weight|line-?height|leading|opacity|z-?index|order|scale|ratio/i.test(name)
  return { name, value: typeof value === "number" && hasUnit ? `${value}px` : String(value) }
}

/** Exports whose own name says nothing about their tokens. */
const wholeThemes = /^(theme|tokens|vars|default)$/i

/** Throws what the parser throws where the text is no program. */
export const readScript = (path: string, source: string): ReadonlyArray<Token> => {
  const program = parse(source, {
    range: true,
    jsx: !/\.[cm]?ts$/.test(path),
    filePath: path,
    suppressDeprecatedPropertyWarnings: true
  })
  const { plain, valuesOf } = makeResolver(source, bindingsOf(program))
  const tokens: Array<Token> = []
  let steps = 0
  const gather = (start: TSESTree.Node, path: ReadonlyArray<string>, depth: number): void => {
    steps += 1
    if (depth > maxDepth || steps > maxSteps) return
    const node = plain(start)
    // defineTheme({...}) and its kin give back what they are given
    if (node.type === "CallExpression" && node.arguments[0] !== undefined) {
      return gather(node.arguments[0], path, depth + 1)
    }
    if (node.type !== "ObjectExpression") {
      const [value, ...others] = valuesOf(node)
      if (value === undefined || others.length > 0 || path.length === 0) return
      tokens.push(toToken(path, value.isNumber ? Number(value.text.text) : value.text.text))
      return
    }
    for (const each of node.properties) {
      if (each.type === "SpreadElement") gather(each.argument, path, depth + 1)
      else {
        const key = keyOf(each.key, each.computed)
        if (key !== undefined) gather(each.value, [...path, key], depth + 1)
      }
    }
  }
  const exported = exportsOf(program)
  for (const [name, node] of exported) {
    gather(node, exported.length === 1 || wholeThemes.test(name) ? [] : [name], 0)
  }
  return tokens
}

const exportsOf = (program: TSESTree.Program): ReadonlyArray<readonly [string, TSESTree.Node]> =>
  program.body.flatMap((node): ReadonlyArray<readonly [string, TSESTree.Node]> => {
    if (node.type === "ExportDefaultDeclaration") return [["default", node.declaration]]
    if (node.type !== "ExportNamedDeclaration" || node.declaration?.type !== "VariableDeclaration") return []
    return node.declaration.declarations.flatMap(({ id, init }) =>
      id.type === "Identifier" && init ? [[id.name, init] as const] : []
    )
  })
