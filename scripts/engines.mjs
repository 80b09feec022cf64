// The engines of the gate, and the parser of differences. No bundle takes them in: they are large, and load what they need of themselves by paths. Types: engines.d.mts.
export const engines = [
  "eslint",
  "oxc-parser",
  "typescript",
  "typescript-eslint",
  "@typescript-eslint/*",
  "eslint-plugin-jsx-a11y-x",
  "css-tree",
  "@secretlint/*"
]
