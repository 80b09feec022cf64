// Stands in for Effect's runtime, its schemas and the YAML parser in the bundle of the plain hit, which declares models and
// errors and never uses them. While modules are evaluated it is whatever a declaration asks for; used afterwards, by an
// error that is made or a value that is decoded, it throws: then it was no plain hit, and the whole program runs instead.
let declaring = true

/** Ends the time of declarations. */
export const seal = () => {
  declaring = false
}

const ask = () => {
  if (!declaring) throw new Error("this is more than a plain hit")
}
const refuse = () => {
  throw new Error("a declaration of the plain hit asks for more than it can have")
}

const anything = new Proxy(function () {}, {
  get: (target, key) => {
    ask()
    return key === "prototype" ? target.prototype : typeof key === "string" ? anything : refuse()
  },
  apply: () => {
    ask()
    return anything
  },
  construct: () => {
    throw new Error("this is more than a plain hit")
  },
  // as an object without fields: a model may be declared with those of another
  ownKeys: (target) => {
    ask()
    return Reflect.ownKeys(target)
  },
  has: refuse
})

export default anything
