/**
 * What TypeScript, JavaScript and JSX say about looks: styles, classes, presentation attributes and
 * styled templates.
 */
import { parse, TSError, type TSESTree } from "@typescript-eslint/typescript-estree"
import { type Collected, declare, newGroup } from "../Collected.js"
import { collectClasses } from "../collectClasses.js"
import { collectCss, withoutLineComments } from "../collectCss.js"
import * as Mapped from "../Mapped.js"
import { presentation } from "../presentation.js"
import { toProperty } from "../properties.js"
import { bindingsOf, nodesOf, pushAll } from "./Bindings.js"
import { makeResolver, type Resolver } from "./resolve.js"
import { collectStyle } from "./styleObject.js"

/** A text that is no program, and where that shows. */
export interface Unreadable {
  readonly problem: string
  readonly offset: number
}

const styleProps = /^(style|sx|css|__css)$/
const classProps = /^(className|class|classNames|tw|[a-z]+ClassName)$/
const classCalls = /^(cn|cx|clsx|classnames|classNames|twMerge|twJoin|cva|tv)$/
const styleCalls = /^(css|cva|keyframes|globalCss|globalStyle|style|recipe|sva|makeStyles)$/
const cssTags = /^(css|keyframes|createGlobalStyle|injectGlobal|styled)$/

export const collectScript = (path: string, source: string, into: Collected): Unreadable | undefined => {
  let program: TSESTree.Program
  try {
    program = parse(source, {
      range: true,
      jsx: !/\.[cm]?ts$/.test(path),
      filePath: path,
      suppressDeprecatedPropertyWarnings: true
    })
  } catch (cause) {
    if (cause instanceof TSError) return { problem: cause.message, offset: cause.location.start.offset }
    if (cause instanceof RangeError) return { problem: "It is nested too deeply.", offset: 0 }
    throw cause
  }
  const resolver = makeResolver(source, bindingsOf(program))
  for (const node of nodesOf(program)) {
    switch (node.type) {
      case "JSXOpeningElement":
        element(node, resolver, into)
        break
      case "CallExpression":
        call(node, resolver, into)
        break
      case "TaggedTemplateExpression":
        if (isStyled(node.tag) || cssTags.test(nameOf(node.tag))) {
          for (const css of resolver.textsOf(node.quasi)) collectCss(withoutLineComments(css), into)
        }
        break
      default:
        break
    }
  }
  return undefined
}

const element = (node: TSESTree.JSXOpeningElement, resolver: Resolver, into: Collected): void => {
  const group = newGroup()
  const tag = node.name.type === "JSXIdentifier" ? node.name.name : ""
  for (const each of node.attributes) {
    if (each.type !== "JSXAttribute" || each.name.type !== "JSXIdentifier" || each.value === null) continue
    const { name } = each.name
    if (styleProps.test(name)) {
      collectStyle(each.value, resolver, { isThemed: name === "sx" || name === "__css" }, into)
    } else if (classProps.test(name)) {
      collectClasses(
        resolver.valuesOf(each.value).map(({ text }) => text),
        into
      )
    } else {
      const property = toProperty(name)
      if (!presentation.test(property) || (property === "color" && tag === "link")) continue
      for (const { isNumber, text } of resolver.valuesOf(each.value)) {
        if (!isNumber) declare(into, { property, value: Mapped.trim(text), group })
      }
    }
  }
}

const call = (node: TSESTree.CallExpression, resolver: Resolver, into: Collected): void => {
  const name = nameOf(node.callee)
  const [first] = node.arguments
  const isRecipe = first?.type === "ObjectExpression"
  if (isStyled(node.callee) || (styleCalls.test(name) && (name !== "cva" || isRecipe))) {
    for (const each of node.arguments) collectStyle(each, resolver, { isThemed: false }, into)
  }
  if (classCalls.test(name)) collectClasses(classTexts(node.arguments, resolver), into)
}

/** The strings in the arguments of `cn()` and its kin: also keys of objects, and what variants hold. */
const classTexts = (
  nodes: ReadonlyArray<TSESTree.Node>,
  resolver: Resolver
): ReadonlyArray<Mapped.Mapped> => {
  const texts: Array<Mapped.Mapped> = []
  const seen = new Set<TSESTree.Node>()
  const todo: Array<TSESTree.Node | null> = [...nodes].reverse()
  for (let each = todo.pop(); each !== undefined; each = todo.pop()) {
    if (each === null) continue
    const node = resolver.plain(each)
    if (seen.has(node)) continue
    seen.add(node)
    switch (node.type) {
      case "ArrayExpression":
        pushAll(todo, node.elements)
        break
      case "SpreadElement":
        todo.push(node.argument)
        break
      case "ObjectExpression":
        pushAll(
          todo,
          node.properties.flatMap((property): ReadonlyArray<TSESTree.Node> =>
            property.type === "SpreadElement"
              ? [property.argument]
              : property.computed || property.key.type === "Literal"
                ? [property.key, property.value]
                : [property.value]
          )
        )
        break
      default:
        texts.push(...resolver.valuesOf(node).flatMap(({ isNumber, text }) => (isNumber ? [] : [text])))
        break
    }
  }
  return texts
}

/** `css` of `css`, and of `tw.css`. */
const nameOf = (node: TSESTree.Node): string =>
  node.type === "Identifier"
    ? node.name
    : node.type === "MemberExpression" && node.property.type === "Identifier" && !node.computed
      ? node.property.name
      : ""

/** `styled.x`, `styled(X)`, and what is chained to them. */
const isStyled = (start: TSESTree.Node): boolean => {
  for (let node = start, isChained = false; ; isChained = true) {
    if (node.type === "Identifier") return isChained && node.name === "styled"
    if (node.type === "MemberExpression") node = node.object
    else if (node.type === "CallExpression") node = node.callee
    else return false
  }
}
