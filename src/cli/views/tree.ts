/** A tree of lines, as `tree` draws folders. */

export interface Branch {
  readonly line: string
  readonly children: ReadonlyArray<Branch>
}

/** Its lines, from top to bottom. Depth is bounded by memory alone. */
export const treeLines = (roots: ReadonlyArray<Branch>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  const open = roots.map((branch) => ({ branch, first: "", rest: "" })).reverse()
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { branch, first, rest } = at
    lines.push(`${first}${branch.line}`)
    const last = branch.children.length - 1
    open.push(
      ...branch.children
        .map((child, place) => ({
          branch: child,
          first: `${rest}${place === last ? "└─ " : "├─ "}`,
          rest: `${rest}${place === last ? "   " : "│  "}`
        }))
        .reverse()
    )
  }
  return lines
}
