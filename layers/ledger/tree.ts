/** Values by several keys, a level for each: a name of them all would take longer to make than what is kept by it. */
export interface Tree<A> {
  readonly below: Map<unknown, Tree<A>>
  value: A | undefined
}

export const tree = <A>(): Tree<A> => ({ below: new Map(), value: undefined })

/** What is below by the next key, begun where nothing was. */
export const branch = <A>({ below }: Tree<A>, key: unknown): Tree<A> => {
  const known = below.get(key)
  if (known !== undefined) return known
  const grown = tree<A>()
  below.set(key, grown)
  return grown
}
