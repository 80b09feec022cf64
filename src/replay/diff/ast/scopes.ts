/** Which declaration each name of a program means. Types and values share their names here, as far as they are in one scope. */
import { at, type Forest, propOf, slotOf, typeOf } from "../tree/Forest.js"

export interface Scopes {
  /** By node: the binding that an identifier declares or refers to, or -1. */
  readonly binding: Int32Array
  /** By binding: its identifiers, in the order of the tree. */
  readonly identifiers: ReadonlyArray<ReadonlyArray<number>>
  /** By binding: the first identifier that declares it. */
  readonly declared: ReadonlyArray<number>
}

/** Where an identifier declares: nowhere, in the scope around it, or in that of the function around it. */
type Declares = "nothing" | "here" | "function" | "outside"

const functions =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|TSDeclareFunction|TSEmptyBodyFunctionExpression|TSFunctionType|TSConstructorType|TSCallSignatureDeclaration|TSConstructSignatureDeclaration|TSMethodSignature)$/
const blocks =
  /^(BlockStatement|ForStatement|ForInStatement|ForOfStatement|SwitchStatement|CatchClause|ClassDeclaration|ClassExpression|TSInterfaceDeclaration|TSTypeAliasDeclaration|TSMappedType|TSConditionalType)$/
/** Where `var` ends up. */
const hoisting = /^(Program|StaticBlock|TSModuleBlock)$/
/** Declarations whose name is seen around them. */
const named =
  /^(FunctionDeclaration|TSDeclareFunction|ClassDeclaration|TSInterfaceDeclaration|TSTypeAliasDeclaration)$/
const plainlyNamed = /^(TSEnumDeclaration|TSModuleDeclaration|TSImportEqualsDeclaration)$/
const imports = /^Import(Default|Namespace)?Specifier$/
/** Slots by which a pattern goes on. */
const patterns: Readonly<Record<string, string | undefined>> = {
  ObjectPattern: "properties",
  ArrayPattern: "elements",
  Property: "value",
  RestElement: "argument",
  AssignmentPattern: "left",
  TSParameterProperty: "parameter"
}
/** Identifiers in these slots are no names of variables; `computed` ones are. */
const keys = new Set([
  "MemberExpression.property",
  "Property.key",
  "MethodDefinition.key",
  "PropertyDefinition.key",
  "AccessorProperty.key",
  "TSAbstractMethodDefinition.key",
  "TSAbstractPropertyDefinition.key",
  "TSAbstractAccessorProperty.key",
  "TSPropertySignature.key",
  "TSMethodSignature.key",
  "TSEnumMember.id",
  "ImportAttribute.key",
  "ImportSpecifier.imported",
  "ExportSpecifier.exported",
  "ExportAllDeclaration.exported",
  "LabeledStatement.label",
  "BreakStatement.label",
  "ContinueStatement.label",
  "MetaProperty.meta",
  "MetaProperty.property",
  "TSQualifiedName.right",
  "TSNamedTupleMember.label",
  "TSImportType.qualifier",
  "JSXMemberExpression.property",
  "JSXAttribute.name",
  "JSXNamespacedName.name",
  "JSXNamespacedName.namespace",
  "TSIndexSignature.parameters"
])

