/**
 * The names under which a file knows the modules of Effect whose functions only describe what is to be done.
 */
import { AST_NODE_TYPES as Ast, type TSESTree } from "@typescript-eslint/utils"
import { memberOf, type SourceCode } from "./syntax.js"

const modules = new Set([
  "Cache",
  "Channel",
  "Clock",
  "Console",
  "Deferred",
  "Effect",
  "Fiber",
  "FiberRef",
  "KeyedPool",
  "Layer",
  "Mailbox",
  "ManagedRuntime",
  "Pool",
  "PubSub",
  "Queue",
  "Random",
  "Ref",
  "STM",
  "Scope",
  "Sink",
  "Stream",
  "SubscriptionRef",
  "SynchronizedRef",
  "TRef"
])

/** Local names and the modules that they are. `Effect` counts unless the file makes something else of it. */
export const effectModulesIn = (sourceCode: SourceCode): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const statement of sourceCode.ast.body) {
    if (statement.type !== Ast.ImportDeclaration) continue
    for (const specifier of statement.specifiers) {
      const module = moduleOf(statement.source.value, specifier)
      if (module !== undefined && modules.has(module)) names.set(specifier.local.name, module)
    }
  }
  const isDeclared = sourceCode.scopeManager?.scopes.some(({ set }) => set.has("Effect")) ?? false
  if (!isDeclared) names.set("Effect", "Effect")
  return names
}

const moduleOf = (source: string, specifier: TSESTree.ImportClause): string | undefined => {
  if (specifier.type === Ast.ImportNamespaceSpecifier) return /^effect\/(\w+)$/.exec(source)?.[1]
  if (specifier.type !== Ast.ImportSpecifier || source !== "effect") return undefined
  return specifier.imported.type === Ast.Identifier ? specifier.imported.name : specifier.imported.value
}

/** Which function of which module it names. */
export const effectFunction = (
  node: TSESTree.Node,
  names: ReadonlyMap<string, string>
): { readonly module: string; readonly name: string } | undefined => {
  const member = memberOf(node)
  if (member === undefined || member.object.type !== Ast.Identifier) return undefined
  const module = names.get(member.object.name)
  return module === undefined ? undefined : { module, name: member.name }
}
