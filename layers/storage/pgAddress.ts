/** What the address of a server says besides where it is. */

/** A setting of ours among its parameters, `name=true` or `name=false`; the server is not told of it. */
export const saysOf = (address: string, name: string): boolean | undefined => {
  const said = URL.canParse(address) ? new URL(address).searchParams.get(name) : null
  return said === "true" || said === "false" ? said === "true" : undefined
}
