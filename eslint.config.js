import tseslint from "typescript-eslint"

/** The rooms of the house, and what each may not import (design: arrows point one way). */
const rooms = {
  "src/domain": [
    "src/prompt",
    "src/runs",
    "src/replay",
    "src/enforce",
    "src/telemetry",
    "src/services",
    "src/cli"
  ],
  "src/prompt": ["src/runs", "src/replay", "src/enforce", "src/telemetry", "src/services", "src/cli"],
  "src/runs": ["src/replay", "src/enforce", "src/telemetry", "src/services", "src/cli"],
  "src/replay": ["src/enforce", "src/telemetry", "src/services", "src/cli"],
  "src/enforce": ["src/replay", "src/telemetry", "src/services", "src/cli"],
  "src/telemetry": ["src/replay", "src/enforce", "src/services", "src/cli"],
  "src/services": ["src/cli"],
  "src/cli": []
}
const outside = ["layers", "rulepacks", "migrations", "test", "bench", "examples"]

const barrels = {
  regex: "^(effect|@effect/(platform|platform-node|sql|sql-pg|sql-sqlite-node|cli|opentelemetry))$",
  message: 'Import the module, not the barrel: import * as Effect from "effect/Effect".'
}
const sqlDoor = {
  regex: "^(better-sqlite3|pg|@effect/sql-sqlite-node(/.*)?|@effect/sql-pg(/.*)?|@effect/sql/Migrator)$",
  message: "SQL goes through layers/storage only."
}
/** The same for `import()`, which the rule about imports does not look at. A selector's pattern may hold no slash. */
const late = ({ message, regex }) => ({
  selector: `ImportExpression[source.value=/${regex.replaceAll("/", "\\u002F")}/]`,
  message
})
const shapes = [
  {
    selector: "MemberExpression[property.name='withTransaction'][object.name=/^(sql|client)$/]",
    message: "Use `transaction` of layers/storage: the stock one loses errors and writes."
  },
  {
    selector:
      "CallExpression[callee.object.name='Effect'][callee.property.name=/^run(Promise|Sync|Fork|Callback)/]",
    message: "Effects run at the edge only: layers/main.ts, the promise face, tests and benches."
  }
]
const arrows = Object.entries(rooms).map(([room, banned]) => {
  const back = {
    regex: `^(\\.\\./)+(${[...outside, ...banned.map((b) => b.replace("src/", ""))].join("|")})/`,
    message:
      "Arrows point one way: domain <- prompt <- runs, replay, enforce, telemetry <- services <- cli <- layers."
  }
  return {
    files: [`${room}/**/*.ts`],
    rules: {
      "no-restricted-imports": ["error", { patterns: [barrels, sqlDoor, back] }],
      "no-restricted-syntax": ["error", ...shapes, late(sqlDoor), late(back)]
    }
  }
})

export default tseslint.config(
  { ignores: ["dist", "coverage", "**/node_modules", "**/.build", "test/fixtures"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/explicit-function-return-type": [
        "error",
        {
          allowExpressions: true,
          allowTypedFunctionExpressions: true,
          allowHigherOrderFunctions: true,
          allowFunctionsWithoutTypeParameters: false
        }
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "prefer-const": "error",
      "no-var": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "no-console": "error",
      "no-restricted-imports": ["error", { patterns: [barrels, sqlDoor] }],
      "no-restricted-syntax": ["error", ...shapes, late(sqlDoor)]
    }
  },
  ...arrows,
  {
    files: ["layers/storage/**/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [barrels] }],
      "no-restricted-syntax": ["error", ...shapes]
    }
  },
  {
    files: [
      "layers/main.ts",
      "layers/promise.ts",
      "layers/langgraph/opened.ts",
      "test/**/*.ts",
      "bench/**/*.ts",
      "examples/**/*.ts",
      "scripts/**/*.ts",
      "*.ts"
    ],
    rules: {
      "no-restricted-syntax": "off",
      "no-restricted-imports": ["error", { patterns: [barrels] }]
    }
  },
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/explicit-function-return-type": "off" } },
  { files: ["bench/**/*.ts", "scripts/**/*.ts", "examples/**/*.ts"], rules: { "no-console": "off" } }
)