/** The bindings of the tree that begins at a node. */
export const scopesOf = (forest: Forest, root: number): Scopes => {
  const end = root + at(forest.size, root)
  const binding = new Int32Array(forest.count).fill(-1)
  const scope = new Int32Array(forest.count)
  const declares: Array<Declares> = []
  const parents: Array<number> = []
  const hoists: Array<boolean> = []
  const members: Array<Map<string, number>> = []
  const identifiers: Array<Array<number>> = []
  const declared: Array<number> = []

  const open = (parent: number, isHoisting: boolean): number => {
    parents.push(parent)
    hoists.push(isHoisting)
    return members.push(new Map()) - 1
  }

  const declare = (node: number, name: string, from: number): void => {
    const known = members[from]?.get(name)
    const own = known ?? identifiers.push([]) - 1
    if (known === undefined) {
      members[from]?.set(name, own)
      declared.push(node)
    }
    binding[node] = own
  }

  for (let node = root; node < end; node++) {
    const type = typeOf(forest, node)
    const parent = at(forest.parent, node)
    const around = parent < 0 ? -1 : at(scope, parent)
    const isFunction = functions.test(type)
    const isHoisting = isFunction || hoisting.test(type)
    scope[node] = isHoisting || blocks.test(type) ? open(around, isHoisting) : around
    const how =
      parent < 0 ? "nothing" : declaresIn(forest, node, parent, declares[parent - root] ?? "nothing")
    declares.push(how)
    const name = how === "nothing" ? undefined : nameIn(forest, node, type)
    if (name === undefined) continue
    let target = around
    if (how === "outside") target = parents[around] ?? around
    if (how === "function") while (hoists[target] === false) target = parents[target] ?? 0
    declare(node, name, target)
  }

  for (let node = root; node < end; node++) {
    const name = at(binding, node) < 0 ? nameIn(forest, node, typeOf(forest, node)) : undefined
    if (name === undefined || !isReference(forest, node)) continue
    for (let from = at(scope, node); from >= 0; from = parents[from] ?? -1) {
      const found = members[from]?.get(name)
      if (found === undefined) continue
      binding[node] = found
      break
    }
  }
  for (let node = root; node < end; node++)
    if (at(binding, node) >= 0) identifiers[at(binding, node)]?.push(node)
  return { binding, identifiers, declared }
}

const nameIn = (forest: Forest, node: number, type: string): string | undefined => {
  if (type !== "Identifier" && type !== "JSXIdentifier") return undefined
  const name = propOf(forest, node, "name")
  return typeof name === "string" ? name : undefined
}

/** What an identifier, or a pattern, that stands here declares; `above` is what its parent does. */
const declaresIn = (forest: Forest, node: number, parent: number, above: Declares): Declares => {
  const type = typeOf(forest, parent)
  const slot = slotOf(forest, node)
  if (above !== "nothing") return patterns[type] === slot ? above : "nothing"
  switch (slot) {
    case "id":
      if (type === "VariableDeclarator")
        return kindOf(forest, at(forest.parent, parent)) === "var" ? "function" : "here"
      if (named.test(type)) return "outside"
      return plainlyNamed.test(type) || type === "FunctionExpression" || type === "ClassExpression"
        ? "here"
        : "nothing"
    case "params":
      return functions.test(type) ? "here" : "nothing"
    case "param":
      return type === "CatchClause" ? "here" : "nothing"
    case "local":
      return imports.test(type) ? "here" : "nothing"
    case "name":
      return type === "TSTypeParameter" ? "here" : "nothing"
    case "key":
      return type === "TSMappedType" ? "here" : "nothing"
    default:
      return "nothing"
  }
}

const kindOf = (forest: Forest, node: number): unknown => propOf(forest, node, "kind")

const isReference = (forest: Forest, node: number): boolean => {
  const parent = at(forest.parent, node)
  const type = typeOf(forest, parent)
  const slot = slotOf(forest, node)
  if (typeOf(forest, node) === "JSXIdentifier" && slot === "name") {
    // <div> is no variable, <Div> is
    if (type === "JSXOpeningElement" && /^[a-z]/.test(String(propOf(forest, node, "name")))) return false
  }
  if (keys.has(`${type}.${slot}`)) return propOf(forest, parent, "computed") === true
  return !(type === "ExportSpecifier" && isReExport(forest, at(forest.parent, parent)))
}

const isReExport = (forest: Forest, node: number): boolean => {
  const end = node + at(forest.size, node)
  for (let child = node + 1; child < end; child += at(forest.size, child)) {
    if (slotOf(forest, child) === "source") return true
  }
  return false
}
