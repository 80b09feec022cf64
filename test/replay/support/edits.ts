/** Edits as programs are edited: statements and members come, go and move, names and literals change. */
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { at, type Forest, slotOf, typeOf } from "../../../src/replay/diff/tree/Forest.js"
import { SyntaxTrees } from "../../../src/services/SyntaxTrees.js"
import { forestOf } from "../../../src/replay/diff/tree/forestOf.js"

export interface Edit {
  readonly kind: "remove" | "repeat" | "move" | "rename" | "wrap"
  readonly which: number
  readonly where: number
}

export const edits = FastCheck.array(
  FastCheck.record({
    kind: FastCheck.constantFrom<Edit["kind"]>("remove", "repeat", "move", "rename", "wrap"),
    which: FastCheck.nat(),
    where: FastCheck.nat()
  }),
  { minLength: 1, maxLength: 6 }
)

const nodesIn = (trees: Forest, isWanted: (node: number) => boolean): ReadonlyArray<number> =>
  Array.from({ length: trees.split }, (_, node) => node).filter(isWanted)

/** The text once it was edited; every edit leaves a program. */
export const edited = (original: string, all: ReadonlyArray<Edit>) =>
  Effect.gen(function* () {
    const { parse } = yield* SyntaxTrees
    let text = original
    for (const { kind, where, which } of all) {
      const source = yield* parse({ text, path: "a.ts" })
      const trees = forestOf(source, source)
      const statements = nodesIn(
        trees,
        (node) =>
          slotOf(trees, node) === "body" &&
          /^(BlockStatement|Program|ClassBody)$/.test(typeOf(trees, at(trees.parent, node)))
      )
      const names = nodesIn(
        trees,
        (node) =>
          typeOf(trees, node) === "Identifier" && /^(arguments|callee|object)$/.test(slotOf(trees, node))
      )
      const expressions = nodesIn(
        trees,
        (node) => slotOf(trees, node) === "arguments" && typeOf(trees, node) !== "SpreadElement"
      )
      const pick = (from: ReadonlyArray<number>, index: number): number =>
        from[index % Math.max(1, from.length)] ?? -1
      const node = pick(kind === "rename" ? names : kind === "wrap" ? expressions : statements, which)
      if (node < 0) continue
      const [start, end] = [at(trees.start, node), at(trees.end, node)]
      const own = text.slice(start, end)
      // a member goes to members, a statement to statements
      const parent = at(trees.parent, node)
      const siblings = statements.filter((each) => at(trees.parent, each) === parent)
      const target = at(trees.start, pick(siblings, where))
      switch (kind) {
        case "remove":
          text = `${text.slice(0, start)};${text.slice(end)}`
          break
        case "repeat":
          text = `${text.slice(0, target)}${own}\n;${text.slice(target)}`
          break
        case "move": {
          if (target >= start) break
          text = `${text.slice(0, target)}${own}\n;${text.slice(target, start)};${text.slice(end)}`
          break
        }
        case "rename":
          text = `${text.slice(0, start)}renamed${text.slice(end)}`
          break
        case "wrap":
          text = `${text.slice(0, start)}wrapped(${own}, 1)${text.slice(end)}`
          break
      }
    }
    return text
  })
