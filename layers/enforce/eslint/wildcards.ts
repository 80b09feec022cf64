/**
 * Names of modules with `*`, which stands for anything, `/` too. Matching takes no longer than pattern times
 * name.
 */

export const makeWildcard = (pattern: string): ((name: string) => boolean) => {
  const [head = "", ...others] = pattern.split("*")
  const tail = others.pop()
  if (tail === undefined) return (name) => name === head
  return (name) => {
    if (!name.startsWith(head) || name.length < head.length + tail.length || !name.endsWith(tail))
      return false
    const end = name.length - tail.length
    let from = head.length
    for (const part of others) {
      const at = name.indexOf(part, from)
      if (at < 0 || at + part.length > end) return false
      from = at + part.length
    }
    return true
  }
}
