/** What declarations, members and other parts of a program are called: a part keeps its name while its body changes. */
import { after, at, childIn, type Forest, propOf, typeOf } from "../tree/Forest.js"

/** Slots that hold the name of a node, or the one node that has it. */
const naming = new Set([
  "id",
  "key",
  "local",
  "name",
  "source",
  "label",
  "openingElement",
  "declaration",
  "exported"
])

/** Nodes whose own name is one for their parent too. */
const leaves = new Set(["Identifier", "PrivateIdentifier", "JSXIdentifier", "Literal"])

/** Names by node: equal numbers for equal names, -1 for what has none. */
export const namesOf = (forest: Forest): Int32Array => {
  const { count, label, names } = forest
  const isNaming = Uint8Array.from(names, (name) => (naming.has(name) ? 1 : 0))
  const isLeaf = Uint8Array.from(names, (name) => (leaves.has(name) ? 1 : 0))
  const numberOf = new Int32Array(count).fill(-1)
  for (let node = count - 1; node >= 0; node--) {
    const end = after(forest, node)
    for (let child = node + 1; child < end; child = after(forest, child)) {
      if (isNaming[at(forest.slot, child)] !== 1) continue
      numberOf[node] = isLeaf[at(forest.type, child)] === 1 ? at(label, child) : at(numberOf, child)
      if (at(numberOf, node) >= 0) break
    }
    if (at(numberOf, node) < 0) numberOf[node] = otherName(forest, numberOf, node)
  }
  return numberOf
}

/** `const a = …` by its only declarator, `it("does", …)` by what it says, `f(a)` by what it calls. */
const otherName = (forest: Forest, names: Int32Array, node: number): number => {
  const type = typeOf(forest, node)
  if (type === "VariableDeclaration") {
    const first = node + 1
    return at(forest.size, node) > 1 && after(forest, first) === after(forest, node) ? at(names, first) : -1
  }
  if (type === "ExpressionStatement") return at(names, node + 1)
  if (type !== "CallExpression") return -1
  const argument = childIn(forest, node, "arguments")
  if (argument >= 0 && typeof propOf(forest, argument, "value") === "string")
    return at(forest.label, argument)
  const callee = childIn(forest, node, "callee")
  const called = typeOf(forest, callee) === "MemberExpression" ? childIn(forest, callee, "property") : callee
  return typeOf(forest, called) === "Identifier" ? at(forest.label, called) : -1
}

/** Types of nodes that declare something whose members are told apart by it. */
const declaring = /(Declaration|Declarator|Definition|Property|Signature|ExpressionStatement|JSXElement)$/

/** By node: the number of the named declarations around it, equal where all of their names are. */
export const placesOf = (forest: Forest, names: Int32Array): Int32Array => {
  const places = new Int32Array(forest.count)
  const known = new Map<string, number>()
  const declares = Uint8Array.from(forest.names, (name) => (declaring.test(name) ? 1 : 0))
  for (let node = 0; node < forest.count; node++) {
    const parent = at(forest.parent, node)
    if (parent < 0) continue
    const above = at(places, parent)
    if (at(names, parent) < 0 || declares[at(forest.type, parent)] !== 1) {
      places[node] = above
      continue
    }
    const key = `${above},${at(forest.type, parent)},${at(names, parent)}`
    const place = known.get(key) ?? known.size + 1
    known.set(key, place)
    places[node] = place
  }
  return places
}
