/** An error that is caught and gone: nobody learns that something failed. */
import { AST_NODE_TYPES as Ast, type TSESLint, type TSESTree } from "@typescript-eslint/utils"
import { effectFunction, effectModulesIn } from "./effectModules.js"
import { isFunction, isUndefined, memberOf, someWithin, type SourceCode, unwrap } from "./syntax.js"

type Names = ReadonlyMap<string, string>

export const swallowedError: TSESLint.RuleModule<"swallowed"> = {
  meta: {
    type: "problem",
    docs: { description: "An error that is caught and dropped" },
    schema: [],
    messages: {
      swallowed: "This error is caught and dropped. Use it, throw it again, or answer with a value."
    }
  },
  defaultOptions: [],
  create: (context) => {
    const { sourceCode } = context
    const names = effectModulesIn(sourceCode)
    return {
      CatchClause: (node) => {
        if (!isUsed(node, sourceCode) && !answers(node.body, sourceCode, false)) {
          context.report({ node, messageId: "swallowed" })
        }
      },
      CallExpression: (node) => {
        const handler = handlerOf(node, names)
        if (handler !== undefined && drops(handler, sourceCode, names, isTaken(node))) {
          context.report({ node: handler, messageId: "swallowed" })
        }
      }
    }
  }
}

/**
 * What a call handles every error with: `.catch(handler)`, `.then(next, handler)`,
 * `Effect.catchAll(handler)`.
 */
const handlerOf = (
  { arguments: given, callee }: TSESTree.CallExpression,
  names: Names
): TSESTree.Node | undefined => {
  const called = effectFunction(callee, names)
  if (called !== undefined) return /^catchAll(Cause|Defect)?$/.test(called.name) ? given.at(-1) : undefined
  const name = memberOf(callee)?.name
  if (name === "catch") return given.length === 1 ? given[0] : undefined
  return name === "then" ? given[1] : undefined
}

const drops = (
  handler: TSESTree.Node,
  sourceCode: SourceCode,
  names: Names,
  isValueUsed: boolean
): boolean => {
  const inner = unwrap(handler)
  if (inner.type === Ast.Identifier) return /^(noop|constVoid)$/.test(inner.name)
  if (!isFunction(inner) || isUsed(inner, sourceCode)) return false
  const { body } = inner
  const value = body.type === Ast.BlockStatement ? onlyValueOf(body) : body
  // `undefined` that is written out and taken is an answer
  if (value !== undefined) return isUndefined(value) ? !isValueUsed : isNothing(value, names)
  return !answers(body, sourceCode, true)
}

/** What a function gives that does nothing else. */
const onlyValueOf = ({ body }: TSESTree.BlockStatement): TSESTree.Node | undefined => {
  const [only] = body
  return body.length === 1 && only?.type === Ast.ReturnStatement ? (only.argument ?? undefined) : undefined
}

/** Whether something is done with the value of a call. */
const isTaken = (call: TSESTree.Node): boolean => {
  let { parent } = call
  while (parent?.type === Ast.AwaitExpression || parent?.type === Ast.ChainExpression || isVoid(parent)) {
    parent = parent?.parent
  }
  return parent?.type !== Ast.ExpressionStatement
}

const isVoid = (node: TSESTree.Node | undefined): boolean =>
  node?.type === Ast.UnaryExpression && node.operator === "void"

/** The Effects that succeed with `undefined`. */
const isNothing = (node: TSESTree.Node, names: Names): boolean => {
  const inner = unwrap(node)
  const value = effectFunction(inner, names)
  if (value !== undefined) return value.name === "void"
  if (inner.type !== Ast.CallExpression || effectFunction(inner.callee, names)?.name !== "succeed")
    return false
  return inner.arguments.every(isUndefined)
}

/** Whether what was caught is looked at. `void error` does not look. */
const isUsed = (node: TSESTree.Node, sourceCode: SourceCode): boolean =>
  (sourceCode.getDeclaredVariables?.(node) ?? []).some(({ references }) =>
    references.some(({ identifier: { parent } }) => {
      return !isVoid(parent) && parent?.type !== Ast.ExpressionStatement
    })
  )

/** Functions by which code says that it failed. */
const failing = /^(fail|failSync|failCause|die|dieMessage|dieSync|interrupt|reject|exit|abort)$/

/**
 * Whether code after a catch tells that something failed: by throwing, answering, failing, or keeping a
 * value.
 */
const answers = (body: TSESTree.Node, sourceCode: SourceCode, isHandler: boolean): boolean =>
  someWithin(body, sourceCode, (node) => {
    switch (node.type) {
      case Ast.ThrowStatement:
        return true
      case Ast.ReturnStatement:
        return node.argument !== null && !(isHandler && isUndefined(node.argument))
      case Ast.AssignmentExpression:
      case Ast.UpdateExpression:
        return true
      case Ast.CallExpression: {
        const callee = unwrap(node.callee)
        const name = callee.type === Ast.Identifier ? callee.name : memberOf(callee)?.name
        return name !== undefined && failing.test(name)
      }
      default:
        return false
    }
  })
